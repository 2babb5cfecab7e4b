"""The pages where administrators write announcements."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from libs.contracts.announcements import Announcement, AnnouncementContent
from libs.contracts.validation import FieldError, InvalidContent
from libs.database import Pool
from libs.territories import department_name
from libs.web import Page, Problem, Viewer, page, require
from libs.web.cursors import decode_cursor, encode_cursor
from libs.web.formatting import PARIS
from libs.web.language import N_
from libs.web.pages import translate
from services.directory.domain.announcements import HeldAnnouncement, normal, word_errors
from services.directory.handlers.announcements import (
    change_announcement,
    errors_in,
    find_announcement,
    make_announcement,
    withdraw_announcement,
)
from services.directory.store import announcements
from services.directory.web.announcements.api import Position

HOME = "/administration/annonces"
PAGE = 50
USUAL = timedelta(days=6)
"""How long after its first day the last one is, until one says otherwise."""


class AnnouncementForm(msgspec.Struct, kw_only=True):
    """What was typed. `reach` is `all` or `some`; `departments` are codes with commas between them.

    `version` is the one that stood in the form.
    """

    text: str = ""
    text_en: str = ""
    tone: str = "info"
    reach: str = "all"
    departments: str = ""
    starts_on: str = ""
    ends_on: str = ""
    version: str = ""

    @property
    def seen(self) -> int:
        return int(self.version) if self.version.isascii() and self.version.isdecimal() else 0

    def content(self) -> AnnouncementContent:
        """Return what was typed as the content of an announcement.

        Raises:
            InvalidContent: a day cannot be read, or no department is named though some are meant; it says what else
                is wrong, too.
        """
        errors: list[FieldError] = []
        days: dict[str, date] = {}
        for name in ("starts_on", "ends_on"):
            try:
                days[name] = date.fromisoformat(getattr(self, name).strip())
            except ValueError:
                errors.append(FieldError(field=name, message=N_("Write a day such as 2026-12-24.")))
        codes = self.departments.upper().replace(",", " ").replace(";", " ").split() if self.reach == "some" else []
        if self.reach == "some" and not codes:
            message = N_("Name at least one department, or choose all of them.")
            errors.append(FieldError(field="departments", message=message))
        if len(days) < 2:
            raise InvalidContent([*word_errors(self.text, self.text_en), *errors])
        content = normal(
            AnnouncementContent(
                text=self.text,
                text_en=self.text_en,
                tone="alert" if self.tone == "alert" else "info",
                departments=tuple(code.zfill(2) for code in codes),
                **days,
            )
        )
        if errors:
            raise InvalidContent([*errors_in(content), *errors])
        return content


def _form_of(announcement: Announcement) -> AnnouncementForm:
    return AnnouncementForm(
        text=announcement.text,
        text_en=announcement.text_en or "",
        tone=announcement.tone,
        reach="some" if announcement.departments else "all",
        departments=", ".join(announcement.departments),
        starts_on=announcement.starts_on.isoformat(),
        ends_on=announcement.ends_on.isoformat(),
        version=str(announcement.version),
    )


async def _read_form(request: Request[Any, Any, Any]) -> AnnouncementForm:
    sent = await request.form()
    return AnnouncementForm(**{name: str(sent[name]) for name in AnnouncementForm.__struct_fields__ if name in sent})


@get("/")
async def show_announcements(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    fait: FromQuery[str | None] = None,
    apres: FromQuery[str | None] = None,
) -> Page:
    after = decode_cursor(apres, Position, field="apres").id if apres else None
    async with pool.connection() as connection:
        found = await announcements.newest_first(connection, after=after, most=PAGE + 1)
    now = datetime.now(UTC)
    return page(
        request,
        "directory/announcements.html",
        held=[(one.announcement, one.state_at(now)) for one in found[:PAGE]],
        next=encode_cursor(Position(found[PAGE - 1].announcement.id)) if len(found) > PAGE else None,
        is_first=apres is None,
        done=fait,
        department_name=department_name,
    )


def _show_form(
    request: Request[Any, Any, Any],
    form: AnnouncementForm,
    *,
    held: HeldAnnouncement | None = None,
    errors: list[FieldError] | None = None,
    status: int = 200,
) -> Page:
    """Show the form; one that is refused because of what somebody else did shows what stands there now."""
    # An error of one of several codes is shown beside the whole field.
    said = [(error.field.split(".")[0], translate(request, error.message, error.parameters)) for error in errors or []]
    return page(
        request,
        "directory/announcement.html",
        status=422 if errors else status,
        form=form,
        announcement=held and held.announcement,
        state=held and held.state_at(datetime.now(UTC)),
        stale=status == 412,
        refused=status == 409,
        errors=list(dict.fromkeys(said)),
        department_name=department_name,
    )


@get("/nouvelle")
async def show_new(request: Request[Any, Any, Any]) -> Page:
    today = datetime.now(PARIS).date()
    form = AnnouncementForm(starts_on=today.isoformat(), ends_on=(today + USUAL).isoformat())
    return _show_form(request, form)


@post("/nouvelle", status_code=303)
async def send_new(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    form = await _read_form(request)
    try:
        await make_announcement(pool, form.content(), by=viewer.id)
    except InvalidContent as invalid:
        return _show_form(request, form, errors=invalid.errors)
    return Redirect(f"{HOME}?fait=publication", status_code=303)


@get("/{announcement_id:uuid}")
async def show_one(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], announcement_id: FromPath[UUID]
) -> Page:
    held = await _find(pool, announcement_id)
    return _show_form(request, _form_of(held.announcement), held=held)


@post("/{announcement_id:uuid}", status_code=303)
async def send_change(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    announcement_id: FromPath[UUID],
) -> Response[Any]:
    form = await _read_form(request)
    try:
        await change_announcement(pool, announcement_id, form.content(), seen=form.seen, by=viewer.id)
    except InvalidContent as invalid:
        return _show_form(request, form, held=await _find(pool, announcement_id), errors=invalid.errors)
    except Problem as problem:
        if problem.status not in {409, 412}:
            raise
        held = await _find(pool, announcement_id)
        form.version = str(held.announcement.version)
        return _show_form(request, form, held=held, status=problem.status)
    return Redirect(f"{HOME}?fait=changement", status_code=303)


@post("/{announcement_id:uuid}/terminer", status_code=303)
async def end_one(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], announcement_id: FromPath[UUID]
) -> Redirect:
    await withdraw_announcement(pool, announcement_id, by=viewer.id)
    return Redirect(f"{HOME}?fait=fin", status_code=303)


async def _find(pool: Pool, announcement_id: UUID) -> HeldAnnouncement:
    async with pool.connection() as connection:
        return await find_announcement(connection, announcement_id)


HANDLERS = (
    Router(
        path=HOME,
        guards=[require("administrator")],
        include_in_schema=False,
        route_handlers=[show_announcements, show_new, send_new, show_one, send_change, end_one],
    ),
)
