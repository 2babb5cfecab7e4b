"""The API of announcements."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from libs.contracts.announcements import Announcement, AnnouncementContent
from libs.contracts.validation import FieldError
from libs.database import Pool
from libs.territories import departments
from libs.web import Problem, Viewer, require
from libs.web.cursors import decode_cursor, encode_cursor
from libs.web.documentation import problem
from libs.web.idempotency import ANSWERS, IdempotencyKey
from libs.web.language import N_
from libs.web.problems import SENTENCES
from services.directory.domain.announcements import HeldAnnouncement, State
from services.directory.handlers.announcements import (
    NO_ANNOUNCEMENT,
    change_announcement,
    find_announcement,
    make_announcement,
    withdraw_announcement,
)
from services.directory.store import announcements

MOST = 200
ONLY = [require("administrator")]
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]


class AnnouncementWish(AnnouncementContent, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An announcement to make, or what is to become of one: plain text, 500 characters at most in each language.

    It stands from the beginning of `starts_on` to the end of `ends_on`, a year at most, by the clock of each of
    `departments` (codes such as 75 or 2A; none is everywhere).
    """


class AnnouncementItem(Announcement, kw_only=True, frozen=True):
    """An announcement, and what has become of it: it may be `planned`, `standing`, `over` or `withdrawn`."""

    state: State
    updated_at: datetime


class Position(msgspec.Struct, frozen=True):
    """Where a page of announcements ended: the list goes by id, newest first."""

    id: UUID


class AnnouncementPage(msgspec.Struct, kw_only=True, frozen=True):
    """Announcements, newest first; `next` is given back as `after` to get the following ones, null at the end."""

    items: list[AnnouncementItem]
    next: str | None = None


OfDepartment = Annotated[
    str | None, QueryParameter(description="The code of a department: only what is for it, or for everywhere.")
]
All = Annotated[
    bool,
    QueryParameter(name="all", description="Also those that are planned, over or withdrawn. For administrators."),
]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST)]
IfMatch = Annotated[
    str,
    HeaderParameter(
        name="If-Match", description="The ETag of the version that was read, or `*` for whichever there is."
    ),
]

ALLOWED = {401: problem("No session or token."), 403: problem("Not an administrator.")}
MISSING = {404: problem("There is no such announcement, or it is not public.")}


def may_see_all(viewer: Viewer | None) -> bool:
    """Whether somebody may see announcements that do not stand now."""
    return viewer is not None and viewer.is_administrator


def item_of(held: HeldAnnouncement, now: datetime) -> AnnouncementItem:
    known = {name: getattr(held.announcement, name) for name in Announcement.__struct_fields__}
    return AnnouncementItem(**known, state=held.state_at(now), updated_at=held.updated_at)


def _answer(held: HeldAnnouncement, viewer: Viewer | None = None, status: int = 200) -> Response[AnnouncementItem]:
    headers = {
        "ETag": f'"{held.announcement.version}"',
        "Cache-Control": "private, no-cache" if viewer else "no-cache",
        "Vary": "Authorization, Cookie",
    }
    return Response(item_of(held, datetime.now(UTC)), status_code=status, headers=headers)


@get(
    "/api/v1/announcements",
    tags=["announcements"],
    responses={
        403: problem("`all` is not for the caller."),
        422: problem("A parameter cannot be read; `errors` says which."),
    },
)
async def list_announcements(
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer | None],
    *,
    department: OfDepartment = None,
    every: All = False,
    after: Annotated[str | None, QueryParameter(description="The `next` of the page before.")] = None,
    limit: Limit = 50,
) -> AnnouncementPage:
    """The announcements that stand now, newest first.

    A page may hold fewer than `limit` though others follow: `next` tells. 403 when `all` is not for the caller.
    """
    if every and not may_see_all(viewer):
        raise Problem(403, "forbidden", N_("All announcements are for administrators."))
    if department is not None and department not in departments():
        message = N_("There is no department with the code “%(code)s”.")
        error = FieldError(field="department", message=message, parameters={"code": department[:80]})
        raise Problem(422, "invalid", SENTENCES[422], errors=[error])
    now = datetime.now(UTC)
    async with pool.connection() as connection:
        found = await announcements.newest_first(
            connection,
            department=department,
            about=None if every else now,
            after=decode_cursor(after, Position).id if after is not None else None,
            most=limit + 1,
        )
    more = encode_cursor(Position(found[limit - 1].announcement.id)) if len(found) > limit else None
    items = [item_of(held, now) for held in found[:limit]]
    return AnnouncementPage(items=[one for one in items if every or one.state == "standing"], next=more)


@get("/api/v1/announcements/{announcement_id:uuid}", tags=["announcements"], responses=MISSING)
async def read_announcement(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer | None], announcement_id: FromPath[UUID]
) -> Response[AnnouncementItem]:
    """An announcement that stands now, with the ETag of its version; administrators may read any."""
    async with pool.connection() as connection:
        held = await find_announcement(connection, announcement_id)
    if held.state_at(datetime.now(UTC)) != "standing" and not may_see_all(viewer):
        raise Problem(404, "not-found", NO_ANNOUNCEMENT)
    return _answer(held, viewer)


@post(
    "/api/v1/announcements",
    tags=["announcements"],
    security=BEARER,
    guards=ONLY,
    responses=ALLOWED
    | ANSWERS
    | {422: problem("Fields that are wrong, each named; or an Idempotency-Key used for another body.")},
)
async def create_announcement(
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    data: JSONBody[AnnouncementWish],
    idempotency_key: NamedDependency[IdempotencyKey | None],
) -> Response[AnnouncementItem]:
    """Make an announcement. It stands on public pages from its first day, within a second if that has begun."""
    held = await make_announcement(pool, data, by=viewer.id, key=idempotency_key)
    return _answer(held, viewer, 201)


@put(
    "/api/v1/announcements/{announcement_id:uuid}",
    tags=["announcements"],
    security=BEARER,
    guards=ONLY,
    responses=ALLOWED
    | MISSING
    | {
        409: problem("The announcement was withdrawn."),
        412: problem("The announcement changed since the version that `If-Match` names."),
        422: problem("Fields that are wrong, each named; or no `If-Match`."),
    },
)
async def replace_announcement(
    *,
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    announcement_id: FromPath[UUID],
    data: JSONBody[AnnouncementWish],
    if_match: IfMatch,
) -> Response[AnnouncementItem]:
    """Write an announcement anew. Whoever had closed it sees it again, unless nothing is different."""
    held = await change_announcement(pool, announcement_id, data, seen=_seen(if_match), by=viewer.id)
    return _answer(held, viewer)


@post(
    "/api/v1/announcements/{announcement_id:uuid}/withdrawal",
    tags=["announcements"],
    status_code=200,
    security=BEARER,
    guards=ONLY,
    responses=ALLOWED | MISSING,
)
async def end_announcement(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], announcement_id: FromPath[UUID]
) -> Response[AnnouncementItem]:
    """End an announcement at once and for good, in whatever version it is. Sent again, it changes nothing."""
    return _answer(await withdraw_announcement(pool, announcement_id, by=viewer.id), viewer)


def _seen(if_match: str) -> int | None:
    """Return the version that `If-Match` names, None for any; 0, which none has, for what is no ETag of ours."""
    text = if_match.strip()
    if text == "*":
        return None
    number = text.removeprefix('"').removesuffix('"')
    return int(number) if text == f'"{number}"' and number.isascii() and number.isdecimal() and len(number) < 19 else 0


HANDLERS = (list_announcements, read_announcement, create_announcement, replace_announcement, end_announcement)
