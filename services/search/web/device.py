"""What the browser keeps on the device: favourites, and pages to be read without a connection.

The server knows none of it: these pages are the same for everybody, and filled in by scripts.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from libs.web import Page, page
from libs.web.assets import STATIC, asset
from libs.web.language import LANGUAGES

FILES = ("relais.css", "relais.js", "offline.js", "keep.js", "suggest.js", "favicon.svg")
"""What public pages need, held from the first visit on."""


@get("/favoris", include_in_schema=False)
async def favourites(request: Request[Any, Any, Any]) -> Page:
    return page(request, "search/favourites.html")


@get("/hors-connexion", include_in_schema=False)
async def offline(request: Request[Any, Any, Any]) -> Page:
    return page(request, "search/offline.html")


@get("/service-worker.js", include_in_schema=False, opt={"quiet": True})
async def service_worker() -> Response[bytes]:
    """Serve the worker from the root, whose pages it is for, and never from a cache: a new one must reach everybody."""
    constants = {"FILES": [asset(name) for name in FILES], "LANGUAGES": LANGUAGES}
    lines = [f"const {name} = {msgspec.json.encode(held).decode()};\n" for name, held in constants.items()]
    worker = (STATIC / "service-worker.js").read_text(encoding="utf-8")
    return Response(
        "".join([*lines, worker]).encode(), media_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


HANDLERS = [favourites, offline, service_worker]
