"""What the benches of the bus share: servers, a database to speak from and to take in to, and events.

PostgreSQL and nats-server wait for the disk (`sync_interval: always`), as in production. Events have 1 KB and belong
to a hundred aggregates; their order on each is checked.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID, uuid4

import psycopg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from libs.bus import Consumer, Event, Relay, connect
from libs.bus.connection import BusClient
from libs.bus.events import NewEvent
from libs.bus.outbox import record
from libs.bus.streams import ensure_stream
from libs.contracts.events import ContributionRejected
from libs.database import Connection, Pool, open_pool
from libs.runtime.tasks import running
from libs.testing.servers import TestServers, delete_streams
from libs.testing.waiting import eventually

AGGREGATES = [uuid4() for _ in range(100)]
TEXT = "x" * 800
"""What fills an event's data up to 1 KB."""

REJECTED = "contribution.rejected.v1"
SUBJECTS = "relais.contributions.>"
STREAM = "contributions"

UPSERT = """
insert into effect (id, version, body)
select * from unnest(%s::uuid[], %s::bigint[], %s::text[])
on conflict (id) do update set version = excluded.version, body = excluded.body
where effect.version < excluded.version
"""
PUT = "insert into inbox (consumer, event_id) select %s, unnest(%s::uuid[]) on conflict do nothing"
MULTIPLY = """
insert into outbox (id, type, aggregate_id, aggregate_version, subject, headers, data)
select new, type, aggregate_id, aggregate_version, subject,
    headers || jsonb_build_object('Nats-Msg-Id', new, 'ce-id', new), data
from (select uuidv7() as new, pattern.* from (select * from outbox order by position limit 100) as pattern,
    generate_series(1, %s)) as event
"""


def events(count: int) -> list[NewEvent]:
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


async def upsert(connection: Connection, rows: Sequence[tuple[UUID, int, str]]) -> None:
    """Keep the newest state of each aggregate, as projections do."""
    newest = {row[0]: row for row in rows}
    await connection.execute(UPSERT, [list(column) for column in zip(*newest.values(), strict=True)])


async def keep(connection: Connection, heard: Sequence[Event[ContributionRejected]]) -> None:
    await upsert(connection, [(event.aggregate_id, event.version, event.data.name) for event in heard])


