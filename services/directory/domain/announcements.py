"""Announcements: what one must satisfy, how it changes, and what becomes of it with time."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from libs.contracts.announcements import Announcement, AnnouncementContent, stands_somewhere
from libs.contracts.validation import N_, FieldError, text_errors
from libs.opening_hours import timezone_of

State = Literal["planned", "standing", "over", "withdrawn"]

LONGEST = 500
MOST_DEPARTMENTS = 120
MOST_DAYS = 366

CONTENT_FIELDS: tuple[str, ...] = tuple(field.name for field in msgspec.structs.fields(AnnouncementContent))


class HeldAnnouncement(msgspec.Struct, kw_only=True, frozen=True):
    """An announcement with what only the directory knows of it. Times are UTC."""

    announcement: Announcement
    updated_at: datetime
    withdrawn_at: datetime | None = None

    def state_at(self, now: datetime) -> State:
        """Return what has become of it at `now` (aware)."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if stands_somewhere(self.announcement, now):
            return "standing"
        clocks = map(timezone_of, self.announcement.departments or (None,))
        begins = any(now.astimezone(clock).date() < self.announcement.starts_on for clock in clocks)
        return "planned" if begins else "over"


def normal(content: AnnouncementContent) -> AnnouncementContent:
    """Return a content as it is kept: without blanks around texts, and each department once."""
    return msgspec.structs.replace(
        content,
        text=_lines(content.text),
        text_en=_lines(content.text_en or "") or None,
        departments=tuple(sorted(set(content.departments))),
    )


def _lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def announcement_errors(content: AnnouncementContent, known: Container[str], today: date) -> list[FieldError]:
    """Return what is wrong with a content; `known` are the codes of all departments."""
    return [
        *word_errors(content.text, content.text_en),
        *_department_errors(content.departments, known),
        *_day_errors(content, today),
    ]


def word_errors(text: str, text_en: str | None) -> list[FieldError]:
    """Return what is wrong with the words of an announcement."""
    return [
        *text_errors("text", text, longest=LONGEST, required=True),
        *text_errors("text_en", text_en, longest=LONGEST),
    ]


def _department_errors(codes: tuple[str, ...], known: Container[str]) -> Iterator[FieldError]:
    if len(codes) > MOST_DEPARTMENTS:
        message = N_("There are too many items: %(count)s, and the most is %(most)s.")
        parameters = {"count": len(codes), "most": MOST_DEPARTMENTS}
        yield FieldError(field="departments", message=message, parameters=parameters)
        return
    for index, code in enumerate(codes):
        if code not in known:
            message = N_("This is not the code of a department: “%(code)s”. Examples: 75, 2A, 974.")
            yield FieldError(field=f"departments.{index}", message=message, parameters={"code": code[:80]})


def _day_errors(content: AnnouncementContent, today: date) -> Iterator[FieldError]:
    if content.ends_on < content.starts_on:
        yield FieldError(field="ends_on", message=N_("The end comes before the start."))
    elif content.ends_on < today:
        yield FieldError(field="ends_on", message=N_("This day has passed: nobody would see the announcement."))
    elif (content.ends_on - content.starts_on).days >= MOST_DAYS:
        message = N_("An announcement stands for a year at most. You can prolong it later.")
        yield FieldError(field="ends_on", message=message)


def made(content: AnnouncementContent, id: UUID) -> Announcement:  # noqa: A002 -- as in the record
    """Return a new announcement."""
    return Announcement(id=id, version=1, **_fields(content))


def revised(held: Announcement, content: AnnouncementContent) -> Announcement:
    """Return an announcement with another content, in its next version; with the same content, as it was."""
    changed = Announcement(id=held.id, version=held.version, **_fields(content))
    return held if changed == held else msgspec.structs.replace(changed, version=held.version + 1)


def ended(held: Announcement) -> Announcement:
    """Return an announcement in the version that says that it is no more."""
    return msgspec.structs.replace(held, version=held.version + 1)


def _fields(content: AnnouncementContent) -> dict[str, Any]:
    return {name: getattr(content, name) for name in CONTENT_FIELDS}
