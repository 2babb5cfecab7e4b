"""All figures, each beside its floor, in one table: `make bench`, or `python tests/bench [PART]…` for some.

The figures of relay, consumer, latency, growth and recovery take a database and a stream of their own; imports,
search, hostile, rebuild and crowd one platform with the real data of ../shared/data (left out, with a word, where
that is absent); journey and standing platforms with the sample; meilisearch a server that answers what it was told.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import crowd
import hostile
import imports
import journey
import meilisearch
import rebuild
import search
import standing
import structlog
from growth import growth
from latency import latency
from recovery import recovery
from report import Report
from throughput import consumer, relay

from libs.contracts.events import SERVICES
from libs.testing.chaos.audit import Platform
from libs.testing.platform import RunningPlatform

Part = Callable[[Report], Awaitable[None]]

ALONE: dict[str, Part] = {
    "relay": relay,
    "consumer": consumer,
    "latency": latency,
    "growth": growth,
    "recovery": recovery,
    "meilisearch": meilisearch.measure,
}
REAL_DATA = ("imports", "search", "hostile", "rebuild", "crowd")
SAMPLE: dict[str, Part] = {"journey": journey.measure, "standing": standing.measure}
PARTS = (*ALONE, *REAL_DATA, *SAMPLE)


async def run(report: Report, names: Sequence[str]) -> None:
    for name, part in (ALONE | SAMPLE).items():
        if name in names:
            with report.part(name):
                await part(report)
    if wanted := [name for name in REAL_DATA if name in names]:
        if imports.DATA.is_dir():
            await real_data(report, wanted)
        else:
            report.absent(f"{', '.join(wanted)}: left out, for the real files are not in ../shared/data.")


async def real_data(report: Report, names: Sequence[str]) -> None:
    """Fill an empty platform, search it, rebuild its projections, then search it among many more."""
    with RunningPlatform(sample=False) as platform:
        with report.part("imports"):
            await imports.measure(report, platform)
        await settle(platform)
        if "search" in names:
            with report.part("search"):
                await search.measure(report, platform)
        if "hostile" in names:
            with report.part("hostile"):
                await hostile.measure(report, platform)
        if "rebuild" in names:
            with report.part("rebuild"):
                await rebuild.measure(report, platform.url, platform.environment)
        if "crowd" in names:
            with report.part("crowd"):
                await crowd.measure(report, platform)


async def settle(platform: RunningPlatform) -> None:
    """Wait for all that follows from the imports, and do what autovacuum would soon begin to do."""
    reached = Platform(platform.home)
    await reached.quiet()
    for service in SERVICES:
        async with reached.connection(service) as connection:
            await connection.execute("vacuum analyze")


def main(names: Sequence[str]) -> int:
    if unknown := set(names) - set(PARTS):
        print(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    # What is killed on purpose is not to be read of among the figures.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    begun = time.monotonic()
    report = Report()
    asyncio.run(run(report, names or PARTS))
    print(f"\n{report.table()}\nIn all {(time.monotonic() - begun) / 60:.0f} minutes.")
    return 0 if report.held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
