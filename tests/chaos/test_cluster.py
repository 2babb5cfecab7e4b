"""A cluster of three nats-servers whose leader is killed every few seconds, under load."""

from __future__ import annotations

import asyncio
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from random import Random
from uuid import UUID, uuid4

import pytest

from libs.bus import Consumer, Event, NewEvent, Relay, record
from libs.contracts.events import StructureIndexed
from libs.database import Connection, Pool, open_pool
from libs.runtime.tasks import running
from libs.testing.cluster import SIZE, NatsCluster, nats_cluster
from libs.testing.waiting import eventually

KINDS = "structure.indexed.v1"
AGGREGATES = [uuid4() for _ in range(20)]
ROUNDS = 12 if os.environ.get("CHAOS_FAULTS") else 3
"""How often the leader is killed."""

BETWEEN = 4.0
"""Seconds from one leader's death to the next's."""


@pytest.fixture
async def cluster() -> AsyncIterator[NatsCluster]:
    async with nats_cluster() as started:
        yield started


@pytest.fixture
async def pool(make_database: Callable[[str], Awaitable[str]]) -> AsyncIterator[Pool]:
    async with open_pool(await make_database("search")) as opened:
        async with opened.connection() as connection:
            await connection.execute(
                "create table effect (place bigserial, event_id uuid, aggregate uuid, version int)"
            )
        yield opened


async def take_effect(connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into effect (event_id, aggregate, version) values (%s, %s, %s)",
            [(event.id, event.aggregate_id, event.version) for event in events],
        )


class Speaker:
    """Says one thing after another about each aggregate, and knows what was committed."""

    def __init__(self, pool: Pool) -> None:
        self.said: list[UUID] = []
        self._pool = pool
        self._random = Random(1)  # noqa: S311 -- no secret
        self._versions: Counter[UUID] = Counter()

    async def speak(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            events: list[NewEvent] = []
            for aggregate in self._random.choices(AGGREGATES, k=10):
                self._versions[aggregate] += 1
                version = self._versions[aggregate]
                data = StructureIndexed(structure_id=aggregate, version=version)
                events.append(NewEvent(data=data, aggregate_id=aggregate, version=version))
            async with self._pool.connection() as connection, connection.transaction():
                ids = await record(connection, *events)
            self.said += ids
            await asyncio.sleep(0.05)


@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_doubled_while_leaders_are_killed(cluster: NatsCluster, pool: Pool) -> None:
    speaker = Speaker(pool)
    async with cluster.connected("services") as nats, cluster.connected("observer") as observer:
        relays = [Relay("search", pool.conninfo, nats).run() for _ in range(2)]
        consumer = Consumer("test-effects", pool=pool, nats=nats, handlers={KINDS: take_effect})
        async with running(*relays, consumer.run()):
            stop = asyncio.Event()
            speaking = asyncio.create_task(speaker.speak(stop))
            for _ in range(ROUNDS):
                await asyncio.sleep(BETWEEN)
                await kill_the_leader(cluster, observer)
            stop.set()
            await speaking
            await eventually(lambda: has(pool, len(speaker.said)), within=180)
        copies = await observer.jetstream().stream_info("search")
        assert copies.config.num_replicas == SIZE
    async with pool.connection() as connection:
        rows = await (
            await connection.execute("select event_id, aggregate, version from effect order by place")
        ).fetchall()
        waiting = await (await connection.execute("select count(*) from outbox where published_at is null")).fetchall()
        buried = await (await connection.execute("select error from dead_letter")).fetchall()
    assert (waiting, buried) == ([(0,)], [])
    assert Counter(row[0] for row in rows) == Counter(speaker.said)
    versions: dict[UUID, list[int]] = defaultdict(list)
    for _, aggregate, version in rows:
        versions[aggregate].append(version)
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in versions.values())


async def kill_the_leader(cluster: NatsCluster, observer: NatsCluster) -> None:
    leader: list[str] = []

    async def found() -> bool:
        if name := await cluster.leader(observer, "search"):
            leader.append(name)
        return bool(leader)

    await eventually(found, within=60)
    cluster.kill(leader[0])
    await asyncio.sleep(BETWEEN / 2)  # the others go on without it
    await cluster.start(leader[0])


async def has(pool: Pool, count: int) -> bool:
    async with pool.connection() as connection:
        cursor = await connection.execute("select count(*) from effect")
        return (await cursor.fetchall())[0][0] == count
