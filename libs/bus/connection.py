"""The connection to NATS, kept for the life of a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from nats.aio.client import Client

log = structlog.get_logger()


class BusClient(Client):
    """A NATS client that knows how many copies of a stream to ask for, and tells when it has come back."""

    def __init__(self, replicas: int = 1) -> None:
        super().__init__()
        self.replicas = replicas
        self._back = asyncio.Event()

    async def back(self) -> None:
        """Return at the next reconnection: what was asked of the server before is forgotten there."""
        await self._back.wait()

    def came_back(self) -> None:
        waiting, self._back = self._back, asyncio.Event()
        waiting.set()


@asynccontextmanager
async def connect(url: str, *, name: str, replicas: int = 1) -> AsyncGenerator[BusClient]:
    """Connect to NATS at `url` (several addresses have commas between them) and stay connected.

    The client tries again for ever when the server goes. The first connection is also retried, so that a
    process may start before the server. Streams are kept in `replicas` copies: 3 in a cluster.
    """
    client = BusClient(replicas)

    async def on_error(error: Exception) -> None:
        said = str(error) or type(error).__name__
        if "authorization violation" in said.lower():
            said = "nats-server refuses the user or the password in RELAIS_NATS_URL"
        log.warning("nats_error", error=said)

    async def on_disconnect() -> None:
        log.warning("nats_disconnected")

    async def on_reconnect() -> None:
        log.info("nats_reconnected")
        client.came_back()

    try:
        await client.connect(
            url.split(","),
            name=name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,  # pyright: ignore[reportArgumentType] -- asyncio.sleep takes it
            connect_timeout=2,
            ping_interval=10,
            max_outstanding_pings=2,
            error_cb=on_error,
            disconnected_cb=on_disconnect,
            reconnected_cb=on_reconnect,
        )
        yield client
    finally:
        await client.close()
