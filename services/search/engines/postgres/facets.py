"""How many matches there are, and of what: counted by profile, told by category, department and family."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Hashable, Sequence

import msgspec
from psycopg.rows import scalar_row

from libs.contracts import vocabulary
from libs.database import Connection, Queries, fetch_all
from services.search.domain.requests import Counts, SearchRequest
from services.search.engines.postgres.values import Parameters

SQL = Queries("services.search.engines.postgres")

MATCHING = SQL["matching"]

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


_decode_counts = msgspec.json.Decoder(list[tuple[int, int, int]]).decode


class Counting:
    """Counts what matches; the counts of more than `many` take long, and are kept while the index does not change."""

    def __init__(self, many: int) -> None:
        self._many = many
        self._labels: dict[int, _Labels] = {}
        self._kept: OrderedDict[Hashable, Facets] = OrderedDict()
        self._generation: int | None = None
        self._looked_at = float("-inf")

    async def count(self, connection: Connection, request: SearchRequest, parameters: Parameters) -> Facets:
        """Return the facets of a request, of which `parameters` were made."""
        circle = (request.near, request.radius) if request.near and request.radius else None
        filters = (request.categories, request.family, request.publics, request.needs, request.department)
        asked = (parameters["match"], circle, *filters, request.open_at, request.open_until, request.closed_at)
        await self._look(connection)
        generation, facets = self._generation, self._kept.get(asked)
        if facets is None:
            facets = await self._counted(connection, parameters)
            if facets.total > self._many and generation == self._generation:
                self._keep(asked, facets)
        return facets

    async def _look(self, connection: Connection) -> None:
        """Forget what was counted before the index changed."""
        if time.monotonic() - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = time.monotonic()
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["generation"])
            generation = await cursor.fetchone()
        if generation != self._generation:
            self._generation = generation
            self._kept.clear()

    def _keep(self, asked: Hashable, facets: Facets) -> None:
        self._kept[asked] = facets
        self._kept.move_to_end(asked)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def _counted(self, connection: Connection, parameters: Parameters) -> Facets:
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(MATCHING + SQL["counts"], parameters, prepare=False)
            counts = _decode_counts(await cursor.fetchone() or "[]")
        await self._learn_labels(connection, [profile for profile, _, _ in counts])
        categories: Counter[str] = Counter()
        departments: Counter[str] = Counter()
        families: Counter[str] = Counter()
        for profile, count, _ in counts:
            labels = self._labels[profile]
            for code in labels.categories:
                categories[code] += count
            for code in labels.families:
                families[code] += count
            for code in labels.departments:
                departments[code] += count
        return Facets(
            total=sum(count for _, count, _ in counts),
            hidden=sum(hidden for _, _, hidden in counts),
            categories=_told(categories),
            departments=_told(departments),
            families=_told(families),
        )

    async def _learn_labels(self, connection: Connection, profiles: Sequence[int]) -> None:
        """Read the profiles that this process has not met; they never change."""
        unknown = [profile for profile in profiles if profile not in self._labels]
        if unknown:
            found = await fetch_all(connection, _Labels, SQL["profiles"], {"ids": unknown})
            self._labels |= {labels.id: labels for labels in found}


def _told(counts: Counter[str]) -> Counts:
    """Return counts, the most frequent first, without what only hidden matches have."""
    return {code: count for code, count in counts.most_common() if count}
