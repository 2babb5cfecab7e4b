"""How long a search takes on a platform with the real data.

Sends mixed searches at a steady 50 and 100 a second, whether or not answers have come (open loop), then as many as
eight people get answered (closed loop), pages of results at 10 a second, and suggestions for beginnings of words; a
search's time counts from when it was due. The words come from ../shared/data (see its README).
Two floors. Searches of the same kind by bare SQL (every word, or the nearest; no counts, no mistyped words), at the
same pace, over the same rows in a PostgreSQL of its own. And, one search after the other, the very statements that
each comes to, sent by hand.
"""

from __future__ import annotations

import statistics
import time
import unicodedata
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import msgspec
import psutil
import psycopg
from imports import database_of
from lean import Asking
from people import Place, beginnings, closed_loop, open_loop, places, searches, sender
from psycopg_pool import AsyncConnectionPool
from report import Figure, Report

from libs.testing.platform import RunningPlatform
from libs.testing.servers import TestServers
from services.search.asking import Typed, understand
from services.search.domain.cursors import Cursors
from services.search.engines.postgres import PostgresEngine
from services.search.finding import find

RATE, FAST, PAGE_RATE = 50, 100, 10
"""Searches and pages a second."""

SECONDS = 20.0
PEOPLE = 8
"""Who search without a pause."""

ONE_BY_ONE = 400
"""Searches of which each is compared with its own statements."""

SEARCH, SUGGESTIONS, RESULTS = "/api/v1/search", "/api/v1/search/suggestions", "/recherche"

Statement = tuple[Any, Any, dict[str, Any]]


def folded(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c if c.isalnum() else " " for c in spread if not unicodedata.combining(c))


BARE_TABLE = """
create table place (name text, latitude double precision, longitude double precision, terms tsvector);
"""
BARE_INDEXES = "create index on place using gin (terms); create index on place (latitude, longitude); analyze place"
BARE_WORDS = """
select name from place where terms @@ plainto_tsquery('french', %(words)s)
order by ts_rank(terms, plainto_tsquery('french', %(words)s)) desc limit 20
"""
BARE_NEAR = """
select name from place
where latitude between %(latitude)s - 0.1 and %(latitude)s + 0.1
    and longitude between %(longitude)s - 0.15 and %(longitude)s + 0.15
order by (latitude - %(latitude)s) ^ 2 + ((longitude - %(longitude)s) * cos(radians(%(latitude)s))) ^ 2 limit 20
"""


async def floor(known: list[Place]) -> list[float]:
    servers = TestServers(durable=True)
    servers.start()
    try:
        url = servers.addresses().postgres()
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(BARE_TABLE)
            async with connection.cursor() as cursor:
                await cursor.executemany(
                    "insert into place values (%s, %s, %s, to_tsvector('french', %s))",
                    [(p.name, p.latitude, p.longitude, folded(f"{p.name} {p.city} {p.postcode}")) for p in known],
                )
            await connection.execute(BARE_INDEXES)
        async with AsyncConnectionPool(url, min_size=8, kwargs={"autocommit": True}, open=False) as pool:
            wanted = searches(known, 2)

            async def send() -> bool:
                search = next(wanted)
                async with pool.connection() as connection:
                    if "q" in search:
                        await connection.execute(BARE_WORDS, {"words": folded(search["q"])})
                    else:
                        latitude, longitude = map(float, search.get("near", "48.8566,2.3522").split(","))
                        await connection.execute(BARE_NEAR, {"latitude": latitude, "longitude": longitude})
                return True

            await open_loop(RATE, 1, send)
            return await open_loop(RATE, SECONDS, send)
    finally:
        servers.stop()


class Noting(psycopg.AsyncCursor[Any]):
    """Notes what it is told to execute."""

    noted: list[Statement] = []  # noqa: RUF012 -- of one search at a time

    async def execute(self, query: Any, params: Any = None, **choices: Any) -> Any:
        self.noted.append((query, params, choices))
        return await super().execute(query, params, **choices)


def typed(search: dict[str, Any]) -> Typed:
    several = {"category": (search["category"],)} if "category" in search else {}
    return msgspec.convert({**search, **several}, Typed)


@asynccontextmanager
async def noting(database: str) -> AsyncGenerator[PostgresEngine]:
    """Give an engine on `database` whose statements are noted; it looks for every page."""
    kwargs = {"autocommit": True, "cursor_factory": Noting}
    async with AsyncConnectionPool(database, min_size=1, max_size=1, kwargs=kwargs, open=False) as pool:
        yield PostgresEngine(pool, pages=0)  # pyright: ignore[reportArgumentType] -- its cursors note, and are else the same


