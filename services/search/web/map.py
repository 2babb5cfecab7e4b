"""The map of results: for those who ask for it, on a page that alone may show pictures of another host."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Request
from litestar.datastructures import MultiDict

from libs.runtime import Settings
from libs.web.security import CONTENT_SECURITY_POLICY
from services.search.asking import Typed
from services.search.web.results import RESULTS, address_of, typed_of

SHOWN = "1"


def is_mapped(typed: Typed, settings: Settings) -> bool:
    """Whether the results are to be shown on a map, too."""
    return typed.map == SHOWN and settings.map_tiles is not None


def headers_of_map(settings: Settings) -> dict[str, str]:
    """Return the security policy of a page with a map: pictures may come from the host of its background."""
    pictures = "img-src 'self' data:"
    return {"Content-Security-Policy": CONTENT_SECURITY_POLICY.replace(pictures, f"{pictures} {settings.map_host}")}


def only_map_changed(request: Request[Any, Any, Any], typed: Typed) -> bool:
    """Whether somebody comes from these same results, having opened or closed the map: one search, not two."""
    before = urlsplit(request.headers.get("referer", ""))
    if before.netloc != request.headers.get("host") or before.path != RESULTS:
        return False
    same = typed_of(MultiDict(parse_qsl(before.query)))
    return same.map != typed.map and address_of(same, map=None) == address_of(typed, map=None)
