"""How long after its commit an event is consumed, at a steady 500 a second.

The writers are a process of their own, as web processes are (`python latency.py DATABASE SECONDS`), for they take more
of a core than relay and consumer together; both read the machine's one monotonic clock.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from bus import REJECTED, STREAM, SUBJECTS, TEXT, Bench, bench, events
from nats.js.api import DeliverPolicy
from report import Figure, Report

from libs.bus import Consumer, Event, NewEvent, Relay, record
from libs.bus.events import subject_of
from libs.contracts.events import ContributionRejected, type_of
from libs.database import Connection, open_pool
from libs.identifiers import uuid7
from libs.runtime.tasks import running
from libs.testing.waiting import eventually

RATE, SECONDS = 500, 20
WARM_UP = 2
"""Seconds whose events are not counted."""

BY_HAND = 500


async def write(url: str, seconds: int) -> dict[UUID, float]:
    """Record events at a steady rate for so many seconds, one a transaction.

    Return when each was committed, in seconds of the clock.
    """
    committed: dict[UUID, float] = {}
    async with open_pool(url) as writers:

        async def say(event: NewEvent) -> None:
            async with writers.connection(timeout=600) as connection:
                async with connection.transaction():
                    [event_id] = await record(connection, event)
                committed[event_id] = time.monotonic()

        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, event in enumerate(events(RATE * (WARM_UP + seconds))):
                await asyncio.sleep(max(begun + number / RATE - time.monotonic(), 0))
                group.create_task(say(event))
    return dict(list(committed.items())[RATE * WARM_UP :])


async def ours(tools: Bench, seconds: int = SECONDS) -> list[float]:
    """Return the milliseconds from the commit to the handler of each event, beside what is held already."""
    heard: dict[UUID, float] = {}

    async def note(_: Connection, group: Sequence[Event[Any]]) -> None:
        now = time.monotonic()
        heard.update((event.id, now) for event in group)

    await tools.listen("latency", DeliverPolicy.NEW)
    relay = Relay(STREAM, tools.url, tools.nats)
    consumer = Consumer("latency", pool=tools.pool, nats=tools.nats, handlers={REJECTED: note})
    async with running(relay.run(), consumer.run()):
        writers = await asyncio.create_subprocess_exec(
            sys.executable, __file__, tools.url, str(seconds), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await writers.communicate()
        committed = msgspec.json.decode(output, type=dict[UUID, float])

        async def all_heard() -> bool:
            return committed.keys() <= heard.keys()

        await eventually(all_heard, within=600)
    return [(heard[event_id] - at) * 1_000 for event_id, at in committed.items()]


async def by_hand(tools: Bench) -> list[float]:
    """The same path with no queue of work: one message published, fetched and taken in at a time."""
    await tools.begin_anew()
    jetstream = tools.nats.jetstream()
    subscription = await jetstream.pull_subscribe(SUBJECTS, durable="floor", stream=STREAM)
    times: list[float] = []
    kind = type_of(ContributionRejected)
    async with tools.pool.connection() as connection:
        for event in events(BY_HAND):
            begun = time.monotonic()
            await jetstream.publish(subject_of(kind, event.aggregate_id), TEXT.encode())
            [message] = await subscription.fetch(1, timeout=5)
            await connection.execute("insert into inbox (consumer, event_id) values ('floor', %s)", [uuid7()])
            times.append((time.monotonic() - begun) * 1_000)
            await message.ack()
    return times


async def latency(report: Report) -> None:
    async with bench() as tools:
        floor = await by_hand(tools)
        await tools.begin_anew()
        found = await ours(tools)
    for name, at, bar in (("p50", 50, 20), ("p99", 99, 250)):
        of = [statistics.quantiles(times, n=100)[at - 1] for times in (found, floor)]
        what = f"commit → consumed at {RATE} events/s, {name} (floor: one at a time)"
        report.add(Figure(what=what, value=of[0], unit="ms", at_most=bar, floor=of[1]))


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(write(sys.argv[1], int(sys.argv[2])))))
