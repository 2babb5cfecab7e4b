"""The connection to NATS, kept for the life of a process."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from nats.aio.client import Client
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from libs.contracts.events import ServiceName

log = structlog.get_logger()

STREAM_DAYS = 30
"""How long a stream keeps its events. Older ones are in the publisher's database."""


@asynccontextmanager
async def connect(url: str, *, name: str) -> AsyncGenerator[Client]:
    """Connect to NATS at `url` and stay connected: the client tries again for ever when the server goes.

    The first connection is also retried, so that a process may start before the server.
    """

    async def on_error(error: Exception) -> None:
        log.warning("nats_error", error=str(error) or type(error).__name__)

    async def on_disconnect() -> None:
        log.warning("nats_disconnected")

    async def on_reconnect() -> None:
        log.info("nats_reconnected")

    client = Client()
    try:
        await client.connect(
            url,
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


async def ensure_stream(client: Client, service: ServiceName) -> None:
    """Create the stream of `service`, or bring its settings up to date: publishers and consumers both call it."""
    config = StreamConfig(
        name=service,
        subjects=[f"relais.{service}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=STREAM_DAYS * 86_400,
        duplicate_window=300,
        allow_atomic=True,
        allow_direct=True,
    )
    jetstream = client.jetstream()
    try:
        await jetstream.stream_info(service)
    except NotFoundError:
        await jetstream.add_stream(config)
