"""What the engine adds to a call of Meilisearch: its words, the SDK, and reading the answer.

The server here answers at once, always the same, so that nothing but our own work is measured; a real one takes its
time in both columns. Floor: the very same body sent by a bare client of the library that the SDK sends with, and the
JSON of the answer decoded.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import msgspec
from report import Figure, Report

from libs.contracts import vocabulary
from libs.territories import departments
from services.search.domain.requests import Point, SearchRequest
from services.search.engines.meilisearch import Server
from services.search.engines.meilisearch.asking import Asking

CALLS = 500
KEY = "an-invented-key"
SIZES = {20: 1.5, 1_000: None}
"""Matches in the answer, and how many times the floor a call may take: of 1,000 it depends on the server's own time."""


class Canned:
    """A server that gives `answer` whatever it is asked; `asked` is the last body."""

    def __init__(self) -> None:
        self.answer = b""
        self.asked = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError):  # the client, or the run, is at its end
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                self.asked = await reader.readexactly(int(length.partition(b":")[2]))
                sent = f"content-type: application/json\r\ncontent-length: {len(self.answer)}"
                writer.write(f"HTTP/1.1 200 OK\r\n{sent}\r\n\r\n".encode() + self.answer)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def canned() -> AsyncGenerator[tuple[Canned, str]]:
    own = Canned()
    server = await asyncio.start_server(own.serve, "127.0.0.1", 0)
    async with server:
        yield own, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def answer_with(matches: int) -> bytes:
    """Return the answer to the two searches of one page: what matches and its counts, and what is hidden."""
    result = {
        "indexUid": "structures",
        "hits": [{"id": str(uuid4())} for _ in range(matches)],
        "query": "",
        "processingTimeMs": 1,
        "hitsPerPage": 1_000,
        "page": 1,
        "totalPages": 1,
        "totalHits": matches,
        "facetDistribution": {
            "every": {"all": matches},
            "categories": dict.fromkeys(vocabulary.categories(), matches),
            "departments": dict.fromkeys(departments(), matches),
            "families": dict.fromkeys(vocabulary.families(), matches),
        },
    }
    return msgspec.json.encode({"results": [result, {**result, "hits": result["hits"][:1]}]})


async def measure(report: Report) -> None:
    now = datetime.now(UTC)
    request = SearchRequest(near=Point(48.8566, 2.3522), radius=5_000.0, closed_at=now)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    async with canned() as (own, url), Server(url, KEY) as server, httpx2.AsyncClient(headers=headers) as bare:
        asking = Asking(server, "structures", request, terms=None, elsewhere=(), unusual=None, ranked=1_000)
        for size, times in SIZES.items():
            own.answer = answer_with(size)
            ours: list[float] = []
            by_hand: list[float] = []
            for _ in range(CALLS):
                begun = time.perf_counter()
                await asking.matches()
                ours.append((time.perf_counter() - begun) * 1_000)
                begun = time.perf_counter()
                msgspec.json.decode((await bare.post(f"{url}/multi-search", content=own.asked)).content)
                by_hand.append((time.perf_counter() - begun) * 1_000)
            found, least = statistics.median(ours), statistics.median(by_hand)
            what = f"a call of Meilisearch, {size:,} matches (floor: bare)"
            report.add(Figure(what=what, value=found, unit="ms", at_most=times and times * least, floor=least))
