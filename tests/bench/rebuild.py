"""How long a rebuild takes, and what people notice of it, on a platform with the real data.

Sends the mixed searches of people.py at a steady 50 a second: for a while in quiet, then through `relais rebuild
search`; whoever asks for town halls must find them all the time. Then the other projections and an audit, in quiet.
Floor, with the same searches going on: the last message of each structure read from the stream with nats-py, and its
name and texts copied into a table with a text index.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

import msgspec
import nats
import psycopg
from lean import Asking
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from people import open_loop, places, searches
from report import Figure, Report
from search import RATE

from deploy.embedded.home import Home
from libs.runtime.tasks import end
from libs.testing.platform import RELAIS

QUIET = 10.0
WARM_UP = 3.0
"""Seconds of searches before the rebuild."""

CHANGED = "relais.directory.structure.*.changed.v1"


class Searching:
    """People who search at a steady pace; `failed` counts answers that were errors, or empty where they must not be."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._wanted = searches(places(), 2)
        self.failed = 0

    async def send(self) -> bool:
        answer = await self._asking.get("/api/v1/search", next(self._wanted))
        # Some communes of the data are not in the reference, which is said with a 422.
        if answer.status not in {200, 422}:
            self.failed += 1
        return True

    async def _ask_for_town_halls(self) -> None:
        while True:
            answer = await self._asking.get("/api/v1/search", {"q": "mairie", "per_page": 1})
            if answer.status != HTTPStatus.OK or answer.json()["total"] < 1_000:
                self.failed += 1
            await asyncio.sleep(0.1)

    async def during(self, work: Callable[[], Awaitable[float]]) -> tuple[float, float]:
        """Search for as long as `work` goes on; return the seconds it tells and the searches' p95 in milliseconds."""
        doing = asyncio.ensure_future(work())
        asking = asyncio.ensure_future(self._ask_for_town_halls())
        times: list[float] = []
        while not doing.done():
            times += await open_loop(RATE, 1, self.send)
        await end(asking)
        return await doing, statistics.quantiles(times, n=100)[94]


async def relais(report: Report, environment: dict[str, str], *words: str) -> float:
    """Run a command; return its seconds."""
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        RELAIS, *words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    seconds = time.perf_counter() - begun
    report.note(output.decode().strip().replace("\n", "\n  "))
    if process.returncode:
        raise SystemExit(f"relais {' '.join(words)} ended with {process.returncode}")
    return seconds


async def floor(nats_url: str, database_url: str) -> float:
    begun = time.perf_counter()
    client = await nats.connect(nats_url)
    jetstream = client.jetstream()
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
        filter_subjects=[CHANGED],
        ack_policy=AckPolicy.NONE,
        mem_storage=True,
        inactive_threshold=60,
    )
    consumer = await jetstream.add_consumer("directory", config)
    subscription = await jetstream.pull_subscribe_bind(consumer=consumer.name, stream="directory")
    left = consumer.num_pending or 0
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("drop table if exists floor; create table floor (id uuid, name text, rest text)")
        async with connection.cursor() as cursor, cursor.copy("copy floor from stdin") as copy:
            while left:
                messages = await subscription.fetch(min(left, 500), timeout=5)
                for message in messages:
                    structure = msgspec.json.decode(message.data)["structure"]
                    place = structure.get("address", {})
                    words = [structure.get("description"), *map(place.get, ("street", "postcode", "city"))]
                    await copy.write_row((structure["id"], structure["name"], " ".join(filter(None, words))))
                left -= len(messages)
        await connection.execute("create index on floor using gin (to_tsvector('french', name || ' ' || rest))")
        await connection.execute("analyze floor")
        await connection.execute("drop table floor")
    await client.close()
    return time.perf_counter() - begun


async def measure(report: Report, url: str, environment: dict[str, str]) -> None:
    folder = Home(Path(environment["RELAIS_HOME"]))
    settings = folder.environment(folder.load())
    async with Asking(url) as asking:
        searching = Searching(asking)
        await open_loop(RATE, WARM_UP, searching.send)
        _, quiet = await searching.during(lambda: asyncio.sleep(QUIET, QUIET))
        by_hand, _ = await searching.during(
            lambda: floor(settings["RELAIS_NATS_URL"], settings["RELAIS_SEARCH_DATABASE_URL"])
        )
        seconds, beside = await searching.during(lambda: relais(report, environment, "rebuild", "search"))
    report.add(
        Figure(what="relais rebuild search", value=seconds, unit="s", at_most=25, floor=by_hand),
        Figure(
            what="p95 of searches meanwhile (floor: in quiet)", value=beside, unit="ms", at_most=2 * quiet, floor=quiet
        ),
        Figure(what="searches that failed, or found nothing", value=searching.failed, unit="", at_most=0),
    )
    for words in (("rebuild", "contributions"), ("rebuild", "exports"), ("audit",)):
        report.add(Figure(what=f"relais {' '.join(words)}", value=await relais(report, environment, *words), unit="s"))
