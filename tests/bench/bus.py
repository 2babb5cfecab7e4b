"""How fast the bus is, each figure beside its floor: `python tests/bench/bus.py [relay|consumer|latency|growth]…`.

The floor is a loop written by hand with nats-py and psycopg that does only the necessary work, on the same
servers, in the same run, turn about; figures are medians of the turns. PostgreSQL and nats-server wait for the
disk (`sync_interval: always`), as in production. Events have 1 KB and belong to a hundred aggregates; their order
on each is checked.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
from nats.js.api import AckPolicy, ConsumerConfig

from libs.bus import Consumer, Event, Relay, connect
from libs.bus.connection import BusClient
from libs.bus.events import NewEvent, subject_of
from libs.bus.outbox import record
from libs.bus.streams import ensure_stream
from libs.contracts.events import ContributionRejected, type_of
from libs.database import Connection, Pool, open_pool
from libs.identifiers import uuid7
from libs.runtime.tasks import running
from libs.testing.servers import TestServers, delete_streams
from libs.testing.waiting import eventually

AGGREGATES = [uuid4() for _ in range(100)]
TEXT = "x" * 800
"""What fills an event's data up to 1 KB."""

TURNS = 3


def events(count: int) -> list[NewEvent]:
    kind = type_of(ContributionRejected)
    assert kind.service == "contributions"
    return [
        NewEvent(
            data=ContributionRejected(
                contribution_id=AGGREGATES[number % 100], kind="addition", name=str(number), reason=TEXT
            ),
            aggregate_id=AGGREGATES[number % 100],
            version=number,
        )
        for number in range(count)
    ]


class Bench:
    """A database of the contributions service with a table to consume into, and the bus."""

    def __init__(self, url: str, pool: Pool, nats: BusClient, nats_url: str) -> None:
        self.url, self.pool, self.nats, self.nats_url = url, pool, nats, nats_url

    async def execute(self, query: Any, *parameters: Any) -> list[Any]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query, *parameters)
            return await cursor.fetchall() if cursor.description else []

    async def fill(self, count: int) -> None:
        """Leave `count` events, and no others, to publish."""
        await self.execute("truncate outbox restart identity")
        every = events(count)
        async with self.pool.connection() as connection:
            for start in range(0, count, 5_000):
                async with connection.transaction():
                    await record(connection, *every[start : start + 5_000])
        await self.execute("vacuum analyze outbox")

    async def published(self, count: int) -> None:
        """Return once all of `count` are marked."""
        await self.counted("select count(*) from outbox where published_at is not null", count)

    async def counted(self, query: str, count: int) -> None:
        async def enough() -> bool:
            return (await self.execute(query))[0][0] >= count

        await eventually(enough, within=600)

    async def empty_stream(self) -> None:
        await delete_streams(self.nats_url)
        await self.execute("truncate stream")
        await ensure_stream(self.nats, "contributions")

    async def check_order(self) -> None:
        """Fail unless the stream holds each aggregate's events in order."""
        jetstream = self.nats.jetstream()
        consumer = ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=30)
        name = (await jetstream.add_consumer("contributions", consumer)).name
        subscription = await jetstream.pull_subscribe_bind(consumer=name, stream="contributions")
        last: dict[str, int] = {}
        left = (await jetstream.stream_info("contributions")).state.messages
        while left:
            for message in await subscription.fetch(min(left, 500), timeout=5):
                assert message.headers
                aggregate, version = message.headers["ce-subject"], int(message.headers["ce-aggregateversion"])
                if version <= last.get(aggregate, -1):
                    raise SystemExit(f"order broken on {aggregate}: {version} after {last[aggregate]}")
                last[aggregate] = version
                left -= 1


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    servers = TestServers(durable=True)
    servers.start()
    try:
        url = await servers.addresses().make_database("contributions", "bench")
        nats_url = servers.addresses().nats("main")
        async with open_pool(url, statement_timeout_ms=600_000) as pool, connect(nats_url, name="bench") as nats:
            tools = Bench(url, pool, nats, nats_url)
            await tools.execute("create table effect (id uuid primary key, version bigint, body text)")
            yield tools
    finally:
        servers.stop()


# relay -------------------------------------------------------------------------------------------------


async def our_relay(tools: Bench, count: int) -> float:
    await tools.fill(count)
    await tools.empty_stream()
    begun = time.perf_counter()
    async with running(Relay("contributions", tools.url, tools.nats).run()):
        await tools.published(count)
        return time.perf_counter() - begun


