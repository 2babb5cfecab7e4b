"""HTTP/1.1 by hand: who measures a server on its own machine must take little of it.

httpx takes 1.5 ms of processor time for an answer that the server makes in four, and nobody who searches does.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode, urlsplit

import msgspec

_GZIP = b"\x1f\x8b"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Answer(NamedTuple):
    """`body` is as it was sent: compressed where it is long."""

    status: int
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(gzip.decompress(self.body) if self.body.startswith(_GZIP) else self.body)


class Asking:
    """Gets what is at `url`, from an `address` of this machine; connections stay open, as many as there were at once.

    Every answer must say how long it is.
    """

    def __init__(self, url: str, address: str | None = None) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._from = (address, 0) if address else None
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None):
        for _, writer in self._idle:
            writer.close()

    async def get(self, path: str, params: dict[str, Any]) -> Answer:
        """Return the answer.

        Raises:
            OSError, asyncio.IncompleteReadError: there is none.
        """
        opened = reader, writer = self._kept() or await self._open()
        target = f"{path}?{urlencode(params)}"
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None:
            raise ValueError(f"{target} does not say how long it is: {head!r}")
        body = await reader.readexactly(int(length[1]))
        self._idle.append(opened)
        return Answer(int(head[9:12]), body)

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Return a connection that the server has not closed meanwhile."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._host, self._port, local_addr=self._from)
