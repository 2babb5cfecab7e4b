"""The page `/api`: where a programmer starts."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from libs.contracts.events import ServiceName
from libs.runtime.settings import Settings
from libs.web.language import N_
from libs.web.pages import Page, page

SUBJECTS: dict[ServiceName, str] = {
    "search": N_("Search for places: near a point, by need, open now."),
    "directory": N_("Read one record or follow all changes; download departments."),
    "contributions": N_("Propose a place or a correction; moderate."),
    "notify": N_("Receive each change by webhook."),
    "accounts": N_("Your sessions and API tokens."),
}
"""What each service's API is for."""


@get("/api", include_in_schema=False)
async def api_index(request: Request[Any, Any, Any], settings: NamedDependency[Settings]) -> Page:
    of_this_machine = {"mailbox": N_("Mailbox of this machine")} if settings.mailbox_url else {}
    return page(request, "api.html", subjects={**SUBJECTS, **of_this_machine})
