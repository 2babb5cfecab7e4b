"""How many events a second relay and consumer manage, beside loops by hand and the same consumer on FastStream."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable

from bus import Bench, bench
from on_faststream import consumer_on_faststream
from report import Figure, Report

COUNT = 20_000
TURNS = 3


async def turn_about(prepare: Callable[[], Awaitable[None]], *works: Callable[[], Awaitable[float]]) -> list[float]:
    """Return the seconds of each of `works`, by medians of turns; `prepare` comes before each."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(TURNS):
        for work, own in zip(works, times, strict=True):
            await prepare()
            own.append(await work())
    return [statistics.median(own) for own in times]


async def relay(report: Report) -> None:
    async with bench() as tools:

        async def prepare() -> None:
            await tools.begin_anew()
            await tools.record(COUNT)

        by_hand, ours = await turn_about(prepare, tools.relay_by_hand, tools.our_relay)
        await tools.check_order()
    report.add(
        Figure(
            what="relay",
            value=COUNT / ours,
            unit="events/s",
            at_least=5_000,
            floor=COUNT / by_hand,
            of_floor=0.6,
        )
    )


async def consumer(report: Report) -> None:
    async with bench() as tools:
        await publish(tools)

        async def prepare() -> None:
            await tools.execute("truncate inbox, effect")
            for name in ("ours", "by-hand", "faststream"):
                await tools.listen(name)

        async def checked(name: str, work: Awaitable[float]) -> float:
            seconds = await work
            await tools.check_effects(name, COUNT)
            return seconds

        by_hand, ours, peer = await turn_about(
            prepare,
            lambda: checked("by-hand", tools.consumer_by_hand("by-hand")),
            lambda: checked("ours", tools.our_consumer("ours")),
            lambda: checked("faststream", consumer_on_faststream(tools, "faststream")),
        )
    floor = COUNT / by_hand
    report.add(
        Figure(
            what="consumer with inbox and upsert",
            value=COUNT / ours,
            unit="events/s",
            at_least=4_000,
            floor=floor,
            of_floor=0.6,
        ),
        Figure(
            what="the same consumer on FastStream (bar: ours)",
            value=COUNT / peer,
            unit="events/s",
            at_most=COUNT / ours,
            floor=floor,
        ),
    )


async def publish(tools: Bench) -> None:
    """Have a stream of events to take in."""
    await tools.begin_anew()
    await tools.record(COUNT)
    await tools.our_relay()
