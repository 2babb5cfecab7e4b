"""How many matches there are, and of what: counted by profile, told by category, department and family."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import msgspec
from psycopg.rows import scalar_row

from libs.contracts import vocabulary
from libs.database import Connection, Queries, fetch_all
from services.search.domain.requests import Counts, SearchRequest
from services.search.engines.postgres.values import Parameters

SQL = Queries("services.search.engines.postgres")

LOOK_EVERY = 0.5
"""Seconds between looks at whether the index has changed: large counts may be so old."""

MOST_KEPT = 256


class Facets(msgspec.Struct, kw_only=True, frozen=True):
    """Counts over all matches, the most frequent first; `families` counts structures, not services.

    `hidden` are those that are left out for they are temporarily closed.
    """

    total: int
    hidden: int
    categories: Counts
    departments: Counts
    families: Counts


class _Labels(msgspec.Struct):
    """What the structures of a profile are counted under."""

    id: int
    departments: tuple[str, ...]
    categories: tuple[str, ...]
    families: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = vocabulary.categories()
        self.families = tuple({known[code].family for code in self.categories if code in known})


class Tallied(NamedTuple):
    """How many of a profile match: those that are shown, and those that are temporarily closed."""

    profile: int
    shown: int
    hidden: int


class Counting:
    """Tells what was counted by labels; more than `many` take long to count: theirs is kept until the index changes."""

    def __init__(self, many: int) -> None:
        self._many = many
        self._labels: dict[int, _Labels] = {}
        self._kept: OrderedDict[Hashable, Facets] = OrderedDict()
        self.generation: int | None = None
        """That of the index when it was looked at last."""
        self._looked_at = float("-inf")

    async def kept(self, connection: Connection, request: SearchRequest, parameters: Parameters) -> Facets | None:
        """Return the facets of a request, of which `parameters` were made, if they are kept."""
        await self._look(connection)
        return self._kept.get(_asked(request, parameters))

    async def tell(
        self,
        connection: Connection,
        request: SearchRequest,
        parameters: Parameters,
        tallies: Sequence[Tallied],
        *,
        generation: int | None,
    ) -> Facets:
        """Return the facets that the tallies of a request come to, which were counted from `generation` on."""
        facets = await self._told(connection, tallies)
        if facets.total > self._many and generation == self.generation:
            self._keep(_asked(request, parameters), facets)
        return facets

    async def _look(self, connection: Connection) -> None:
        """Forget what was counted before the index changed."""
        if time.monotonic() - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = time.monotonic()
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["generation"])
            generation = await cursor.fetchone()
        if generation != self.generation:
            self.generation = generation
            self._kept.clear()

    def _keep(self, asked: Hashable, facets: Facets) -> None:
        self._kept[asked] = facets
        self._kept.move_to_end(asked)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def _told(self, connection: Connection, tallies: Sequence[Tallied]) -> Facets:
        await self._learn_labels(connection, [tally.profile for tally in tallies])
        categories: Counter[str] = Counter()
        departments: Counter[str] = Counter()
        families: Counter[str] = Counter()
        for profile, shown, _ in tallies:
            labels = self._labels[profile]
            for code in labels.categories:
                categories[code] += shown
            for code in labels.families:
                families[code] += shown
            for code in labels.departments:
                departments[code] += shown
        return Facets(
            total=sum(tally.shown for tally in tallies),
            hidden=sum(tally.hidden for tally in tallies),
            categories=_by_frequency(categories),
            departments=_by_frequency(departments),
            families=_by_frequency(families),
        )

    async def _learn_labels(self, connection: Connection, profiles: Sequence[int]) -> None:
        """Read the profiles that this process has not met; they never change."""
        unknown = [profile for profile in profiles if profile not in self._labels]
        if unknown:
            found = await fetch_all(connection, _Labels, SQL["profiles"], {"ids": unknown})
            self._labels |= {labels.id: labels for labels in found}


def _asked(request: SearchRequest, parameters: Parameters) -> Hashable:
    """Return all that counts depend on.

    Closures begin and end at midnights, which are whole hours of UTC in every zone of France: what is closed stays so
    within an hour.
    """
    closed_at = request.closed_at and request.closed_at.replace(minute=0, second=0, microsecond=0)
    circle = (request.near, request.radius) if request.near and request.radius else None
    filters = (request.categories, request.family, request.publics, request.needs, request.department)
    return (parameters["match"], circle, *filters, request.open_at, request.open_until, closed_at)


def _by_frequency(counts: Counter[str]) -> Counts:
    """Return counts, the most frequent first, without what only hidden matches have."""
    return {code: count for code, count in counts.most_common() if count}
