"""Style sheets, scripts and pictures: each has an address that changes with its content."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

import msgspec
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

import libs

STATIC = Path(__file__).parent / "static"
MODULES = Path(libs.__file__).parent.parent / "node_modules"

FROM_NPM = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
}
"""Files served from npm packages, under the names pages use."""

YEAR = 31_536_000


class Asset(msgspec.Struct, frozen=True):
    url: str
    body: bytes
    media_type: str


@cache
def _load(name: str) -> Asset:
    path = MODULES / FROM_NPM[name] if name in FROM_NPM else STATIC / name
    body = path.read_bytes()
    stem, _, suffix = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:10]
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(f"/static/{stem}.{digest}.{suffix}", body, media_type)


def asset(name: str) -> str:
    """Return the address of the asset called `name` (such as `relais.css`).

    Raises:
        FileNotFoundError: there is none; a page that names it is wrong.
    """
    return _load(name).url


@cache
def _known() -> dict[str, str]:
    names = [str(path.relative_to(STATIC)) for path in STATIC.rglob("*") if path.is_file()]
    names += [name for name, path in FROM_NPM.items() if (MODULES / path).is_file()]
    return {_load(name).url: name for name in names}


@get("/static/{name:path}", include_in_schema=False, opt={"quiet": True})
async def static(name: FromPath[str]) -> Response[bytes]:
    known = _known().get(f"/static{name}")
    if known is None:
        raise NotFoundException
    found = _load(known)
    headers = {"Cache-Control": f"public, max-age={YEAR}, immutable"}
    return Response(found.body, media_type=found.media_type, headers=headers)
