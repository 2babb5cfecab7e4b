"""The API of structures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from libs.contracts.structure import Structure, departments_of, is_listed, public_part
from libs.database import Pool
from libs.web import Problem, Viewer
from libs.web.cursors import decode_cursor, encode_cursor
from libs.web.documentation import problem
from libs.web.language import N_
from services.directory.domain.records import Record
from services.directory.store import structures
from services.directory.store.structures import HistoryEntry

MOST = 500
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY = UUID(int=0)

Limit = Annotated[int, QueryParameter(ge=1, le=MOST)]


MISSING = {
    404: problem("There is no such structure, or it is not public."),
    410: problem("The place has closed for good."),
}
UNREADABLE = {422: problem("A parameter cannot be read; `errors` says which.")}


class Position(msgspec.Struct, frozen=True):
    """Where a page of structures ended."""

    updated_at: datetime
    id: UUID


class StructurePage(msgspec.Struct, kw_only=True, frozen=True):
    """Structures by the time of their last change, the oldest first.

    `gone` names those of the same stretch of time that are no longer listed (closed, withdrawn, kept to
    professionals): whoever mirrors the directory removes them. `next` is null at the present end; to be
    told what comes later, ask again with `updated_since` at the last `updated_at` seen.
    """

    items: list[Structure]
    gone: list[UUID]
    next: str | None = None


class VersionPosition(msgspec.Struct, frozen=True):
    """Where a page of history ended."""

    version: int


class HistoryPage(msgspec.Struct, kw_only=True, frozen=True):
    items: list[HistoryEntry]
    next: str | None = None


def may_see_internal(viewer: Viewer | None, structure: Structure) -> bool:
    """Whether somebody may see what the public may not: hidden structures, internal contacts."""
    return viewer is not None and viewer.may_moderate and viewer.covers_any(departments_of(structure))


def visible(record: Record | None, viewer: Viewer | None) -> Record:
    """Return a record that the viewer may see.

    Raises:
        Problem: 404, or 410 when the place is closed for good.
    """
    if record is None:
        raise Problem(404, "not-found", N_("There is no structure with this address."))
    structure = record.structure
    if is_listed(structure) or may_see_internal(viewer, structure):
        return record
    if structure.status == "closed" and structure.visibility == "public":
        raise Problem(410, "closed", N_("This place has closed for good."))
    raise Problem(404, "not-found", N_("There is no structure with this address."))


@get(
    "/api/v1/structures/{structure_id:uuid}",
    tags=["structures"],
    responses={403: problem("`internal` is not for the caller."), **MISSING},
)
async def read_structure(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer | None],
    structure_id: FromPath[UUID],
    internal: FromQuery[bool] = False,  # noqa: FBT002 -- a query parameter
) -> Response[Structure | None]:
    """A structure, with the ETag of its version.

    `If-None-Match` answers 304 while it has not changed. With `internal=true` moderators of its department
    also get contacts that are not public. 404 when there is none, 410 when it has closed for good, 403 when
    `internal` is not for the caller.
    """
    async with pool.connection() as connection:
        record = visible(await structures.find(connection, structure_id), viewer)
    structure = record.structure
    if internal and not may_see_internal(viewer, structure):
        raise Problem(403, "forbidden", N_("Internal contacts are for the moderators of this department."))
    etag = f'"{structure.version}-internal"' if internal else f'"{structure.version}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache" if viewer else "no-cache",
        "Vary": "Authorization, Cookie",
    }
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(None, status_code=304, headers=headers)
    return Response(structure if internal else public_part(structure), headers=headers)


@get("/api/v1/structures", tags=["structures"], responses=UNREADABLE)
async def list_structures(
    pool: NamedDependency[Pool],
    updated_since: FromQuery[datetime | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = 100,
) -> StructurePage:
    """Listed structures by the time of their last change, from `updated_since` (included), page by page.

    `after` is the `next` of the page before. 422 for a cursor that is not one.
    """
    if after is not None:
        position = decode_cursor(after, Position)
    else:
        since = updated_since or _BEGINNING
        position = Position(since if since.tzinfo else since.replace(tzinfo=UTC), _NOBODY)
    async with pool.connection() as connection:
        records = await structures.changed_since(connection, position.updated_at, position.id, most=limit)
    found = [record.structure for record in records]
    return StructurePage(
        items=[public_part(structure) for structure in found if is_listed(structure)],
        gone=[structure.id for structure in found if not is_listed(structure)],
        next=encode_cursor(Position(found[-1].updated_at, found[-1].id)) if len(found) == limit else None,
    )


@get("/api/v1/structures/{structure_id:uuid}/history", tags=["structures"], responses={**MISSING, **UNREADABLE})
async def read_history(
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer | None],
    structure_id: FromPath[UUID],
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> HistoryPage:
    """What changed in a structure: when, from what, and which fields, the latest first.

    `origin` is `contribution`, `staff` or `import:<source>`. 404 when there is none, 410 when it has closed.
    """
    before = decode_cursor(after, VersionPosition).version if after is not None else 2**62
    async with pool.connection() as connection:
        visible(await structures.find(connection, structure_id), viewer)
        entries = await structures.history(connection, structure_id, before=before, most=limit)
    last = entries[-1].version if len(entries) == limit else 1
    return HistoryPage(items=entries, next=encode_cursor(VersionPosition(last)) if last > 1 else None)


def _matches(if_none_match: str, etag: str) -> bool:
    """Whether one of the tags a client holds is the present one (weak comparison, RFC 9110)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags


HANDLERS = (read_structure, list_structures, read_history)
