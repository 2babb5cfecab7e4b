"""Faults, one after another, in an order that the seed decides."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any

import psutil

from libs.testing.chaos.proxy import Link, Proxy
from libs.testing.chaos.timeline import Timeline
from libs.testing.platform import RunningPlatform

LONG_STOP = 13.0
"""Seconds: longer than a consumer's ack wait (6) and the session of a relay that is silent (10)."""


class Faults:
    """Strikes the processes of `platform` and the connections through `proxies`, until it is told to stop.

    `pause` is the mean of the seconds between two faults; some go on while the next one strikes.
    """

    def __init__(
        self, platform: RunningPlatform, proxies: Sequence[Proxy], *, random: Random, timeline: Timeline, pause: float
    ) -> None:
        self._platform = platform
        self._proxies = proxies
        self._random = random
        self._timeline = timeline
        self._pause = pause
        self._stopped: set[str] = set()
        self._lasting: set[asyncio.Task[None]] = set()

    async def run(self, *, seconds: float = float("inf"), faults: int | None = None) -> None:
        """Strike for so many seconds, or until there were so many faults; then mend what still lasts."""
        until = self._timeline.seconds + seconds
        while self._timeline.seconds < until and (faults is None or self._timeline.faults < faults):
            kinds: dict[Callable[[], None], int] = {
                self._kill: 5,
                self._stop: 4,
                self._reset_one: 6,
                self._reset_all: 3,
                self._truncate: 5,
                self._freeze_one: 4,
                self._slow: 3,
            }
            self._random.choices(list(kinds), list(kinds.values()))[0]()
            await asyncio.sleep(min(self._random.expovariate(1 / self._pause), 4 * self._pause))
        if self._lasting:
            await asyncio.wait(self._lasting)

    def _program(self) -> tuple[str, list[psutil.Process]] | None:
        """Return the name and the processes of something that runs; PostgreSQL has one for each connection."""
        names = sorted(file.stem for file in (self._platform.home / "logs").glob("*.pid"))
        found = {name: self._family(name) for name in names if name not in self._stopped}
        running = [name for name, family in found.items() if family]
        if not running:
            return None
        name = self._random.choice(running)
        return name, found[name]

    def _family(self, name: str) -> list[psutil.Process]:
        try:
            process = psutil.Process(self._platform.pid(name))
            return [process, *process.children(recursive=True)]
        except (psutil.NoSuchProcess, OSError, ValueError, IndexError):
            return []  # it is being started again

    def _kill(self) -> None:
        if found := self._program():
            name, [first, *others] = found
            # A connection's process of PostgreSQL that is killed takes all others with it.
            other = self._random.choice(others) if others and self._random.random() < 0.5 else None
            self._timeline.fault(f"kill {name}{' (one connection)' if other else ''}")
            _send(other or first, signal.SIGKILL)

    def _stop(self) -> None:
        if found := self._program():
            name, family = found
            seconds = LONG_STOP if self._random.random() < 0.4 else self._random.uniform(1, 8)
            self._timeline.fault(f"stop {name} for {seconds:.1f} s")
            self._stopped.add(name)
            self._last(self._suspend(name, family, seconds))

    async def _suspend(self, name: str, family: Sequence[psutil.Process], seconds: float) -> None:
        for process in family:
            _send(process, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            for process in family:
                _send(process, signal.SIGCONT)
            self._stopped.discard(name)
            self._timeline.say("mended", f"{name} goes on")

    def _link(self) -> tuple[Proxy, Link] | None:
        links = [(proxy, link) for proxy in self._proxies for link in proxy.links]
        return self._random.choice(links) if links else None

    def _reset_one(self) -> None:
        if found := self._link():
            proxy, link = found
            self._timeline.fault(f"reset the connection of {link.name} to {proxy.name}")
            link.reset()

    def _reset_all(self) -> None:
        proxy = self._random.choice(self._proxies)
        if links := proxy.links:
            self._timeline.fault(f"reset all {len(links)} connections to {proxy.name}")
            for link in links:
                link.reset()

    def _truncate(self) -> None:
        if found := self._link():
            proxy, link = found
            self._timeline.fault(f"truncate what passes between {link.name} and {proxy.name}")
            link.truncate()

    def _freeze_one(self) -> None:
        """Leave a connection half-open for good: whoever uses it must find out."""
        if found := self._link():
            proxy, link = found
            self._timeline.fault(f"freeze the connection of {link.name} to {proxy.name}")
            link.frozen = True

    def _slow(self) -> None:
        proxy = self._random.choice(self._proxies)
        delay, seconds = self._random.uniform(0.02, 0.3), self._random.uniform(1, 6)
        if links := proxy.links:
            self._timeline.fault(f"slow the connections to {proxy.name} by {delay * 1000:.0f} ms for {seconds:.1f} s")
            self._last(self._delay(links, delay, seconds))

    async def _delay(self, links: Sequence[Link], delay: float, seconds: float) -> None:
        for link in links:
            link.delay = delay
        await asyncio.sleep(seconds)
        for link in links:
            link.delay = 0

    def _last(self, fault: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(fault)
        self._lasting.add(task)
        task.add_done_callback(self._lasting.discard)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)
