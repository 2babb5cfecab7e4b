"""The worker process: the relays, consumers and jobs of all services, or of those named on the command line."""

from __future__ import annotations

import asyncio
import signal
import sys
import time

import structlog

from deploy.embedded.services import NAMES, load
from libs.runtime import Service, Settings, read_settings
from libs.telemetry import configure

log = structlog.get_logger()

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_STEADY = 60.0
"""Seconds of work after which a failure counts as the first one again."""


async def keep_working(service: Service, settings: Settings) -> None:
    """Run the work of `service` until cancelled, again after each failure, with growing pauses."""
    pause = _FIRST_PAUSE
    while True:
        started = time.monotonic()
        try:
            await service.work(settings)
            log.error("work_ended", service=service.name)
        except Exception:
            log.exception("work_failed", service=service.name)
        if time.monotonic() - started > _STEADY:
            pause = _FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def work(names: tuple[str, ...]) -> None:
    """Run the work of the services called `names`, side by side, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    jobs = [
        asyncio.create_task(keep_working(service, read_settings(service.name)), name=service.name)
        for service in load(names)
    ]
    await stop.wait()
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)


def main() -> None:
    names = tuple(sys.argv[1:]) or NAMES
    configure("worker" if names == NAMES else f"{names[0]}-worker")
    asyncio.run(work(names))


if __name__ == "__main__":
    main()
