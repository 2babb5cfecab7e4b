"""The page of what waits for moderators, and of what they decided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from libs.contracts import vocabulary
from libs.contracts.events import ContributionKind
from libs.database import Pool
from libs.web import Page, Viewer, page
from libs.web.language import current_language
from services.contributions import store
from services.contributions.domain.contribution import SELECTED
from services.contributions.handlers import reading
from services.contributions.handlers.reading import Wanted
from services.contributions.web.pages.words import department_name, speaker
from services.contributions.web.showing import LABELS, Say

PER_PAGE = 30
Tab = Literal["open", "approved", "rejected"]
TABS: tuple[Tab, ...] = ("open", "approved", "rejected")


@get("/")
async def show_queue(
    request: Request[Any, Any, Any],
    *,
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    status: FromQuery[Tab] = "open",
    department: FromQuery[str | None] = None,
    kind: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Page:
    department = department or None
    chosen: ContributionKind | None = kind if kind in {"addition", "correction"} else None  # pyright: ignore[reportAssignmentType] -- checked
    wanted = Wanted(statuses=SELECTED[status], department=department, kind=chosen, after=after)
    async with pool.connection() as connection:
        rows, following = await reading.listed(connection, viewer, wanted, most=PER_PAGE)
        counts = await store.counts(connection, viewer.scope, department=department, kind=chosen)
        seen = await store.departments_seen(connection, viewer.scope)
    say = speaker(request)
    return page(
        request,
        "contributions/queue.html",
        rows=rows,
        details={row.id: _details(row, say) for row in rows},
        following=following,
        view=status,
        counts={tab: sum(counts.get(one, 0) for one in SELECTED[tab]) for tab in TABS},
        department=department,
        departments=_departments({*seen, *(viewer.scope or ()), *([department] if department else [])}),
        kind=chosen,
        after=after,
    )


def _details(row: store.Row, say: Say) -> str:
    """Return what a correction changes or a new place offers, the first three."""
    if row.kind == "addition":
        known = vocabulary.categories()
        codes = [service.get("category") for service in row.proposed.get("services", ())]
        words = [known[code].label(current_language()) for code in dict.fromkeys(codes) if code in known]
    else:
        words = [say(LABELS[field]) for field in LABELS if field in row.fields]
    return ", ".join(words[:3]) + (f" +{len(words) - 3}" if len(words) > 3 else "")


def _departments(codes: Iterable[str]) -> list[tuple[str, str]]:
    return [(code, department_name(code)) for code in sorted(codes)]
