"""Counting what people do without knowing who they are (docs/decisions/0016-counting-searches.md)."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from datetime import date
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from litestar import Request
from psycopg import InterfaceError, InternalError, OperationalError
from psycopg_pool import PoolTimeout

from libs.runtime.tasks import running

SEVERAL = 3
"""People who must have done the same in one week before anybody is told of it."""

HELD = 20_000
"""Things of which is remembered how many people did them; the oldest make room."""

AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""What says that a database cannot be written now."""

K = TypeVar("K", bound=Hashable)


class Crowd(Generic[K]):
    """How often each of many things was done within a week, and by how many people, SEVERAL at most.

    People are told apart by a digest of their network, under a key that is written nowhere and goes with the week.
    """

    def __init__(self) -> None:
        self._begin(date.min)

    def _begin(self, week: date) -> None:
        self._week = week
        self._key = secrets.token_bytes()
        self._people: dict[K, set[bytes]] = {}
        self._held = Counter[K]()

    def count(self, week: date, thing: K, network: str) -> int:
        """Count what somebody from `network` did in the week of that Monday; return how many people did so far."""
        if week != self._week:
            self._begin(week)
        people = self._people.setdefault(thing, set())
        if len(people) < SEVERAL:
            people.add(blake2b(network.encode(), key=self._key, digest_size=8).digest())
        self._held[thing] += 1
        return len(people)

    def release(self, thing: K) -> int:
        """Return how often a thing was done since this was last asked."""
        return self._held.pop(thing)

    def make_room(self) -> None:
        """Forget what was first done longest ago, when there is too much."""
        if len(self._people) > HELD:
            oldest = next(iter(self._people))
            del self._people[oldest], self._held[oldest]


@asynccontextmanager
async def written_regularly(write: Callable[[], Awaitable[None]], every: float) -> AsyncGenerator[None]:
    """Write what is counted while the block runs, and at its end."""

    async def go_on() -> None:
        while True:
            await asyncio.sleep(every)
            await write()

    try:
        async with running(go_on()):
            yield
    finally:
        await write()


def is_read(request: Request[Any, Any, Any]) -> bool:
    """Whether somebody is to read the page: a script may ask for it once more, to hold it for later."""
    return request.headers.get("sec-fetch-dest", "document") == "document"
