"""Whatever is killed, stopped or cut: an approved change is never lost, and takes effect once.

The short run of `make test` is under fire for a minute; `make chaos` for as long as CHAOS_FAULTS faults take. The order
of the faults is chosen by CHAOS_SEED, and CHAOS_SPLIT=1 gives each service processes of its own.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import httpx
import pytest
import pytest_asyncio

from libs.contracts.structure import Structure, departments_of, is_listed, public_part
from libs.runtime.tasks import running
from libs.testing.chaos.audit import Audit, Projection
from libs.testing.chaos.campaign import Campaign, campaign
from libs.testing.chaos.faults import Faults
from libs.testing.chaos.poison import garbled, refused, too_large
from libs.testing.platform import RELAIS
from libs.testing.waiting import eventually
from services.directory.domain.records import BY_HAND
from services.directory.exports import data_inclusion, table
from services.directory.exports.freshness import informed_on
from services.search.domain.documents import document_of

PROGRAM = (sys.executable, str(Path(__file__).with_name("proxied.py")))
SEED = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))  # noqa: S311 -- no secret
FAULTS = int(os.environ.get("CHAOS_FAULTS") or 0)
SPLIT = os.environ.get("CHAOS_SPLIT") == "1"
SECONDS = 60.0
POISONS = (garbled, too_large, refused) if FAULTS else (garbled, too_large)
PAUSE = 3.0 if FAULTS else 1.5
"""Seconds between two faults, at the mean."""


FORGET_IMPORTS = "delete from outbox where not headers ? 'ce-correlationid' returning id"


def _indexed(structure: Structure, _origin: str) -> tuple[Any, ...]:
    if not is_listed(structure):
        return False, None
    return True, document_of(public_part(structure), datetime.now(UTC)).card


def _exported(structure: Structure, origin: str) -> tuple[Any, ...]:
    if not is_listed(structure):
        return [], "", "", ""
    public = public_part(structure)
    lines = data_inclusion.lines_of(public, informed_on(public, by_hand=origin in BY_HAND))
    return list(departments_of(public)), table.line_of(public), lines.structure, lines.services


def _copied(structure: Structure, _origin: str) -> tuple[Any, ...]:
    return (public_part(structure),)


PROJECTIONS = (
    Projection(
        "the search index",
        "search",
        "select id, version, listed, body from document left join card on document_id = id",
        _indexed,
    ),
    Projection(
        "the export",
        "directory",
        "select structure_id, version, departments, csv, data_inclusion_structure, data_inclusion_services "
        "from export_line",
        _exported,
    ),
    Projection("contributions' copy", "contributions", "select id, version, state from structure", _copied),
)


@pytest_asyncio.fixture(scope="module")
async def made() -> AsyncIterator[Campaign]:
    async with campaign(PROGRAM, seed=SEED, split=SPLIT) as started:
        yield started


async def findings(made: Campaign) -> list[str]:
    """Wait until nothing is under way, and return what is not as it must be."""
    await made.platform.quiet(within=400)
    return await Audit(made.platform, made.writers, made.partners, PROJECTIONS, made.planted).findings()


@pytest.mark.timeout(3_000 if FAULTS else 600)
async def test_nothing_is_lost_and_nothing_doubled_whatever_breaks(
    made: Campaign, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = Faults(made.running, made.proxies, random=made.random, timeline=made.timeline, pause=PAUSE)
    with told_on_failure(made, capsys):
        async with made.writing(pause=0.3):
            await made.plant(*POISONS)
            await (faults.run(faults=FAULTS) if FAULTS else faults.run(seconds=SECONDS))
        assert_none(await findings(made))
        say(capsys, f"seed {SEED}: {made.timeline.faults} faults, {made.writes} writes")


FILLING = "select coalesce(pg_relation_size(to_regclass('rebuild.document')), 0) > 0"
EXCHANGING = """
select exists (
    select from pg_locks where relation = 'document'::regclass and mode = 'AccessExclusiveLock' and not granted
)
"""
LIVE_TABLE, LEFT_OVER = "select 'public.document'::regclass::oid", "select to_regclass('rebuild.document') is not null"


@pytest.mark.skipif(not FAULTS, reason="it takes half a minute: make chaos runs it")
@pytest.mark.timeout(300)
async def test_a_rebuild_that_is_killed_leaves_search_as_it_was(
    made: Campaign, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed as it fills the new tables, and as it waits to put them in place; people search on."""
    answers: Counter[bool] = Counter()

    async def search() -> None:
        while True:
            try:
                answer = await made.client.get("/api/v1/search", params={"q": "accueil"})
                answers[answer.status_code == 200 and answer.json()["total"] > 0] += 1
            except httpx.HTTPError:
                answers[False] += 1
            await asyncio.sleep(0.02)

    async def killed_once(moment: LiteralString) -> None:
        rebuilding = await asyncio.create_subprocess_exec(
            str(RELAIS), "rebuild", "search", env=made.running.environment, stdout=PIPE, stderr=PIPE
        )
        async with made.platform.connection("search") as connection:

            async def come() -> bool:
                [(found,)] = await (await connection.execute(moment)).fetchall()
                return found

            await eventually(come, within=60)
        rebuilding.kill()
        said, errors = await rebuilding.communicate()
        assert rebuilding.returncode == -signal.SIGKILL, (said, errors)

    async def rebuilt() -> bool:
        ran = await asyncio.to_thread(made.running.command, "rebuild", "search", check=False)
        # PostgreSQL may not have noticed yet that the other is dead.
        assert ran.returncode == 0 or "Another process has been at this" in ran.stderr
        return ran.returncode == 0

    with told_on_failure(made, capsys):
        before = await made.platform.rows("search", LIVE_TABLE)
        async with made.writing(pause=0.3), running(search()):
            await killed_once(FILLING)
            async with made.platform.connection("search") as reader, reader.transaction():
                await reader.execute("select from document limit 1")
                await killed_once(EXCHANGING)
            assert await made.platform.rows("search", LIVE_TABLE) == before
            assert await made.platform.rows("search", LEFT_OVER) == [(True,)]
            await eventually(rebuilt, within=60)
        assert await made.platform.rows("search", LIVE_TABLE) != before
        assert await made.platform.rows("search", LEFT_OVER) == [(False,)]
        assert answers[True] > 20
        assert not answers[False]
        assert_none(await findings(made))


@pytest.mark.timeout(600)
async def test_nothing_is_lost_with_the_store_of_nats(made: Campaign, capsys: pytest.CaptureFixture[str]) -> None:
    """JetStream's folder goes while people write; of most structures the outbox remembers nothing any more."""
    with told_on_failure(made, capsys):
        await made.platform.rows("directory", FORGET_IMPORTS)
        async with made.writing(pause=0.3):
            await made.wait_for_writes(20)
            await made.lose_the_store()
            await made.wait_for_writes(20)
        assert_none(await findings(made))
        structures = await made.platform.rows("directory", "select id from structure")
        async with made.platform.bus() as client:
            stream = await client.jetstream().stream_info("directory", subjects_filter="relais.directory.structure.>")
        assert {subject.split(".")[3] for subject in stream.state.subjects or {}} == {str(row[0]) for row in structures}


def assert_none(findings: list[str]) -> None:
    assert not findings, "\n".join(line[:1_000] for line in findings[:50])


@contextmanager
def told_on_failure(made: Campaign, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Tell the seed and all that happened when the block fails, and leave the platform's folder for who looks."""
    try:
        yield
    except BaseException:
        made.running.keep()
        say(capsys, f"{made.timeline}\nThe folder of this platform stays: {made.running.home}")
        raise


def say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")
