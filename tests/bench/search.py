"""How long a search takes: `python tests/bench/search.py URL [SECONDS]`, against a running platform.

Sends mixed searches at a steady 50 a second, whether or not answers have come (open loop), then pages of results
at 10 a second; a search's time counts from when it was due. The words come from ../shared/data (see its README);
the platform should hold that data (`relais import`), and the number of structures it holds is printed. Floor:
searches of the same kind by bare SQL (every word, or the nearest; no counts, no mistyped words), at the same
pace, over the same rows in a PostgreSQL of its own.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import random
import statistics
import sys
import time
import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg_pool import AsyncConnectionPool

from libs.contracts import vocabulary
from libs.testing.servers import TestServers

DATA = Path(__file__).parents[3] / "shared" / "data"
RATE, PAGE_RATE = 50, 10
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


def say(name: str, times: list[float], bars: tuple[float | None, float | None] = (None, None)) -> bool:
    """Print p50 and p95; tell whether they are within the bars."""
    figures = statistics.quantiles(times, n=100)
    found = figures[49], figures[94]
    shown = [
        f"p{percent} {value:.1f} ms" + (f" (bar {bar:.0f})" if bar else "")
        for percent, value, bar in zip((50, 95), found, bars, strict=True)
    ]
    print(f"{name}: {', '.join(shown)}, p99 {figures[98]:.1f} ms, {len(times)} searches")
    return all(bar is None or value <= bar for value, bar in zip(found, bars, strict=True))


async def platform(url: str, known: list[Place], seconds: float) -> bool:
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client:
        total = (await client.get("/api/v1/search", params={"per_page": 1})).raise_for_status().json()["total"]
        print(f"{url} holds {total:,} structures")

        def sender(path: str, seed: int) -> Callable[[], Awaitable[bool]]:
            wanted = searches(known, seed)

            async def send() -> bool:
                answer = await client.get(path, params=next(wanted), headers={"Accept-Encoding": "gzip"})
                # Some communes of the data are not in the reference, which is said with a 422.
                return answer.status_code in {200, 422}

            return send

        await open_loop(RATE, 3, sender("/api/v1/search", 1))
        api = await open_loop(RATE, seconds, sender("/api/v1/search", 2))
        await open_loop(PAGE_RATE, 1, sender("/recherche", 3))
        pages = await open_loop(PAGE_RATE, seconds, sender("/recherche", 4))
    within = say(f"API at {RATE}/s", api, (15, 60))
    return say(f"page of results at {PAGE_RATE}/s", pages, (None, 120)) and within


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


async def floor(known: list[Place], seconds: float) -> list[float]:
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
            return await open_loop(RATE, seconds, send)
    finally:
        servers.stop()


def main(arguments: list[str]) -> int:
    if not arguments:
        print("say which platform: python tests/bench/search.py http://127.0.0.1:8000")
        return 2
    if not DATA.is_dir():
        print("the real files are not here: this bench reads ../shared/data")
        return 1
    seconds = float(arguments[1]) if len(arguments) > 1 else 20
    known = places()
    within = asyncio.run(platform(arguments[0], known, seconds))
    say(f"floor (bare SQL) at {RATE}/s", asyncio.run(floor(known, seconds)))
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
