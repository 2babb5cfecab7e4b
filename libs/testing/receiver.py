"""A partner's HTTP server under test: it keeps what it gets, and answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from libs.testing.waiting import eventually


@dataclass
class Received:
    """One request that came in, and when (event loop seconds)."""

    path: str
    headers: dict[str, str]
    body: str
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b"thanks"


class Receiver:
    """A server on a loopback port. `answer` decides what each request gets; it may wait, or raise to hang up."""

    Answer = Answer

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.answer: Callable[[Received], Awaitable[Answer]] = self._thank
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def _thank(self, _received: Received) -> Answer:
        return Answer()

    async def never(self, _received: Received) -> Answer:
        """Leave a request without answer."""
        await asyncio.Event().wait()
        return Answer()

    def answers(self, *statuses: int) -> None:
        """Answer with these statuses in turn, and the last one from then on."""
        left = list(statuses)

        async def answer(_received: Received) -> Answer:
            return Answer(left.pop(0) if len(left) > 1 else left[0])

        self.answer = answer

    def hold(self) -> asyncio.Event:
        """Keep every request waiting until the event that is returned is set."""
        held = asyncio.Event()

        async def answer(_received: Received) -> Answer:
            await held.wait()
            return Answer()

        self.answer = answer
        return held

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/relais"

    async def got(self, count: int, *, within: float = 15) -> list[Received]:
        """Wait until as many requests have come, and return all."""

        async def enough() -> bool:
            return len(self.requests) >= count

        await eventually(enough, within=within)
        return self.requests

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await self._head(reader):
                path = head[0].split(" ")[1]
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:])}
                body = await reader.readexactly(int(headers["content-length"]))
                received = Received(path, headers, body.decode(), asyncio.get_running_loop().time())
                self.requests.append(received)
                answer = await self.answer(received)
                lines = [f"HTTP/1.1 {answer.status} Whatever", f"content-length: {len(answer.body)}"]
                lines += [f"{name}: {value}" for name, value in answer.headers.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
                await writer.drain()
        except ConnectionError:
            pass  # the other side hung up, or `answer` does
        finally:
            writer.close()

    @staticmethod
    async def _head(reader: asyncio.StreamReader) -> list[str]:
        try:
            text = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return []
        return text.strip().split("\r\n")
