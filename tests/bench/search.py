"""How long a search takes on a platform with the real data.

Sends mixed searches at a steady 50 a second, whether or not answers have come (open loop), then pages of results
at 10 a second, and suggestions for beginnings of words; a search's time counts from when it was due. The words come
from ../shared/data (see its README).
Floor: searches of the same kind by bare SQL (every word, or the nearest; no counts, no mistyped words), at the same
pace, over the same rows in a PostgreSQL of its own.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import random
import statistics
import time
import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
from imports import DATA
from psycopg_pool import AsyncConnectionPool
from report import Figure, Report

from libs.contracts import vocabulary
from libs.testing.servers import TestServers

RATE, PAGE_RATE = 50, 10
"""Searches and pages a second."""

SECONDS = 20.0
NEEDS = (
    "repas",
    "douche",
    "ordinateur",
    "internet",
    "aide démarches",
    "mairie",
    "france services",
    "imprimer",
    "santé",
)


@dataclass(frozen=True)
class Place:
    name: str
    city: str
    postcode: str
    latitude: float
    longitude: float


def places() -> list[Place]:
    """Read every place of the data that has coordinates."""
    columns = {
        "mairies.csv.gz": ("nom", "commune", "code_postal"),
        "lieux-mediation-numerique.csv.gz": ("nom", "commune", "code_postal"),
        "france-services-2024.csv": ("lib_fs", "lib_com", "code_postal"),
    }
    found: list[Place] = []
    for file, (name, city, postcode) in columns.items():
        raw = (DATA / file).read_bytes()
        text = (gzip.decompress(raw) if file.endswith("gz") else raw).decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text)):
            try:
                point = float(row["latitude"]), float(row["longitude"])
            except ValueError:
                continue
            found.append(Place(row[name], row[city], row[postcode], *point))
    return found


def mistyped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, max(2, len(word) - 1))
    return (
        word[:at] + word[at + 1 :]
        if chance.random() < 0.5
        else word[: at - 1] + word[at : at + 1] + word[at - 1 : at] + word[at + 1 :]
    )


def searches(known: list[Place], seed: int) -> Iterator[dict[str, Any]]:
    """Yield mixed searches without end: known places, needs somewhere, what is near, filters."""
    chance = random.Random(seed)  # noqa: S311 -- the same searches each time
    categories, departments = list(vocabulary.categories()), ["75", "69", "93", "48", "13", "59", "974"]
    while True:
        place = chance.choice(known)
        words = [word for word in place.name.split() if len(word) > 3] or [place.name]
        near = f"{place.latitude:.4f},{place.longitude:.4f}"
        need = chance.choice(NEEDS)
        yield chance.choices(
            [
                {"q": place.name},
                {"q": " ".join(chance.sample(words, min(2, len(words)))), "place": place.postcode},
                {"q": mistyped(chance.choice(words), chance)},
                {"q": chance.choice(words)[: chance.randint(3, 6)]},
                {"q": need, "place": place.city},
                {"q": need, "near": near},
                {"near": near, "radius_km": chance.choice(("2", "5", "20"))},
                {"near": near},
                {"category": chance.choice(categories), "department": chance.choice(departments)},
                {"place": place.postcode, "open_now": "true"},
            ],
            weights=[20, 15, 10, 10, 15, 10, 5, 5, 5, 5],
        )[0]


def beginnings(known: list[Place], seed: int) -> Iterator[dict[str, Any]]:
    """Yield what somebody has typed so far, as a name or as a town, without end."""
    chance = random.Random(seed)  # noqa: S311 -- the same beginnings each time
    while True:
        place = chance.choice(known)
        field, text = chance.choice([("what", place.name), ("where", place.city), ("where", place.postcode)])
        yield {"q": text[: chance.randint(2, max(2, min(12, len(text))))], "field": field}


async def open_loop(rate: int, seconds: float, send: Callable[[], Awaitable[bool]]) -> list[float]:
    """Call `send` at a steady pace; return how long after it was due each ended well, in milliseconds."""
    times: list[float] = []
    failed = 0

    async def one(due: float) -> None:
        nonlocal failed
        good = await send()
        times.append((time.perf_counter() - due) * 1_000)
        failed += not good

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0, due - time.perf_counter()))
            group.create_task(one(due))
    if failed:
        print(f"  {failed} of {len(times)} failed")
    return times


async def platform(url: str, known: list[Place]) -> tuple[list[float], list[float], list[float]]:
    """Return the milliseconds of searches by the API, of pages, and of suggestions."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client:

        def sender(path: str, wanted: Iterator[dict[str, Any]]) -> Callable[[], Awaitable[bool]]:
            async def send() -> bool:
                answer = await client.get(path, params=next(wanted), headers={"Accept-Encoding": "gzip"})
                # Some communes of the data are not in the reference, which is said with a 422.
                return answer.status_code in {200, 422}

            return send

        await open_loop(RATE, 3, sender("/api/v1/search", searches(known, 1)))
        api = await open_loop(RATE, SECONDS, sender("/api/v1/search", searches(known, 2)))
        await open_loop(PAGE_RATE, 1, sender("/recherche", searches(known, 3)))
        pages = await open_loop(PAGE_RATE, SECONDS, sender("/recherche", searches(known, 4)))
        await open_loop(RATE, 1, sender("/api/v1/search/suggestions", beginnings(known, 5)))
        suggestions = sender("/api/v1/search/suggestions", beginnings(known, 6))
        return api, pages, await open_loop(RATE, SECONDS, suggestions)


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


async def measure(report: Report, url: str) -> None:
    known = places()
    by_hand = await floor(known)
    api, pages, suggestions = await platform(url, known)
    for what, times, bars in (
        (f"API, {RATE} searches a second", api, (15, 60, None)),
        (f"page of results, {PAGE_RATE} a second", pages, (None, 120, None)),
        (f"suggestions, {RATE} a second", suggestions, (None, 25, None)),
    ):
        for at, bar in zip((50, 95, 99), bars, strict=True):
            found, least = (statistics.quantiles(own, n=100)[at - 1] for own in (times, by_hand))
            report.add(Figure(what=f"{what}, p{at}", value=found, unit="ms", at_most=bar, floor=least))
