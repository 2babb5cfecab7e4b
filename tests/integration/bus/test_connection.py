"""The connection to NATS comes back whatever broke it, or says that it will not."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nats.errors import ConnectionClosedError
from structlog.testing import capture_logs

from libs.bus import Consumer, Relay, connect
from libs.bus.connection import BusClient
from libs.runtime.tasks import running
from libs.servers import NatsServer, free_port
from libs.testing.chaos.proxy import Proxy
from libs.testing.waiting import eventually
from libs.web.revocation import Revocations

if TYPE_CHECKING:
    from conftest import House

INDEXED = "structure.indexed.v1"
PASSWORD = "tests"


class Broker:
    """A nats-server of its own, with a proxy before it."""

    def __init__(self, folder: Path) -> None:
        self.server = NatsServer(
            folder / "nats", port=free_port(), passwords={"relais": PASSWORD}, logs=folder, durable=False
        )
        self.proxy = Proxy("NATS", self._port)
        self.attempts = 0
        """How often somebody has connected, or tried to."""

    @property
    def url(self) -> str:
        return f"nats://relais:{PASSWORD}@127.0.0.1:{self.proxy.port}"

    def _port(self) -> int:
        self.attempts += 1
        return self.server.port

    async def tried(self, times: int) -> None:
        """Wait until somebody has tried to connect so many times more."""
        wanted = self.attempts + times

        async def enough() -> bool:
            return self.attempts >= wanted

        await eventually(enough, within=30)

    def signal(self, number: signal.Signals) -> None:
        assert self.server.process.pid
        os.kill(self.server.process.pid, number)

    def change_password(self, password: str) -> None:
        """Have the running server take another password, and send away whoever came with the old one."""
        file = self.server.folder / "nats-server.conf"
        configuration: Any = json.loads(file.read_text())
        configuration["accounts"]["relais"]["users"][0]["password"] = password
        file.write_text(json.dumps(configuration))
        self.signal(signal.SIGHUP)


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    folder = Path(tempfile.mkdtemp(prefix="relais-broker-"))
    broker = Broker(folder)
    broker.server.prepare()
    broker.server.start()
    broker.server.wait_ready()
    await broker.proxy.start()
    yield broker
    await broker.proxy.stop()
    broker.server.stop()
    shutil.rmtree(folder)


def works(client: BusClient) -> Callable[[], Any]:
    async def flushed() -> bool:
        try:
            await client.flush(1)
        except Exception:  # noqa: BLE001 -- it does not work, then
            return False
        return client.is_connected

    return flushed


@pytest.mark.parametrize("harm", ["reset", "truncate", "frozen"])
async def test_a_spoiled_connection_is_replaced(broker: Broker, harm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.bus.connection.PING_INTERVAL", 0.3)
    async with connect(broker.url, name="test") as client:
        if harm == "frozen":
            broker.proxy.links[0].frozen = True
            await client.publish("much", b"x" * 900_000)  # it waits in the socket, and must not be waited for
        else:
            getattr(broker.proxy.links[0], harm)()
        await eventually(lambda: _returned(client))
        await eventually(works(client))


async def _returned(client: BusClient) -> bool:
    return client.returns > 0 and client.is_connected


async def test_a_server_that_hangs_costs_no_sockets(broker: Broker) -> None:
    """Attempts to connect to a server that accepts and says nothing do not pile up."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- a count
    async with connect(broker.url, name="test") as client:
        broker.signal(signal.SIGSTOP)
        try:
            broker.proxy.links[0].reset()
            await broker.tried(4)  # each waits two seconds for a greeting, the last one since just now
            assert not client.is_connected
            # One of ours, and what the proxy opened for it.
            assert len(os.listdir("/proc/self/fd")) - before <= 6  # noqa: PTH208 -- likewise
        finally:
            broker.signal(signal.SIGCONT)
        await eventually(works(client))


@pytest.mark.parametrize(
    "greeting", [b"", b"INF", b"INFO", b"INFO ", b'INFO {"a"', b"nonsense\r\n", b"INFO {}\r\n-ERR\r\n"]
)
async def test_a_greeting_that_is_cut_short_is_tried_again(broker: Broker, greeting: bytes) -> None:
    greeted = asyncio.Event()

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        writer.close()
        greeted.set()

    liar = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = liar.sockets[0].getsockname()[1]
    right = broker.server.port
    async with connect(broker.url, name="test") as client:
        broker.server.port = port
        broker.proxy.links[0].reset()
        await asyncio.wait_for(greeted.wait(), 10)
        broker.server.port = right
        liar.close()
        await eventually(works(client))


async def test_refused_credentials_are_said_in_a_sentence_and_not_all_the_time(broker: Broker) -> None:
    with capture_logs() as logs:
        async with running(_enter(broker.url.replace(PASSWORD, "wrong"))):
            await eventually(lambda: _said(logs, "refuses"))
            await broker.tried(3)
    refusals = [line["error"] for line in logs if "refuses" in line.get("error", "")]
    assert refusals == ["nats-server refuses the user or the password in RELAIS_NATS_URL"]
    assert "wrong" not in json.dumps(logs, default=str)


async def _enter(url: str) -> None:
    async with connect(url, name="test"):
        pytest.fail("it let us in")


async def _said(logs: list[Any], word: str) -> bool:
    return any(word in line.get("error", "") for line in logs)


async def test_who_is_sent_away_for_good_learns_it_and_may_come_again(broker: Broker, house: House) -> None:
    """A worker starts its services anew when they end; none may sit there and wait for nothing."""
    async with connect(broker.url, name="test") as client:
        consumer = Consumer("test-effects", pool=house.pool, nats=client, handlers={INDEXED: house.store_effects})
        tasks = [
            asyncio.create_task(work)
            for work in (Relay("search", house.url, client).run(), consumer.run(), Revocations().follow(client))
        ]
        await house.say_at_once(1)
        await eventually(house.has("select count(*) from effect", 1))
        broker.change_password("another")
        ended, _ = await asyncio.wait(tasks, timeout=30)
        assert len(ended) == len(tasks)
        for task in tasks:
            error = task.exception()
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            assert isinstance(error, ConnectionClosedError)
    broker.change_password(PASSWORD)
    async with connect(broker.url, name="test") as client, running(Relay("search", house.url, client).run()):
        await house.say_at_once(1)
        await eventually(house.has("select count(*) from outbox where published_at is null", 0))


async def test_flow_resumes_within_a_second_of_the_brokers_return(broker: Broker, house: House) -> None:
    async with connect(broker.url, name="test") as client:
        consumer = Consumer("test-effects", pool=house.pool, nats=client, handlers={INDEXED: house.store_effects})
        async with running(Relay("search", house.url, client).run(), consumer.run()):
            await house.say_at_once(1)
            await eventually(house.has("select count(*) from effect", 1))
            broker.signal(signal.SIGKILL)
            await broker.server.process.ended()
            await house.say_at_once(1)
            broker.server.start(keep_log=True)
            await asyncio.to_thread(broker.server.wait_ready)
            returned = time.monotonic()
            await eventually(house.has("select count(*) from effect", 2))
            assert time.monotonic() - returned < 5  # a second, where nobody else needs the processor
