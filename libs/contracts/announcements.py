"""An announcement: a few words that administrators put on top of the public pages, for some days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from libs.opening_hours import timezone_of

Tone = Literal["info", "alert"]


class AnnouncementContent(msgspec.Struct, kw_only=True, frozen=True):
    """What administrators write: plain text in French and, if they wish, in English.

    It stands from the beginning of `starts_on` to the end of `ends_on`, by the clock of each of `departments`; none
    of these is everywhere.
    """

    text: str
    text_en: str | None = None
    tone: Tone = "info"
    departments: tuple[str, ...] = ()
    starts_on: date
    ends_on: date


class Announcement(AnnouncementContent, kw_only=True, frozen=True):
    """An announcement as the directory holds it; `version` grows by one at each change."""

    id: UUID
    version: int

    def text_in(self, language: str) -> tuple[str, str]:
        """Return the words for a reader of `language`, and the language that they are in."""
        return (self.text_en, "en") if language == "en" and self.text_en else (self.text, "fr")


def stands(announcement: AnnouncementContent, department: str | None, now: datetime) -> bool:
    """Whether an announcement is for who asks about a department (None: it is not known) at `now` (aware)."""
    if announcement.departments and department not in announcement.departments:
        return False
    return announcement.starts_on <= now.astimezone(timezone_of(department)).date() <= announcement.ends_on


def stands_somewhere(announcement: AnnouncementContent, now: datetime) -> bool:
    """Whether an announcement is for anybody at `now` (aware)."""
    return any(stands(announcement, department, now) for department in announcement.departments or (None,))


def standing(announcements: Iterable[Announcement], departments: Sequence[str], now: datetime) -> list[Announcement]:
    """Return those for who asks about any of `departments` (none is known: only those for everywhere) at `now`.

    Alerts come first, and of equals the newest.
    """
    wanted = [one for one in announcements if any(stands(one, code, now) for code in departments or (None,))]
    wanted.sort(key=lambda one: one.id, reverse=True)
    return sorted(wanted, key=lambda one: one.tone != "alert")
