"""Counts of searches as a process makes them, until they are written."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

import msgspec

from libs.web.counting import SEVERAL, Crowd
from libs.web.formatting import PARIS

Hour: TypeAlias = tuple[datetime, str]
"""When an hour begins (UTC), and a department."""

Service: TypeAlias = tuple[date, str, str]
"""A day in Paris, a department, and the code of a category or a family."""

Query: TypeAlias = tuple[date, str, str]
"""The Monday that a week begins with in Paris, a department, and folded words."""


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """One search, as far as it is counted.

    `department` is where, "" where that is not known; `services` are codes of categories and families; `query` are
    the words looked for, folded, "" for none that may be kept; `answered` says whether anything was found.
    """

    department: str = ""
    services: tuple[str, ...] = ()
    query: str = ""
    answered: bool = True


class Counts:
    """How many searches there were, and of how many people (SEVERAL at most) a query came in its week at least."""

    def __init__(self) -> None:
        self.searches = Counter[Hour]()
        self.unanswered = Counter[Hour]()
        self.services = Counter[Service]()
        self.queries = Counter[Query]()
        self.unanswered_queries = Counter[Query]()
        self.people: dict[Query, int] = {}

    def __bool__(self) -> bool:
        return bool(self.searches or self.queries)

    def add(self, other: Counts) -> None:
        self.searches.update(other.searches)
        self.unanswered.update(other.unanswered)
        self.services.update(other.services)
        self.queries.update(other.queries)
        self.unanswered_queries.update(other.unanswered_queries)
        for query, people in other.people.items():
            self.people[query] = max(people, self.people.get(query, 0))


class Tally:
    """Counts searches, and how many people each query came from.

    What fewer than SEVERAL people looked for in a week is not handed out, unless nothing answered it: somebody has to
    learn of what is missing.
    """

    def __init__(self) -> None:
        self._counts = Counts()
        self._crowd = Crowd[Query]()

    def count(self, search: Searched, network: str, moment: datetime) -> None:
        """Count a search that came from `network` at `moment` (aware)."""
        counts, day = self._counts, moment.astimezone(PARIS).date()
        hour = (moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0), search.department)
        counts.searches[hour] += 1
        counts.services.update((day, search.department, service) for service in search.services)
        if not search.answered:
            counts.unanswered[hour] += 1
        if search.query:
            query = (day - timedelta(days=day.weekday()), search.department, search.query)
            self._count_query(query, network, answered=search.answered)

    def _count_query(self, query: Query, network: str, *, answered: bool) -> None:
        people = self._crowd.count(query[0], query, network)
        if not answered:
            self._counts.unanswered_queries[query] += 1
        if not answered or people >= SEVERAL:
            self._counts.queries[query] += self._crowd.release(query)
            self._counts.people[query] = people
        self._crowd.make_room()

    def take(self) -> Counts:
        """Return what was counted since the last time, and may be written."""
        taken, self._counts = self._counts, Counts()
        return taken

    def give_back(self, counts: Counts) -> None:
        """Take back what could not be written."""
        counts.add(self._counts)
        self._counts = counts