async def floor_relay(tools: Bench, count: int) -> float:
    """Read rows, publish them as one atomic batch, mark them: no lock, no notifications, no failure."""
    await tools.fill(count)
    await tools.empty_stream()
    begun = time.perf_counter()
    async with await psycopg.AsyncConnection.connect(tools.url, autocommit=True) as connection:
        done = 0
        while done < count:
            cursor = await connection.execute(
                "select position, subject, headers, data from outbox where published_at is null "
                "order by position limit 500"
            )
            rows = await cursor.fetchall()
            batch = uuid4().hex
            for sequence, (_, subject, headers, data) in enumerate(rows, start=1):
                headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(sequence)}
                if sequence < len(rows):
                    await tools.nats.publish(subject, data.encode(), headers=headers)
                else:
                    headers["Nats-Batch-Commit"] = "1"
                    answer = await tools.nats.request(subject, data.encode(), 5, headers=headers)
                    assert "error" not in json.loads(answer.data)
            positions = [row[0] for row in rows]
            await connection.execute("update outbox set published_at = now() where position = any(%s)", [positions])
            done += len(rows)
    return time.perf_counter() - begun


# consumer ----------------------------------------------------------------------------------------------

UPSERT = """
insert into effect (id, version, body)
select * from unnest(%s::uuid[], %s::bigint[], %s::text[])
on conflict (id) do update set version = excluded.version, body = excluded.body
where effect.version < excluded.version
"""
PUT = "insert into inbox (consumer, event_id) select 'floor', unnest(%s::uuid[]) on conflict do nothing returning 1"


async def upsert(connection: Connection, rows: Sequence[tuple[UUID, int, str]]) -> None:
    """Keep the newest state of each aggregate, as projections do."""
    newest = {row[0]: row for row in rows}
    await connection.execute(UPSERT, [list(column) for column in zip(*newest.values(), strict=True)])


async def keep(connection: Connection, heard: Sequence[Event[ContributionRejected]]) -> None:
    await upsert(connection, [(event.aggregate_id, event.version, event.data.name) for event in heard])


async def publish_all(tools: Bench, count: int) -> None:
    await our_relay(tools, count)
    await tools.execute("truncate effect, inbox")


async def applied(tools: Bench, consumer: str, count: int) -> None:
    await tools.counted(f"select count(*) from inbox where consumer = '{consumer}'", count)  # noqa: S608 -- our own


async def our_consumer(tools: Bench, count: int) -> float:
    await publish_all(tools, count)
    handlers = {"contribution.rejected.v1": keep}
    begun = time.perf_counter()
    async with running(Consumer("bench", pool=tools.pool, nats=tools.nats, handlers=handlers).run()):
        await applied(tools, "bench", count)
        return time.perf_counter() - begun


async def floor_consumer(tools: Bench, count: int) -> float:
    """Fetch, take the ids in, upsert, commit, acknowledge: no decoding of envelopes beyond what is used."""
    await publish_all(tools, count)
    jetstream = tools.nats.jetstream()
    subscription = await jetstream.pull_subscribe("relais.contributions.>", durable="floor", stream="contributions")
    begun = time.perf_counter()
    async with await psycopg.AsyncConnection.connect(tools.url, autocommit=True) as connection:
        done = 0
        while done < count:
            messages = await subscription.fetch(200, timeout=5)
            rows = [
                (
                    UUID(message.headers["ce-subject"]),
                    int(message.headers["ce-aggregateversion"]),
                    json.loads(message.data)["name"],
                )
                for message in messages
            ]
            async with connection.transaction():
                await connection.execute(PUT, [[UUID(message.headers["ce-id"]) for message in messages]])
                await upsert(connection, rows)
            for message in messages:
                await message.ack()
            done += len(messages)
    return time.perf_counter() - begun


# latency -----------------------------------------------------------------------------------------------


