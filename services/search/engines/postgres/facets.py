"""How many matches there are, and of what: counted by profile, told by category, department and family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

import msgspec

from libs.contracts import vocabulary
from libs.database import Connection, Queries, fetch_all
from services.search.domain.requests import Counts

SQL = Queries("services.search.engines.postgres")


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
    """Tells what was counted by labels."""

    def __init__(self) -> None:
        self._labels: dict[int, _Labels] = {}

    async def tell(self, connection: Connection, tallies: Sequence[Tallied]) -> Facets:
        """Return the facets that tallies come to."""
        await self._learn_labels(connection, [tally.profile for tally in tallies])
        categories, departments, families = (defaultdict[str, int](int) for _ in range(3))
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


def _by_frequency(counts: Mapping[str, int]) -> Counts:
    """Return counts, the most frequent first, without what only hidden matches have."""
    return {code: count for code, count in sorted(counts.items(), key=itemgetter(1), reverse=True) if count}
