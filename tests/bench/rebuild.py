"""How long a rebuild takes, and what people notice of it: `python tests/bench/rebuild.py [HOME]`.

Starts an empty platform of its own and imports ../shared/data (see its README; it says so when that is absent), or
takes the platform that runs on the folder HOME. Sends the mixed searches of search.py at a steady 50 a second: for a
while in quiet, then through `relais rebuild search`, of which the seconds are told, and the p95 of searches beside the
quiet one; whoever asks for town halls must find them all the time. Then the other projections and an audit, in quiet.
Floor, with the same searches going on: the last message of each structure read from the stream with nats-py, and its
name and texts copied into a table with a text index.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import nats
import psycopg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from search import DATA, RATE, open_loop, places, searches

from deploy.embedded.home import Home
from libs.runtime.tasks import end
from libs.testing.platform import RELAIS, RunningPlatform, until

FILES = ("lieux-mediation-numerique.csv.gz", "france-services-2024.csv", "mairies.csv.gz")
QUIET_SECONDS = 20.0
BAR_SECONDS, BAR_RATIO = 25.0, 2.0
CHANGED = "relais.directory.structure.*.changed.v1"


class Searching:
    """People who search at a steady pace; `failed` counts answers that were errors, or empty where they must not be."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._wanted = searches(places(), 2)
        self.failed = 0

    async def _send(self) -> bool:
        answer = await self._client.get("/api/v1/search", params=next(self._wanted))
        # Some communes of the data are not in the reference, which is said with a 422.
        if answer.status_code not in {200, 422}:
            self.failed += 1
        return True

    async def _ask_for_town_halls(self) -> None:
        while True:
            answer = await self._client.get("/api/v1/search", params={"q": "mairie", "per_page": 1})
            if answer.status_code != 200 or answer.json()["total"] < 1_000:
                self.failed += 1
            await asyncio.sleep(0.1)

    async def during(self, work: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
        """Search for as long as `work` takes; return its seconds and the searches' p95 in milliseconds."""
        begun = time.perf_counter()
        doing = asyncio.ensure_future(work())
        asking = asyncio.ensure_future(self._ask_for_town_halls())
        times: list[float] = []
        while not doing.done():
            times += await open_loop(RATE, 1, self._send)
        await end(asking)
        seconds = await doing or time.perf_counter() - begun
        return seconds, statistics.quantiles(times, n=100)[94]


async def relais(environment: dict[str, str], *words: str) -> float:
    """Run a command; return its seconds."""
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        RELAIS, *words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    seconds = time.perf_counter() - begun
    print("  " + output.decode().strip().replace("\n", "\n  "), flush=True)
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


@asynccontextmanager
async def a_platform(home: Path | None) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """Yield the address and the environment of a platform that holds the real data."""
    if home:
        state = Home(home).load()
        yield f"http://127.0.0.1:{state.ports.public}", {**os.environ, "RELAIS_HOME": str(home)}
        return
    with RunningPlatform(sample=False) as platform:
        for file in FILES:
            subprocess.run(  # noqa: ASYNC221 -- nothing else goes on yet
                [RELAIS, "import", DATA / file], env=platform.environment, check=True, stdout=subprocess.DEVNULL
            )

        def found() -> bool:
            answer = httpx.get(f"{platform.url}/api/v1/search", params={"per_page": 1}, timeout=30)
            return answer.json()["total"] > 43_000

        until(found, within=600, every=0.5)
        yield platform.url, platform.environment


async def main(home: Path | None) -> int:
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with (
        a_platform(home) as (url, environment),
        httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client,
    ):
        searching = Searching(client)
        await open_loop(RATE, 3, searching._send)  # noqa: SLF001 -- warms up

        folder = Home(Path(environment["RELAIS_HOME"]))
        settings = folder.environment(folder.load())

        async def rest() -> float:
            await asyncio.sleep(QUIET_SECONDS)
            return QUIET_SECONDS

        _, quiet = await searching.during(rest)
        by_hand, beside_floor = await searching.during(
            lambda: floor(settings["RELAIS_NATS_URL"], settings["RELAIS_SEARCH_DATABASE_URL"])
        )
        seconds, beside = await searching.during(lambda: relais(environment, "rebuild", "search"))
        print(f"searches at {RATE}/s: p95 {quiet:.1f} ms in quiet, {beside_floor:.1f} ms beside the floor")
        print(
            f"rebuild of search: {seconds:.1f} s (bar {BAR_SECONDS:.0f}), floor {by_hand:.1f} s; p95 of searches "
            f"{beside:.1f} ms, {beside / quiet:.1f} times quiet (bar {BAR_RATIO:.0f}); {searching.failed} failed"
        )
        for words in (("rebuild", "contributions"), ("rebuild", "exports"), ("audit",)):
            print(f"relais {' '.join(words)}: {await relais(environment, *words):.1f} s")
    return int(seconds > BAR_SECONDS or beside > BAR_RATIO * quiet or searching.failed > 0)


if __name__ == "__main__":
    if not DATA.is_dir():
        print("the real files are not here: this bench reads ../shared/data")
        sys.exit(1)
    sys.exit(asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
