"""What took long to find, kept until the index changes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from psycopg.rows import scalar_row

from libs.database import Connection, Queries

SQL = Queries("services.search.engines.postgres")

LOOK_EVERY = 0.1
"""Seconds between looks at whether the index has changed: what is kept may be so old."""

T = TypeVar("T")


class Generation:
    """The number that each change of the index raises, as it was looked at last."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._looked_at = float("-inf")

    async def look(self, connection: Connection) -> None:
        if time.monotonic() - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = time.monotonic()
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["generation"])
            self.number = await cursor.fetchone()


class Kept(Generic[T]):
    """What was found in the present generation of the index: the `most` that were asked for last."""

    def __init__(self, generation: Generation, most: int) -> None:
        self._generation = generation
        self._most = most
        self._of: int | None = None
        self._found: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, asked: Hashable) -> T | None:
        self._forget_older()
        if asked not in self._found:
            return None
        self._found.move_to_end(asked)
        return self._found[asked]

    def keep(self, asked: Hashable, found: T, *, since: int | None) -> None:
        """Keep what was looked for from generation `since` on, unless the index has changed meanwhile."""
        self._forget_older()
        if since != self._of:
            return
        self._found[asked] = found
        if len(self._found) > self._most:
            self._found.popitem(last=False)

    def _forget_older(self) -> None:
        if self._of != self._generation.number:
            self._of = self._generation.number
            self._found.clear()
