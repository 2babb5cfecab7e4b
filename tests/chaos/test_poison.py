"""Events that can never be handled are buried with their errors, and the others do not wait for them."""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from libs.bus import Consumer, Event, NewEvent, Relay, connect, record
from libs.bus.connection import BusClient
from libs.bus.streams import ensure_stream
from libs.contracts.events import ContributionSubmitted, EventData, StructureIndexed, type_of
from libs.database import Connection, Pool, open_pool
from libs.runtime.tasks import running
from libs.testing.waiting import eventually

COUNT = 200
EVERY = 0.02
"""Seconds between two events that are said."""

POISONOUS = 20
"""One event in so many is followed by poison of each kind."""

HANDLED = type_of(StructureIndexed).name
TABLE = "create table effect (aggregate uuid primary key, at timestamptz not null default clock_timestamp())"
LATENCIES = """
select extract(epoch from effect.at - recorded_at)::float8
from effect
join outbox on aggregate_id = aggregate
"""


class Bench(NamedTuple):
    url: str
    pool: Pool
    nats: BusClient

    async def say(self, data: EventData, about: UUID) -> None:
        async with self.pool.connection() as connection, connection.transaction():
            await record(connection, NewEvent(data=data, aggregate_id=about))

    async def poison(self, refused: set[UUID]) -> None:
        """Say three things that cannot be taken in: garbled, refused by the handler, and too large for the server."""
        subject = f"relais.search.structure.{uuid4()}.indexed.v1"
        await self.nats.jetstream().publish(subject, b"{not json", headers={"ce-type": HANDLED})
        about = uuid4()
        refused.add(about)
        await self.say(StructureIndexed(structure_id=about, version=1), about)
        large = ContributionSubmitted(contribution_id=uuid4(), kind="addition", name="x" * 2_000_000)
        await self.say(large, large.contribution_id)


@pytest.fixture
async def bench(
    make_database: Callable[[str], Awaitable[str]],
    nats_url: str,
    clean_streams: None,  # noqa: ARG001 -- it makes room
) -> AsyncIterator[Bench]:
    url = await make_database("search")
    async with open_pool(url) as pool, connect(nats_url, name="test") as nats:
        async with pool.connection() as connection:
            await connection.execute(TABLE)
        await ensure_stream(nats, "search")
        yield Bench(url, pool, nats)


async def latencies(bench: Bench, *, poisoned: bool) -> list[float]:
    """Return, sorted, how long (seconds) each of `COUNT` events took from its commit to its effect."""
    refused: set[UUID] = set()

    async def handle(connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        if any(event.aggregate_id in refused for event in events):
            raise ValueError("this one cannot be handled")
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "insert into effect (aggregate) values (%s)", [(event.aggregate_id,) for event in events]
            )

    async def all_took_effect() -> bool:
        async with bench.pool.connection() as connection:
            cursor = await connection.execute("select count(*) from effect")
            return (await cursor.fetchall())[0][0] == COUNT

    consumer = Consumer("test-effects", pool=bench.pool, nats=bench.nats, handlers={HANDLED: handle})
    async with running(Relay("search", bench.url, bench.nats).run(), consumer.run()):
        for number in range(COUNT):
            about = uuid4()
            await bench.say(StructureIndexed(structure_id=about, version=1), about)
            if poisoned and number % POISONOUS == 0:
                await bench.poison(refused)
            await asyncio.sleep(EVERY)
        await eventually(all_took_effect, within=60)
        if poisoned:
            await eventually(lambda: has_letters(bench, 3 * COUNT // POISONOUS), within=60)
    async with bench.pool.connection() as connection:
        rows = await (await connection.execute(LATENCIES)).fetchall()
        await connection.execute("truncate effect, outbox, inbox")
    return sorted(row[0] for row in rows)


async def has_letters(bench: Bench, count: int) -> bool:
    async with bench.pool.connection() as connection:
        cursor = await connection.execute("select count(*) from dead_letter")
        return (await cursor.fetchall())[0][0] == count


async def test_poison_is_buried_with_its_error_and_delays_nobody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", (0.2, 1, 5))
    clean = await latencies(bench, poisoned=False)
    poisoned = await latencies(bench, poisoned=True)
    with capsys.disabled():
        figures = [f"{statistics.median(found) * 1000:.0f} ms" for found in (clean, poisoned)]
        sys.stdout.write(f"\nmedian from commit to effect: {figures[0]} alone, {figures[1]} among poison\n")
    async with bench.pool.connection() as connection:
        rows = await (
            await connection.execute("select consumer, split_part(error, ':', 1) from dead_letter")
        ).fetchall()
    assert Counter((consumer, re.sub(r"2\d{6}", "2…", error)) for consumer, error in rows) == {
        ("test-effects", "unknown event type or missing attribute"): COUNT // POISONOUS,
        ("test-effects", "ValueError"): COUNT // POISONOUS,
        ("search-relay", "the event has 2… bytes and nats-server takes at most 1048576"): COUNT // POISONOUS,
    }
    # Each refused event is tried for more than six seconds.
    assert statistics.median(poisoned) < statistics.median(clean) + 0.5
    assert max(poisoned) < 5
