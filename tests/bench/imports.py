"""How long the real files of ../shared/data (see its README) take to import and become searchable.

For each group of files: the seconds from the command until the search finds every listed place, and the largest
memory of a process. Floor: the same rows copied straight into PostgreSQL and indexed, without the platform.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import subprocess
import threading
import time
from pathlib import Path

import psutil
import psycopg
from lean import Asking
from report import Figure, Report

from deploy.embedded.home import Home
from libs.testing.platform import RELAIS, RunningPlatform
from libs.testing.servers import TestServers
from libs.testing.waiting import eventually
from services.directory.imports import Draft, read_file

DATA = Path(__file__).parents[3] / "shared" / "data"
GROUPS = {  # files, and the seconds within which they are to be searchable
    "digital help, France services": (("lieux-mediation-numerique.csv.gz", "france-services-2024.csv"), 20),
    "town halls": (("mairies.csv.gz",), 80),
}


class Memory(threading.Thread):
    """Watches the largest resident memory of every process below one, by the name it was started as."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root, self._done, self.largest = psutil.Process(root), threading.Event(), dict[str, int]()

    def run(self) -> None:
        while not self._done.wait(0.5):
            for process in [psutil.Process(), *self._root.children(recursive=True), *psutil.Process().children()]:
                try:
                    words = [word for word in process.cmdline() if not word.startswith("-")]
                    name = next((word for word in words if word.startswith("deploy.")), Path(words[0]).name)
                    size = process.memory_info().rss
                except (psutil.Error, IndexError):
                    continue
                self.largest[name] = max(self.largest.get(name, 0), size)

    def end(self) -> None:
        self._done.set()
        self.join()


def database_of(platform: RunningPlatform) -> str:
    """Return the address of the database of search."""
    home = Home(platform.home)
    return home.environment(home.load())["RELAIS_SEARCH_DATABASE_URL"]


def places(files: tuple[str, ...]) -> int:
    """How many places the files hold, by the readers alone."""
    return sum(isinstance(row, Draft) for file in files for row in read_file(DATA / file))


async def wait_for(platform: RunningPlatform, expected: int) -> None:
    """Wait until the index holds so many, and then until the search finds them, which takes it more time to count."""
    async with (
        await psycopg.AsyncConnection.connect(database_of(platform), autocommit=True) as connection,
        Asking(platform.url) as asking,
    ):

        async def are_held() -> bool:
            await asyncio.sleep(0.1)  # the machine is for the import
            counted = await connection.execute("select count(*) >= %s from document where listed", [expected])
            return await counted.fetchone() == (True,)

        async def are_found() -> bool:
            return (await asking.get("/api/v1/search", {"per_page": 1})).json()["total"] >= expected

        await eventually(are_held, within=300)
        await eventually(are_found)


def rows(file: str) -> list[list[str]]:
    raw = (DATA / file).read_bytes()
    text = (gzip.decompress(raw) if file.endswith("gz") else raw).decode("utf-8-sig")
    dialect = ";" if text[:500].count(";") > text[:500].count(",") else ","
    return list(csv.reader(io.StringIO(text), delimiter=dialect))[1:]


async def floor(files: tuple[str, ...]) -> float:
    servers = TestServers(durable=True)
    servers.start()
    begun = time.perf_counter()
    async with await psycopg.AsyncConnection.connect(servers.addresses().postgres(), autocommit=True) as connection:
        await connection.execute("create table place (id text, name text, rest text)")
        async with connection.cursor() as cursor, cursor.copy("copy place from stdin") as copy:
            for file in files:
                for row in rows(file):
                    await copy.write_row((row[0], row[3] if len(row) > 12 else row[1], " ".join(row)))
        await connection.execute("create index on place using gin (to_tsvector('french', name || ' ' || rest))")
        await connection.execute("analyze place")
    elapsed = time.perf_counter() - begun
    servers.stop()
    return elapsed


async def measure(report: Report, platform: RunningPlatform) -> None:
    """Fill `platform`, which is empty."""
    assert platform.process
    expected, largest = 0, 0
    for name, (files, bar) in GROUPS.items():
        expected += places(files)
        memory = Memory(platform.process.pid)
        memory.start()
        begun = time.perf_counter()
        for file in files:
            command = (RELAIS, "import", DATA / file)
            subprocess.run(command, env=platform.environment, check=True, stdout=subprocess.DEVNULL)  # noqa: ASYNC221 -- nothing else goes on
        imported = time.perf_counter() - begun
        await wait_for(platform, expected)
        searchable = time.perf_counter() - begun
        memory.end()
        by_hand = await floor(files)
        report.add(
            Figure(what=f"{name}: imported", value=imported, unit="s", floor=by_hand),
            Figure(what=f"{name}: searchable", value=searchable, unit="s", at_most=bar, floor=by_hand),
        )
        sizes = sorted(memory.largest.items(), key=lambda item: -item[1])[:4]
        largest = max(largest, sizes[0][1])
        report.note("largest memory: " + ", ".join(f"{process} {size >> 20} MB" for process, size in sizes))
    report.add(Figure(what="largest process during imports", value=largest >> 20, unit="MB", at_most=400))
