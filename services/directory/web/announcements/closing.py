"""How a reader closes an announcement, with JavaScript or without."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, Response, post
from litestar.response import Redirect

from libs.web.announcements import closing

_SHOWING = re.compile(r"/(?:recherche|structures/[^/?#\\\s]+)?(?:\?[^#\\\s]*)?")
"""The addresses of the pages that show announcements: from one of them they are closed."""

LONGEST = 2_000


@post("/annonces/lue", include_in_schema=False)
async def close_announcement(request: Request[Any, Any, Any]) -> Response[Any]:
    """Note on the device that an announcement was read, and lead back to where it stood."""
    form = await request.form()
    back = str(form.get("retour", ""))
    return Redirect(
        back if len(back) <= LONGEST and _SHOWING.fullmatch(back) else "/",
        status_code=303,
        cookies=closing(request, str(form.get("annonce", ""))),
    )


HANDLERS = (close_announcement,)
