"""A TCP proxy on loopback that spoils the connections which pass through it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import Callable

from libs.runtime.tasks import end

_CHUNK = 64 * 1024
_NAMES = (re.compile(rb'"name":\s*"([^"]+)"'), re.compile(rb"\x00database\x00([^\x00]+)\x00"))
"""How a client of NATS, and one of PostgreSQL, says who it is as it connects."""


class Link:
    """One connection through a proxy: `name` is what the client calls itself, the database it asks for with PostgreSQL.

    `delay` is the seconds each piece of data waits. `frozen` lets nothing pass, and no end either: it is half-open.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.name = "?"
        self.delay = 0.0
        self.frozen = False
        self._truncating = False
        self._reader = reader
        self._writers = [writer]
        self._over = asyncio.Event()

    def reset(self) -> None:
        """Break the connection on both sides at once, as a crash does."""
        for writer in self._writers:
            # Closed with a linger of zero, a socket sends a reset.
            handle: socket.socket = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):  # closed meanwhile
                handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self._over.set()

    def truncate(self) -> None:
        """Let half of the next piece of data pass, whichever way it goes, then break the connection."""
        self._truncating = True

    async def carry(self, port: int) -> None:
        """Carry data between the client and the server at `port` until either side ends."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            self.reset()
            return
        self._writers.append(writer)
        ways = [
            asyncio.ensure_future(self._pass_on(self._reader, writer, names=True)),
            asyncio.ensure_future(self._pass_on(reader, self._writers[0], names=False)),
            asyncio.ensure_future(self._over.wait()),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if self.frozen:
                await self._over.wait()
        finally:
            for way in ways:
                await end(way)
            for one in self._writers:
                one.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, names: bool) -> None:
        try:
            while data := await reader.read(_CHUNK):
                if names and self.name == "?":
                    self._learn_name(data)
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.frozen:
                    continue
                if self._truncating:
                    writer.write(data[: len(data) // 2])
                    await writer.drain()
                    self.reset()
                    return
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass  # the other way ends with this one

    def _learn_name(self, data: bytes) -> None:
        for pattern in _NAMES:
            if found := pattern.search(data):
                self.name = found[1].decode(errors="replace")


class Proxy:
    """Passes connections on to the loopback port that `target` gives at the time."""

    def __init__(self, name: str, target: Callable[[], int]) -> None:
        self.name = name
        self.port = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._links: dict[Link, asyncio.Task[None]] = {}

    @property
    def links(self) -> list[Link]:
        """The connections there are now, but for the frozen."""
        return [link for link in self._links if not link.frozen]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for link, task in list(self._links.items()):
            link.reset()
            await end(task)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(reader, writer)
        task = asyncio.get_running_loop().create_task(link.carry(self._target()))
        self._links[link] = task
        task.add_done_callback(lambda _: self._links.pop(link, None))
