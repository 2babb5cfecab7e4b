"""How soon work goes on after a failure.

The broker: nats-server is killed and started again; the time counts from its greeting to the next event handled, and
by hand to the next message that a plain client publishes and fetches. The worker: a consumer of its own process
(`python recovery.py DATABASE NATS`) is killed while it holds messages; the time counts until another has handled all
of them, and by hand until a plain client has fetched all, where another was given them and fell silent.
"""

from __future__ import annotations

import asyncio
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import nats
import nats.errors
from bus import REJECTED, STREAM, SUBJECTS, Bench, bench, keep
from nats.js.api import AckPolicy, ConsumerConfig
from report import Figure, Report

from libs.bus import Consumer, Event, Relay, connect
from libs.bus.consumer import ACK_WAIT
from libs.database import Connection, open_pool
from libs.runtime.tasks import running
from libs.testing.waiting import eventually

TURNS = 3
AWAY = 3.0
"""Seconds for which the broker is away: clients have begun to wait between their attempts."""

PACE = 0.02
"""Seconds between two things to say."""

HELD = 100
"""Messages that the worker holds when it dies."""


async def restart(tools: Bench) -> float:
    """Kill the broker, start it again after a while, and return when it greeted clients."""
    server = tools.servers.nats_server
    server.process.stop_now()
    await server.process.ended()
    await asyncio.sleep(AWAY)
    server.start()
    await asyncio.to_thread(server.wait_ready)
    return time.monotonic()


async def flow_again(tools: Bench) -> float:
    """Return the seconds from the broker's return to the next event handled."""
    await tools.begin_anew()
    heard: list[float] = []

    async def note(_: Connection, group: Sequence[Event[Any]]) -> None:
        heard.extend(time.monotonic() for _ in group)

    async def say() -> None:
        while True:
            await tools.record(1)
            await asyncio.sleep(PACE)

    relay = Relay(STREAM, tools.url, tools.nats)
    consumer = Consumer("recovery", pool=tools.pool, nats=tools.nats, handlers={REJECTED: note})
    async with running(relay.run(), consumer.run(), say()):
        return await _next(heard, tools)


async def _next(heard: list[float], tools: Bench) -> float:
    """Restart the broker once something was heard; return how long after it something is heard again."""

    async def flowing() -> bool:
        return len(heard) > 10

    await eventually(flowing)
    back = await restart(tools)

    async def again() -> bool:
        return heard[-1] > back

    await eventually(again, within=60)
    return next(at for at in heard if at > back) - back


async def flow_again_by_hand(tools: Bench) -> float:
    await tools.begin_anew()
    heard: list[float] = []
    errors = (nats.errors.Error, asyncio.TimeoutError, OSError)

    async def quiet(_: Exception) -> None:
        """The server is away: that is what is measured."""

    client = await nats.connect(
        tools.nats_url,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.25,
        error_cb=quiet,  # pyright: ignore[reportArgumentType] -- asyncio.sleep takes it
    )
    jetstream = client.jetstream()
    subscription = await jetstream.pull_subscribe(SUBJECTS, durable="floor", stream=STREAM)

    async def say() -> None:
        while True:
            with suppress(*errors):
                await jetstream.publish("relais.contributions.floor", b"x", timeout=0.5)
            await asyncio.sleep(PACE)

    async def listen() -> None:
        while True:
            with suppress(*errors):
                for message in await subscription.fetch(10, timeout=0.5):
                    heard.append(time.monotonic())
                    await message.ack()

    try:
        async with running(say(), listen()):
            return await _next(heard, tools)
    finally:
        await client.close()


async def hold(url: str, nats_url: str) -> None:
    """Take messages, say how many, and never finish with them."""

    async def never(_: Connection, group: Sequence[Event[Any]]) -> None:
        print(len(group), flush=True)
        await asyncio.Event().wait()

    async with open_pool(url) as pool, connect(nats_url, name="worker") as client:
        await Consumer("recovery", pool=pool, nats=client, handlers={REJECTED: never}).run()


async def taken_over(tools: Bench) -> float:
    """Return the seconds from a worker's death until another has handled what it held."""
    await tools.begin_anew()
    await tools.record(HELD)
    await tools.our_relay()
    worker = await asyncio.create_subprocess_exec(
        sys.executable, __file__, tools.url, tools.nats_url, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout
    await worker.stdout.readline()
    worker.send_signal(signal.SIGKILL)
    begun = time.monotonic()
    await worker.wait()
    async with running(Consumer("recovery", pool=tools.pool, nats=tools.nats, handlers={REJECTED: keep}).run()):
        await tools.all_answered("recovery")
        elapsed = time.monotonic() - begun
    await tools.check_effects("recovery", HELD)
    return elapsed


async def taken_over_by_hand(tools: Bench) -> float:
    await tools.begin_anew()
    await tools.record(HELD)
    await tools.our_relay()
    jetstream = tools.nats.jetstream()
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_WAIT)
    subscription = await jetstream.pull_subscribe(SUBJECTS, durable="floor", stream=STREAM, config=config)
    held = await subscription.fetch(HELD, timeout=5)
    begun = time.monotonic()
    left = len(held)
    while left:
        with suppress(TimeoutError):
            for message in await subscription.fetch(left, timeout=5):
                await message.ack()
                left -= 1
    return time.monotonic() - begun


async def medians(tools: Bench, *works: Callable[[Bench], Awaitable[float]]) -> list[float]:
    times = [[await work(tools) for work in works] for _ in range(TURNS)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


async def recovery(report: Report) -> None:
    async with bench() as tools:
        again, floor = await medians(tools, flow_again, flow_again_by_hand)
        report.add(Figure(what="broker back → events flow", value=again, unit="s", at_most=1, floor=floor))
        over, floor = await medians(tools, taken_over, taken_over_by_hand)
        what = f"worker dead → its work done by another (acknowledgement awaited for {ACK_WAIT:g} s)"
        report.add(Figure(what=what, value=over, unit="s", at_most=10, floor=floor))


if __name__ == "__main__":
    asyncio.run(hold(*sys.argv[1:]))
