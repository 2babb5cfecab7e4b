"""Whether the time of an event grows with what outbox, inbox and stream hold already.

At each size the figures of relay, consumer and latency are taken anew. What is held was published by the relay
itself, as one backlog, of which the time of an event is told too.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence

from bus import Bench, bench
from latency import RATE
from latency import ours as times_to_consume
from nats.js.api import DeliverPolicy
from report import Figure, Report

SIZES = (10_000, 100_000, 1_000_000)
COUNT = 5_000
"""Events of one turn."""

TURNS = 3
LATENCY_SECONDS = 6
FLAT = 1.2
"""Times what an event takes at the smallest size, at most."""

RECEIVED = "insert into inbox (consumer, event_id) select %s, id from outbox on conflict do nothing"


async def grow(tools: Bench, size: int) -> float:
    """Have outbox, inbox and stream hold `size` events; return the seconds of one from outbox to stream."""
    [(held,)] = await tools.execute("select count(*) from outbox")
    await tools.multiply(size - held)
    elapsed = await tools.our_relay()
    for name in ("ours", "by-hand"):
        await tools.execute(RECEIVED, name)
    # What so many events leave behind is cleared away in the time that they take to come.
    await tools.execute("vacuum analyze outbox, inbox")
    return elapsed / (size - held)


async def turn(tools: Bench) -> dict[str, tuple[float, float]]:
    """Return the seconds of an event, ours and by hand, in the relay and in a consumer."""
    for name in ("ours", "by-hand"):
        await tools.listen(name, DeliverPolicy.NEW)
    await tools.record(COUNT)
    relayed = await tools.our_relay()
    by_hand, consumed = await tools.consumer_by_hand("by-hand"), await tools.our_consumer("ours")
    await tools.record(COUNT)
    return {
        "relay": (relayed / COUNT, await tools.relay_by_hand() / COUNT),
        "consumer": (consumed / COUNT, by_hand / COUNT),
    }


async def growth(report: Report, sizes: Sequence[int] = SIZES) -> None:
    async with bench() as tools:
        await tools.begin_anew()
        await tools.record(100)
        first: dict[str, float] = {}
        for size in sizes:
            found: dict[str, list[tuple[float, float]]] = defaultdict(list)
            backlog = await grow(tools, size)
            for _ in range(TURNS):
                for name, times in (await turn(tools)).items():
                    found[name].append(times)
            for name, times in found.items():
                ours, by_hand = (statistics.median(column) * 1e6 for column in zip(*times, strict=True))
                what = f"{name}, an event when {size:,} are held"
                bar = first[name] * FLAT if name in first else None
                report.add(Figure(what=what, value=ours, unit="µs", floor=by_hand, at_most=bar))
                first.setdefault(name, ours)
            what = f"commit → consumed at {RATE} events/s, p50 when {size:,} are held"
            report.add(
                Figure(what=what, value=statistics.median(await times_to_consume(tools, LATENCY_SECONDS)), unit="ms")
            )
            report.note(f"an event of the backlog on the way there: {backlog * 1e6:.0f} µs")