async def one_by_one(url: str, database: str, wanted: Iterator[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Return the milliseconds of searches by the API, and those of the statements that each comes to, sent by hand.

    By hand no page is kept: what is asked for again is looked for again.
    """
    ours: list[float] = []
    by_hand: list[float] = []
    async with (
        noting(database) as engine,
        await psycopg.AsyncConnection.connect(database, autocommit=True) as connection,
        Asking(url) as client,
    ):
        while len(ours) < ONE_BY_ONE:
            search = next(wanted)
            asked = understand(typed(search), now=datetime.now(UTC), cursors=Cursors("bench"))
            if asked.errors:
                continue
            # Once for the counts that are kept; what is noted is the search as it is from then on.
            await find(engine, asked)
            Noting.noted.clear()
            await find(engine, asked)
            await client.get(SEARCH, search)
            begun = time.perf_counter()
            answer = await client.get(SEARCH, search)
            ours.append((time.perf_counter() - begun) * 1_000)
            if answer.status != HTTPStatus.OK:
                raise ValueError(f"{search} was answered {answer.status}")
            begun = time.perf_counter()
            for query, parameters, choices in Noting.noted:
                await (await connection.execute(query, parameters, **choices)).fetchall()
            by_hand.append((time.perf_counter() - begun) * 1_000)
    return ours, by_hand


async def without_pause(url: str, wanted: Iterator[dict[str, Any]]) -> float:
    """Return how many searches a second are answered when several people search without a pause."""
    async with AsyncExitStack() as stack:
        clients = [
            # Each address may ask so often, and no oftener.
            await stack.enter_async_context(Asking(url, f"127.0.0.{number}"))
            for number in range(2, PEOPLE + 2)
        ]
        return await closed_loop([sender(client, SEARCH, wanted) for client in clients], SECONDS)


def web_memory(platform: RunningPlatform) -> int:
    """Return the resident bytes of the process that answers."""
    return psutil.Process(platform.pid("web")).memory_info().rss


def percentiles(times: list[float]) -> tuple[float, float, float]:
    """Return p50, p95 and p99."""
    cuts = statistics.quantiles(times, n=100)
    return cuts[49], cuts[94], cuts[98]


async def measure(report: Report, platform: RunningPlatform) -> None:
    known = places()
    by_hand = await floor(known)

    def tell(what: str, times: list[float], *bars: float | None) -> None:
        for at, bar, found, least in zip((50, 95, 99), bars, percentiles(times), percentiles(by_hand), strict=True):
            report.add(Figure(what=f"{what}, p{at}", value=found, unit="ms", at_most=bar, floor=least))

    async with Asking(platform.url) as client:
        await open_loop(RATE, 3, sender(client, SEARCH, searches(known, 1)))
        for rate, seed, bars in ((RATE, 2, (15, 60, None)), (FAST, 8, (10, 40, None))):
            times = await open_loop(rate, SECONDS, sender(client, SEARCH, searches(known, seed)))
            tell(f"API, {rate} searches a second", times, *bars)
        most = await without_pause(platform.url, searches(known, 9))
        report.add(Figure(what=f"API, {PEOPLE} people without a pause", value=most, unit="searches/s", at_least=250))
        await open_loop(PAGE_RATE, 1, sender(client, RESULTS, searches(known, 3)))
        times = await open_loop(PAGE_RATE, SECONDS, sender(client, RESULTS, searches(known, 4)))
        tell(f"page of results, {PAGE_RATE} a second", times, None, 120, None)
        await open_loop(RATE, 1, sender(client, SUGGESTIONS, beginnings(known, 5)))
        times = await open_loop(RATE, SECONDS, sender(client, SUGGESTIONS, beginnings(known, 6)))
        tell(f"suggestions, {RATE} a second", times, None, 25, None)
    ours, statements = await one_by_one(platform.url, database_of(platform), searches(known, 10))
    found, least = statistics.median(ours), statistics.median(statements)
    report.add(
        Figure(what="a search alone (floor: its SQL by hand)", value=found, unit="ms", at_most=2 * least, floor=least),
        Figure(what="memory of the web process", value=web_memory(platform) >> 20, unit="MB", at_most=250),
    )
