"""The export files of each department, composed from their lines as they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from libs.database import Pool
from libs.runtime import Settings
from libs.territories import departments
from libs.web import Problem
from libs.web.documentation import problem
from libs.web.language import N_
from services.directory.exports import PLATFORM, table
from services.directory.store import export_lines
from services.directory.store.export_lines import ExportFile


@get(
    "/exports/departements/{file:str}",
    summary="Download a department",
    tags=["exports"],
    responses={404: problem("This is not a department, or not a format.")},
)
async def export_file(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    settings: NamedDependency[Settings],
    file: FromPath[str],
) -> Response[Any]:
    """The listed places of a department: `75.csv`, or `75.data-inclusion.json` (data·inclusion, version 1).

    `Last-Modified` is when one of its places last changed (none where there never was a place); `If-None-Match` and
    `If-Modified-Since` answer 304 while none has. 404 for what is not a department or a format.
    """
    code, _, extension = file.partition(".")
    # The framework adds the charset to a media type of text.
    formats = {"csv": (_csv, "text/csv"), "data-inclusion.json": (_json, "application/json")}
    if code not in departments() or extension not in formats:
        raise Problem(404, "not-found", N_("There is no such export. The list of them is at /exports."))
    async with pool.connection() as connection:
        known = await export_lines.find_file(connection, code)
    headers = {
        "Cache-Control": "public, no-cache",
        "Content-Disposition": f'attachment; filename="relais-{code}.{extension}"',
    }
    if known is not None:
        headers["ETag"] = f'"{code}-{extension}-{known.revision}"'
        headers["Last-Modified"] = format_datetime(known.refreshed_at.astimezone(UTC), usegmt=True)
        if _is_current(request, known, headers["ETag"]):
            return Response(None, status_code=304, headers=headers)
    compose, media_type = formats[extension]
    return Stream(
        _ours(compose(pool, code), settings.public_url),
        status_code=200,
        media_type=media_type,
        headers=headers,
    )


def _is_current(request: Request[Any, Any, Any], known: ExportFile, etag: str) -> bool:
    """Whether the client holds the file as it is; tags, being exact, win over times (RFC 9110)."""
    if tags := request.headers.get("if-none-match"):
        return etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")} or tags.strip() == "*"
    since = _http_date(request.headers.get("if-modified-since", ""))
    return since is not None and known.refreshed_at.replace(microsecond=0) <= since


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _ours(parts: AsyncIterator[str], public_url: str) -> AsyncIterator[str]:
    async for part in parts:
        yield part.replace(PLATFORM, public_url)


async def _csv(pool: Pool, department: str) -> AsyncIterator[str]:
    yield table.header()
    async for line in export_lines.csv_lines(pool, department):
        yield line


async def _json(pool: Pool, department: str) -> AsyncIterator[str]:
    yield '{"structures":['
    separator = ""
    async for structure in export_lines.data_inclusion_structures(pool, department):
        yield separator + structure
        separator = ","
    yield '],"services":['
    separator = ""
    async for services in export_lines.data_inclusion_services(pool, department):
        yield separator + services
        separator = ","
    yield "]}"


HANDLERS = (export_file,)
