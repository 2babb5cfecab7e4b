"""Announcements on public pages, each until its reader has closed it on this device.

A cookie holds the marks of those that were closed: which, and in which version. Nothing in it is about the reader, and
a script may read it, to take them out of pages that were held on the device.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from libs.contracts.announcements import Announcement, Tone, standing
from libs.web.language import language_of

COOKIE = "annonces"
MOST_CLOSED = 20
"""How many the cookie holds; the one that was closed first is forgotten first."""

MOST_SHOWN = 2
"""How many stand on a page at once, so that a phone still shows the page; others follow as these are closed."""

_MARK = re.compile(r"[0-9a-f]{32}-[0-9]{1,9}")
_YEAR = 31_536_000


class ShownAnnouncement(msgspec.Struct, kw_only=True, frozen=True):
    """An announcement as a page shows it; `language` is what its text is in."""

    mark: str
    tone: Tone
    text: str
    language: str


def mark_of(announcement: Announcement) -> str:
    """Return what tells this version of an announcement from all others."""
    return f"{announcement.id.hex}-{announcement.version}"


def shown(
    announcements: Iterable[Announcement],
    departments: Sequence[str],
    now: datetime,
    *,
    language: str,
    closed: Collection[str] = (),
) -> list[ShownAnnouncement]:
    """Return those to show at `now` to who asks about `departments` (none is known: none), but for those `closed`."""
    found: list[ShownAnnouncement] = []
    for one in standing(announcements, departments, now):
        if (mark := mark_of(one)) not in closed:
            text, spoken = one.text_in(language)
            found.append(ShownAnnouncement(mark=mark, tone=one.tone, text=text, language=spoken))
    return found[:MOST_SHOWN]


def unread(
    request: Request[Any, Any, Any], announcements: Iterable[Announcement], departments: Sequence[str], now: datetime
) -> list[ShownAnnouncement]:
    """Return those to show to who asks, and has not closed them on this device."""
    return shown(announcements, departments, now, language=language_of(request), closed=_closed(request))


def closing(request: Request[Any, Any, Any], mark: str) -> list[Cookie]:
    """Return the cookie by which the announcement with this mark is not shown again; none for what is no mark."""
    if not _MARK.fullmatch(mark):
        return []
    others = [one for one in _closed(request) if one.partition("-")[0] != mark.partition("-")[0]]
    value = ".".join([*others, mark][-MOST_CLOSED:])
    secure = request.app.state.settings.secure
    return [Cookie(COOKIE, value=value, path="/", max_age=_YEAR, samesite="lax", secure=secure)]


def _closed(request: Request[Any, Any, Any]) -> list[str]:
    marks = request.cookies.get(COOKIE, "").split(".")
    return [mark for mark in marks if _MARK.fullmatch(mark)][-MOST_CLOSED:]
