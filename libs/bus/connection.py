"""The connection to NATS, kept for the life of a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import structlog
from nats.aio.client import Client, Srv

from libs.bus.troubles import Trouble

log = structlog.get_logger()

GOODBYE = 2.0
"""Seconds to send what is left when the connection is closed."""

PING_INTERVAL = 5
"""Seconds between questions to the server; the third without an answer is its last: a connection may be half-open."""


class BusClient(Client):
    """A NATS client that knows how many copies of a stream to ask for, and tells when it has come back."""

    def __init__(self, replicas: int = 1) -> None:
        super().__init__()
        self.replicas = replicas
        self._back = asyncio.Event()

    @property
    def returns(self) -> int:
        """How often it has come back to a server."""
        return self.stats["reconnects"]

    async def back(self) -> None:
        """Return at the next reconnection: what was asked of the server before is forgotten there."""
        await self._back.wait()

    def came_back(self) -> None:
        waiting, self._back = self._back, asyncio.Event()
        waiting.set()

    def hang_up(self) -> None:
        """Close the socket at once; what was not sent yet is not waited for, as nobody may be there to take it."""
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            writer.transport.abort()

    async def _connect_to_server(self, s: Srv) -> None:
        self.hang_up()  # an attempt that failed would leave its socket open
        await super()._connect_to_server(s)

    async def _attempt_reconnect(self) -> None:
        # The client gives up for good on a greeting that was cut short at an unlucky byte.
        while True:
            self.hang_up()
            try:
                return await super()._attempt_reconnect()
            except Exception as error:  # noqa: BLE001 -- whatever it is, the server must be tried again
                log.warning("nats_reconnection_failed", error=repr(error))
                await asyncio.sleep(1)


@asynccontextmanager
async def connect(
    url: str, *, name: str, replicas: int = 1, on_refusal: Callable[[str], None] | None = None
) -> AsyncGenerator[BusClient]:
    """Connect to NATS at `url` (several addresses have commas between them) and stay connected.

    The client tries again for ever when the server goes. The first connection is also retried, so that a
    process may start before the server. Streams are kept in `replicas` copies: 3 in a cluster. A server that
    sends the client away closes it for good: whatever is asked of it then raises ConnectionClosedError.
    `on_refusal` is told, in a sentence, when the server refuses who we say we are.
    """
    client = BusClient(replicas)
    trouble = Trouble("nats", client=name)

    async def on_error(error: Exception) -> None:
        said = str(error).lower()
        if "authorization violation" in said or "authentication" in said:
            error = PermissionError("nats-server refuses the user or the password in RELAIS_NATS_URL")
            if on_refusal:
                on_refusal(str(error))
        elif isinstance(error, OSError):
            error = ConnectionError(f"nats-server cannot be reached ({error.strerror or type(error).__name__})")
        trouble.say(error)

    async def on_disconnect() -> None:
        trouble.say(ConnectionError("the connection to nats-server is lost"))

    async def on_reconnect() -> None:
        trouble.over()
        client.came_back()

    try:
        await client.connect(
            url.split(","),
            name=name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,  # pyright: ignore[reportArgumentType] -- asyncio.sleep takes it
            connect_timeout=2,
            ping_interval=PING_INTERVAL,
            max_outstanding_pings=2,
            error_cb=on_error,
            disconnected_cb=on_disconnect,
            reconnected_cb=on_reconnect,
        )
        trouble.over()
        yield client
    finally:
        try:
            async with asyncio.timeout(GOODBYE):
                await client.close()
        except TimeoutError:
            client.hang_up()
