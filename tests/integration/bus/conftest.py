"""One database and one connection to NATS, for a service that talks to itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.bus import Consumer, Event, NewEvent, Relay, connect, record
from libs.bus.connection import BusClient
from libs.contracts.events import StructureIndexed
from libs.database import Connection, Pool, open_pool

INDEXED = "structure.indexed.v1"
MakeDatabase = Callable[[str], Awaitable[str]]


class House:
    """The database of search, with a table of effects, and what tests do with it."""

    def __init__(self, url: str, pool: Pool, nats: BusClient) -> None:
        self.url, self.pool, self.nats = url, pool, nats

    def relay(self, **choices: Any) -> Relay:
        return Relay("search", self.url, self.nats, **choices)

    def consumer(self, handler: Any = None, name: str = "test-effects") -> Consumer:
        return Consumer(name, pool=self.pool, nats=self.nats, handlers={INDEXED: handler or self.store_effects})

    async def say(self, aggregate: UUID, *versions: int) -> list[UUID]:
        events = [
            NewEvent(data=StructureIndexed(structure_id=aggregate, version=v), aggregate_id=aggregate, version=v)
            for v in versions
        ]
        async with self.pool.connection() as connection, connection.transaction():
            return await record(connection, *events)

    async def say_at_once(self, count: int) -> list[UUID]:
        """Say one thing about each of `count` aggregates, in one transaction; return these."""
        aggregates = [uuid4() for _ in range(count)]
        async with self.pool.connection() as connection, connection.transaction():
            await record(
                connection,
                *(NewEvent(data=StructureIndexed(structure_id=one, version=1), aggregate_id=one) for one in aggregates),
            )
        return aggregates

    @staticmethod
    async def store_effects(connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "insert into effect (aggregate, version) values (%s, %s)",
                [(event.aggregate_id, event.data.version) for event in events],
            )

    async def rows(self, query: str) -> list[Any]:
        async with self.pool.connection() as connection:
            return await (await connection.execute(query)).fetchall()  # type: ignore[call-overload] -- a test's own text

    async def count(self, query: str) -> int:
        return (await self.rows(query))[0][0]

    def has(self, query: str, count: int) -> Callable[[], Awaitable[bool]]:
        """Return the condition that `query` counts `count`."""

        async def holds() -> bool:
            return await self.count(query) == count

        return holds


@pytest.fixture
async def house(make_database: MakeDatabase, nats_url: str) -> AsyncIterator[House]:
    url = await make_database("search")
    async with open_pool(url) as pool, connect(nats_url, name="test") as nats:
        async with pool.connection() as connection:
            await connection.execute(
                "create table effect (place bigint generated always as identity, aggregate uuid, version int)"
            )
        yield House(url, pool, nats)
