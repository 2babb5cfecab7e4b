"""How long a search takes when there are 200,000 structures: the real ones, and clones of them with noise.

Fills the index of a platform that holds the real data: each clone lies up to five kilometres from its original and
has a word of its name from another. Then sends the mixed searches of people.py at a steady 50 a second.
Floor: the same, before the clones came.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

import httpx
import msgspec
import psycopg
from imports import database_of
from lean import Asking
from people import open_loop, places, searches, sender
from report import Figure, Report
from search import RATE, SEARCH, SECONDS, percentiles

from libs.contracts.structure import Structure
from libs.database import open_pool
from libs.testing.platform import RunningPlatform
from services.search.domain.documents import document_of
from services.search.engines.postgres import PostgresEngine
from services.search.places import inhabitants_of

HOW_MANY = 200_000
BATCH = 500
NOISE = 0.05
"""Degrees by which a clone is moved at most."""


def everything(client: httpx.Client) -> list[Structure]:
    """Return all structures that the platform's API tells."""
    found: list[Structure] = []
    query = {"updated_since": "2000-01-01T00:00:00Z"}
    while True:
        answer = client.get("/api/v1/structures", params=query).raise_for_status().json()
        found += msgspec.convert(answer["items"], list[Structure])
        if answer["next"] is None:
            return found
        query["after"] = answer["next"]


def clones(originals: Sequence[Structure], how_many: int) -> Iterator[Structure]:
    chance = random.Random(1)  # noqa: S311 -- the same clones each time
    for original in itertools.islice(itertools.cycle(originals), how_many):
        words, others = original.name.split(), chance.choice(originals).name.split()
        words[chance.randrange(len(words))] = chance.choice(others)
        address = original.address
        if address.latitude is not None and address.longitude is not None:
            address = msgspec.structs.replace(
                address,
                latitude=max(-90.0, min(90.0, address.latitude + chance.uniform(-NOISE, NOISE))),
                longitude=max(-180.0, min(180.0, address.longitude + chance.uniform(-NOISE, NOISE))),
            )
        own = UUID(int=chance.getrandbits(128), version=4)
        yield msgspec.structs.replace(original, id=own, slug=str(own), name=" ".join(words), address=address)


async def fill(database: str, originals: Sequence[Structure]) -> None:
    now = datetime.now(UTC)
    more = clones(originals, HOW_MANY - len(originals))
    async with open_pool(database, statement_timeout_ms=600_000) as pool, pool.connection() as connection:
        engine = PostgresEngine(pool)
        while batch := list(itertools.islice(more, BATCH)):
            async with connection.transaction():
                await engine.index(connection, [document_of(one, now, inhabitants_of(one.address)) for one in batch])
    # What autovacuum does in its own time.
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute("vacuum analyze document")


async def measure(report: Report, platform: RunningPlatform) -> None:
    known = places()
    async with Asking(platform.url) as client:
        await open_loop(RATE, 3, sender(client, SEARCH, searches(known, 1)))
        before = percentiles(await open_loop(RATE, SECONDS, sender(client, SEARCH, searches(known, 11))))
        with platform.client("administrator") as reader:
            await fill(database_of(platform), everything(reader))
        await open_loop(RATE, 5, sender(client, SEARCH, searches(known, 1)))
        crowded = percentiles(await open_loop(RATE, SECONDS, sender(client, SEARCH, searches(known, 12))))
        total = (await client.get(SEARCH, {"per_page": 1})).json()["total"]
    report.note(f"the platform now finds {total:,} structures")
    for at, bar, found, least in zip((50, 95, 99), (None, 80, None), crowded, before, strict=True):
        what = f"API, {RATE} searches a second among {HOW_MANY:,}, p{at}"
        report.add(Figure(what=what, value=found, unit="ms", at_most=bar, floor=least))