class Bench:
    """A database of the contributions service with a table to consume into, and the bus."""

    def __init__(self, servers: TestServers, url: str, pool: Pool, nats: BusClient, nats_url: str) -> None:
        self.servers, self.url, self.pool, self.nats, self.nats_url = servers, url, pool, nats, nats_url

    async def execute(self, query: Any, *parameters: Any) -> list[Any]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query, parameters or None)
            return await cursor.fetchall() if cursor.description else []

    async def begin_anew(self) -> None:
        """Empty outbox, inbox, effects and the stream."""
        await self.execute("truncate outbox, inbox, effect, stream restart identity")
        await delete_streams(self.nats_url)
        await ensure_stream(self.nats, STREAM)

    async def record(self, count: int) -> None:
        """Have `count` more events to publish."""
        every = events(count)
        async with self.pool.connection() as connection:
            for start in range(0, count, 5_000):
                async with connection.transaction():
                    await record(connection, *every[start : start + 5_000])

    async def multiply(self, count: int) -> None:
        """Have `count` more to publish, a multiple of 100: the first hundred under new ids, without asking Python."""
        await self.execute(MULTIPLY, count // 100)

    async def our_relay(self) -> float:
        """Publish what there is by the relay; return its seconds."""
        jetstream = self.nats.jetstream()
        [(count,)] = await self.execute("select count(*) from outbox")

        async def published() -> bool:
            # The server is asked first, for that is light.
            return (await jetstream.stream_info(STREAM)).state.messages >= count and not await self.execute(
                "select 1 from outbox where published_at is null limit 1"
            )

        begun = time.perf_counter()
        async with running(Relay(STREAM, self.url, self.nats).run()):
            await eventually(published, within=600)
            return time.perf_counter() - begun

    async def relay_by_hand(self) -> float:
        """Read rows, publish them as one atomic batch, mark them: no lock, no notifications, no failure."""
        begun = time.perf_counter()
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            while True:
                cursor = await connection.execute(
                    "select position, subject, headers, data from outbox where published_at is null "
                    "order by position limit 500"
                )
                rows = await cursor.fetchall()
                if not rows:
                    return time.perf_counter() - begun
                batch = uuid4().hex
                for sequence, (_, subject, headers, data) in enumerate(rows, start=1):
                    headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(sequence)}
                    if sequence < len(rows):
                        await self.nats.publish(subject, data.encode(), headers=headers)
                    else:
                        headers["Nats-Batch-Commit"] = "1"
                        answer = await self.nats.request(subject, data.encode(), 5, headers=headers)
                        if error := json.loads(answer.data).get("error"):
                            raise SystemExit(f"the batch by hand was refused: {error}")
                await connection.execute(
                    "update outbox set published_at = now() where position = any(%s)", [[row[0] for row in rows]]
                )

    async def listen(self, name: str, policy: DeliverPolicy = DeliverPolicy.ALL) -> None:
        """Have a new durable consumer of the shape that ours has."""
        jetstream = self.nats.jetstream()
        with suppress(NotFoundError):
            await jetstream.delete_consumer(STREAM, name)
        config = ConsumerConfig(
            durable_name=name,
            filter_subjects=[SUBJECTS],
            deliver_policy=policy,
            ack_policy=AckPolicy.EXPLICIT,
            max_ack_pending=2_000,
        )
        await jetstream.add_consumer(STREAM, config)

    async def all_answered(self, name: str) -> None:
        """Return once a consumer has acknowledged, thus committed, all there is for it."""

        async def nothing_left() -> bool:
            held = await self.nats.jetstream().consumer_info(STREAM, name)
            return not held.num_pending and not held.num_ack_pending

        await eventually(nothing_left, within=600)

    async def check_effects(self, name: str, count: int) -> None:
        """Fail unless a consumer has taken `count` events in, and each aggregate's last one had its effect."""
        [(taken,)] = await self.execute("select count(*) from inbox where consumer = %s", name)
        [(effects, newest)] = await self.execute("select count(*), max(version) from effect")
        if (taken, effects, newest) != (count, len(AGGREGATES), count - 1):
            raise SystemExit(f"{name} took {taken} of {count} events in, to {effects} effects, the newest {newest}")

    async def our_consumer(self, name: str) -> float:
        """Take in what there is by our consumer; return its seconds."""
        begun = time.perf_counter()
        async with running(Consumer(name, pool=self.pool, nats=self.nats, handlers={REJECTED: keep}).run()):
            await self.all_answered(name)
            return time.perf_counter() - begun

    async def consumer_by_hand(self, name: str) -> float:
        """Fetch, take the ids in, upsert, commit, acknowledge: no decoding of envelopes beyond what is used."""
        begun = time.perf_counter()
        subscription = await self.nats.jetstream().pull_subscribe_bind(durable=name, stream=STREAM)
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            left = (await subscription.consumer_info()).num_pending or 0
            while left:
                messages = await subscription.fetch(200, timeout=5)
                rows = [
                    (
                        UUID(message.headers["ce-subject"]),
                        int(message.headers["ce-aggregateversion"]),
                        json.loads(message.data)["name"],
                    )
                    for message in messages
                    if message.headers
                ]
                async with connection.transaction():
                    ids = [UUID(message.headers["ce-id"]) for message in messages if message.headers]
                    await connection.execute(PUT, [name, ids])
                    await upsert(connection, rows)
                for message in messages:
                    await message.ack()
                left -= len(messages)
        seconds = time.perf_counter() - begun
        await subscription.unsubscribe()
        return seconds

    async def check_order(self) -> None:
        """Fail unless the stream holds each aggregate's events in order."""
        jetstream = self.nats.jetstream()
        consumer = ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=30)
        name = (await jetstream.add_consumer(STREAM, consumer)).name
        subscription = await jetstream.pull_subscribe_bind(consumer=name, stream=STREAM)
        last: dict[str, int] = {}
        left = (await jetstream.stream_info(STREAM)).state.messages
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
            tools = Bench(servers, url, pool, nats, nats_url)
            await tools.execute("create table effect (id uuid primary key, version bigint, body text)")
            yield tools
    finally:
        servers.stop()
