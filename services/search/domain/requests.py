"""What is asked of an engine, and what it answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import msgspec

from services.search.domain.documents import Card
from services.search.domain.far_ahead import weeks_ahead, weeks_before

MOST_PER_PAGE = 100


class Point(msgspec.Struct, frozen=True):
    """WGS 84 degrees."""

    latitude: float
    longitude: float


class Attempt(msgspec.Struct, frozen=True, array_like=True):
    """How a request came of what was asked.

    With every word as it is (`verbatim`), whatever the hour (`any_time`), words taken for others like them
    (`tolerant`), farther than was asked (`wider`), without some of the words (`left_out`, their places), with what is
    temporarily closed (`closed`), with words taken for a slip in the name of a town (`town`).
    """

    verbatim: bool = False
    any_time: bool = False
    tolerant: bool = False
    wider: bool = False
    left_out: tuple[int, ...] = ()
    closed: bool = False
    town: bool = False


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a hit stands in the order of results: by score, the highest first, then `reach`, then id.

    `reach` is how far it lies from the point asked for, in a unit of the engine. `tolerant` says that the answer it
    belongs to took words for others like them.
    """

    score: float
    reach: float
    id: UUID
    tolerant: bool = False
    attempt: Attempt = Attempt()


class SearchRequest(msgspec.Struct, kw_only=True, frozen=True):
    """A search, its values checked.

    `words` are folded; the last may be unfinished. `hints` are words that need not match, and count where they do.
    `tolerant` takes known words for others like them, `exact` not even unknown ones. `radius` is in metres, and counts
    from `near`. `departments`, `categories`, `family` (its categories) and `publics` each ask for any one of theirs;
    `open_at` for what is open at that moment, or at some time from then until before `open_until`: it may lie far ahead
    of `asked_at`, when the search is made. What is temporarily closed at `closed_at` is left out; at None nothing is.
    Both are asked of the services of the categories in `needs`, where a structure that offers one of these has services
    with hours of their own; else of the structure. `after` is the last hit of the page before.
    """

    words: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    tolerant: bool = False
    exact: bool = False
    near: Point | None = None
    radius: float | None = None
    categories: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    publics: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    open_at: datetime | None = None
    open_until: datetime | None = None
    asked_at: datetime | None = None
    closed_at: datetime | None = None
    per_page: int = 20
    after: Position | None = None

    @property
    def is_far_ahead(self) -> bool:
        """Whether `open_at` lies beyond the openings that are known."""
        return self._weeks_ahead > 0

    @property
    def known_span(self) -> tuple[datetime, datetime] | None:
        """`open_at` and `open_until`; where they are far ahead, their like in a week whose openings are known."""
        if self.open_at is None:
            return None
        start, end = self.open_at, self.last_moment or self.open_at
        weeks = self._weeks_ahead
        return (weeks_before(start, weeks), weeks_before(end, weeks)) if weeks else (start, end)

    @property
    def last_moment(self) -> datetime | None:
        """The last minute before `open_until`, for who opens when one has gone is no help; else `open_at`."""
        if self.open_at is None or self.open_until is None:
            return self.open_at
        return max(self.open_at, self.open_until - timedelta(minutes=1))

    @property
    def _weeks_ahead(self) -> int:
        return weeks_ahead(self.open_at, self.asked_at) if self.open_at and self.asked_at else 0


class Found(msgspec.Struct, kw_only=True, frozen=True):
    """One result; `distance` is in metres from `near`, None without it or without coordinates."""

    card: Card
    distance: float | None


Counts: TypeAlias = dict[str, int]


class SearchResult(msgspec.Struct, kw_only=True, frozen=True):
    """A page of results, with counts over all of them; the most frequent first.

    `hidden` matches are left out, for they are temporarily closed. `families` counts structures, not services.
    `corrections` are the words that were taken for others.
    """

    found: tuple[Found, ...]
    total: int
    hidden: int
    categories: Counts
    departments: Counts
    families: Counts
    corrections: dict[str, tuple[str, ...]]
    next: Position | None
