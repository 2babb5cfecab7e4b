"""A whole platform with everything around it that a run needs."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import httpx
import psutil

from libs.testing.chaos.audit import Platform
from libs.testing.chaos.partner import Partner
from libs.testing.chaos.poison import Letter, Poison
from libs.testing.chaos.proxy import Proxy
from libs.testing.chaos.timeline import Timeline
from libs.testing.chaos.writers import PATIENCE, Place, Writer
from libs.testing.platform import RunningPlatform, until
from libs.testing.waiting import eventually

WRITERS = 4
PLACES = 8
"""Structures of the sample that each writer corrects."""

PARTNERS = 2
REQUEST_TIMEOUT = 20.0


@dataclass
class Campaign:
    """A running platform behind proxies, its writers and its partners."""

    running: RunningPlatform
    platform: Platform
    proxies: Sequence[Proxy]
    client: httpx.AsyncClient
    timeline: Timeline
    random: Random
    writers: list[Writer] = field(default_factory=list[Writer])
    partners: list[Partner] = field(default_factory=list[Partner])
    planted: list[Letter] = field(default_factory=list[Letter])

    @property
    def writes(self) -> int:
        return sum(len(writer.writes) for writer in self.writers)

    async def wait_for_writes(self, count: int) -> None:
        """Wait until so many more are done."""
        wanted = self.writes + count

        async def enough() -> bool:
            return self.writes >= wanted

        await eventually(enough, within=PATIENCE)

    async def lose_the_store(self) -> None:
        """Kill nats-server and delete all that JetStream keeps, before the supervisor starts it again."""
        await self.platform.remember_consumers()
        assert self.running.process  # noqa: S101 -- it runs
        with _stopped(self.running.process.pid):
            server = psutil.Process(self.running.pid("nats-server"))
            server.kill()
            until(lambda: server.status() == psutil.STATUS_ZOMBIE)
            shutil.rmtree(self.running.home / "nats" / "jetstream")
        self.timeline.fault("kill nats-server and delete its store")

    async def plant(self, *poisons: Poison) -> None:
        """Have somebody say what can never be handled."""
        for poison in poisons:
            self.timeline.say("poison", poison.__name__)
            self.planted += [letter async for letter in poison(self.platform)]

    @asynccontextmanager
    async def writing(self, *, pause: float) -> AsyncGenerator[None]:
        """Have everybody write for the length of the block; what is begun at its end is finished.

        Raises:
            ExceptionGroup: of WriteFailed.
        """
        stop = asyncio.Event()
        self._keep_partners(busy=True)
        async with asyncio.TaskGroup() as group:
            for writer in self.writers:
                group.create_task(writer.run(stop, pause=pause))
            try:
                yield
            finally:
                stop.set()
        self._keep_partners(busy=False)

    def _keep_partners(self, *, busy: bool) -> None:
        for partner in self.partners:
            partner.busy = busy


@contextmanager
def _stopped(pid: int) -> Generator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def campaign(program: Sequence[str], *, seed: int, split: bool = False) -> AsyncGenerator[Campaign]:
    """Start `program`, a `relais up` that reaches PostgreSQL and NATS by way of CHAOS_PORTS, and all that it takes."""
    random, timeline = Random(seed), Timeline(seed)  # noqa: S311 -- no secret

    def port_of(server: str) -> int:
        return platform.state["ports"][server]

    proxies = [Proxy("PostgreSQL", lambda: port_of("postgres")), Proxy("NATS", lambda: port_of("nats"))]
    async with AsyncExitStack() as stack:
        for proxy in proxies:
            await proxy.start()
            stack.push_async_callback(proxy.stop)
        settings = {"CHAOS_PORTS": ",".join(str(proxy.port) for proxy in proxies), "RELAIS_API_LIMIT": "1000000"}
        running = RunningPlatform(program=program, settings=settings, split=split)
        platform = Platform(running.home)
        stack.callback(running.discard)
        stack.push_async_callback(asyncio.to_thread, running.stop)
        await asyncio.to_thread(running.start)
        token = await asyncio.to_thread(running.token, "administrator")
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=running.url,
                headers={"Authorization": f"Bearer {token}"},
                timeout=REQUEST_TIMEOUT,
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        )
        made = Campaign(running, platform, proxies, client, timeline, random)
        await _settle_in(made, stack)
        yield made


async def _settle_in(made: Campaign, stack: AsyncExitStack) -> None:
    for _ in range(PARTNERS):
        partner = Partner(Random(made.random.random()))  # noqa: S311 -- no secret
        stack.push_async_callback(partner.leave)
        await partner.subscribe(made.client)
        made.partners.append(partner)
    answer = await made.client.get("/api/v1/structures", params={"limit": WRITERS * PLACES})
    places = [Place(UUID(item["id"]), item["version"]) for item in answer.raise_for_status().json()["items"]]
    for number in range(WRITERS):
        writer = Writer(
            f"writer-{number}",
            made.client,
            places[number * PLACES : (number + 1) * PLACES],
            random=Random(made.random.random()),  # noqa: S311 -- no secret
            timeline=made.timeline,
        )
        made.writers.append(writer)