async def latencies(tools: Bench, *, rate: int, seconds: int) -> list[float]:
    """Return the milliseconds from commit to the handler of events recorded at a steady rate, one a transaction."""
    await tools.execute("truncate outbox, inbox, effect")
    await tools.empty_stream()
    committed: dict[UUID, float] = {}
    heard: dict[UUID, float] = {}

    async def note(_: Connection, events_heard: Sequence[Event[Any]]) -> None:
        now = time.perf_counter()
        heard.update((event.id, now) for event in events_heard)

    async def say(writers: Pool, event: NewEvent) -> None:
        async with writers.connection(timeout=60) as connection:
            async with connection.transaction():
                [event_id] = await record(connection, event)
            committed[event_id] = time.perf_counter()

    relay = Relay("contributions", tools.url, tools.nats)
    consumer = Consumer("latency", pool=tools.pool, nats=tools.nats, handlers={"contribution.rejected.v1": note})
    async with open_pool(tools.url) as writers, running(relay.run(), consumer.run()):
        await asyncio.sleep(1)
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, event in enumerate(events(rate * seconds)):
                await asyncio.sleep(max(begun + number / rate - time.perf_counter(), 0))
                group.create_task(say(writers, event))

        async def all_heard() -> bool:
            return len(heard) == len(committed)

        await eventually(all_heard, within=60)
    return [(heard[event_id] - at) * 1_000 for event_id, at in committed.items()]


async def floor_latencies(tools: Bench, *, rate: int, seconds: int) -> list[float]:
    """The same path with no queue of work: one row committed, published, fetched and taken in at a time."""
    await tools.empty_stream()
    jetstream = tools.nats.jetstream()
    subscription = await jetstream.pull_subscribe("relais.contributions.>", durable="floor", stream="contributions")
    times: list[float] = []
    kind = type_of(ContributionRejected)
    async with await psycopg.AsyncConnection.connect(tools.url, autocommit=True) as connection:
        for event in events(min(rate * seconds, 500)):
            event_id = uuid7()
            begun = time.perf_counter()
            await jetstream.publish(subject_of(kind, event.aggregate_id), TEXT.encode())
            [message] = await subscription.fetch(1, timeout=5)
            await connection.execute("insert into inbox (consumer, event_id) values ('floor', %s)", [event_id])
            times.append((time.perf_counter() - begun) * 1_000)
            await message.ack()
    return times


# what is printed ---------------------------------------------------------------------------------------

Timed = Callable[[Bench, int], Awaitable[float]]


async def compare(tools: Bench, what: str, count: int, ours: Timed, floor: Timed) -> None:
    """Print events a second of ours and of the floor, and their ratio, by medians of turns."""
    pairs = [(count / await ours(tools, count), count / await floor(tools, count)) for _ in range(TURNS)]
    mine, by_hand = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{what:<34} {mine:8,.0f} events/s   floor {by_hand:8,.0f}   {ratio:4.0%} of the floor", flush=True)


def spread(what: str, times: list[float]) -> None:
    cuts = statistics.quantiles(times, n=100)
    print(f"{what:<34} p50 {statistics.median(times):6.1f} ms   p99 {cuts[98]:6.1f} ms", flush=True)


async def relay(tools: Bench) -> None:
    await compare(tools, "relay, 20,000 events", 20_000, our_relay, floor_relay)
    await our_relay(tools, 20_000)
    await tools.check_order()


async def consumer(tools: Bench) -> None:
    await compare(tools, "consumer, 20,000 events", 20_000, our_consumer, floor_consumer)


async def latency(tools: Bench) -> None:
    spread("commit → consumed at 500 events/s", await latencies(tools, rate=500, seconds=20))
    spread("floor: publish, fetch and take in", await floor_latencies(tools, rate=500, seconds=20))


async def growth(tools: Bench) -> None:
    """The time of an event must not grow with what outbox and stream already hold."""
    for count in (10_000, 100_000, 1_000_000):
        relayed = await our_relay(tools, count) / count * 1e6
        await tools.execute("truncate effect, inbox")
        begun = time.perf_counter()
        handlers = {"contribution.rejected.v1": keep}
        async with running(Consumer("growth", pool=tools.pool, nats=tools.nats, handlers=handlers).run()):
            await applied(tools, "growth", count)
        consumed = (time.perf_counter() - begun) / count * 1e6
        print(f"{count:>9,} events: relay {relayed:6.1f} µs each   consumer {consumed:6.1f} µs each", flush=True)


PARTS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "relay": relay,
    "consumer": consumer,
    "latency": latency,
    "growth": growth,
}


async def main(names: Sequence[str]) -> None:
    for name in names or PARTS:
        async with bench() as tools:
            await PARTS[name](tools)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
