"""Rebuilds under way while people search and structures change: nothing fails, nothing is empty, nothing is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from libs.contracts.events import StructureChanged, StructureWithdrawn
from libs.identifiers import uuid7
from libs.projections.shadow import AtWork, connect, the_only_one
from libs.projections.truth import TruthRequest, answering_truth
from libs.runtime.tasks import running
from libs.testing.schemas import schema_file, schema_of
from libs.testing.waiting import eventually
from services.directory.handlers.telling import truth_of

if TYPE_CHECKING:
    from uuid import UUID

    from conftest import Platform

EVERY = ("search", "exports", "contributions")
EXCHANGED = {"search": ("document", "card", "word"), "exports": ("export_line",), "contributions": ("structure",)}


class Asking:
    """People who use a projection without a pause; `answers` counts what they got."""

    def __init__(self, platform: Platform, name: str, least: int) -> None:
        self.platform, self.name, self.least = platform, name, least
        self.answers: Counter[str] = Counter()

    async def ask(self) -> None:
        while True:
            for good in await getattr(self, f"_{self.name}")():
                self.answers["good" if good else "bad"] += 1
            await asyncio.sleep(0)

    async def _search(self) -> list[bool]:
        asked: list[dict[str, Any]] = [
            {"q": "accueil"},
            {"category": "shower", "department": "75"},
            {"q": "acueil", "open_now": "false"},
            {},
        ]
        answers = [await self.platform.owner("search").client.get("/api/v1/search", params=one) for one in asked]
        return [
            answer.status_code == 200 and answer.json()["total"] >= (1 if "category" in one else self.least)
            for one, answer in zip(asked, answers, strict=True)
        ]

    async def _exports(self) -> list[bool]:
        client = self.platform.directory.client
        answers = [await client.get(f"/exports/departements/{code}.csv") for code in ("75", "93", "48")]
        places = sum(len(answer.text.splitlines()) - 1 for answer in answers)
        return [answer.status_code == 200 for answer in answers] + [places >= self.least]

    async def _contributions(self) -> list[bool]:
        places = [place for place, _ in zip(await self.platform.truth(), range(3), strict=False)]
        client = self.platform.owner("contributions").client
        answers = [await client.get(f"/contribuer?structure={place}") for place in places]
        held = await self.platform.held("contributions")
        return [answer.status_code < 500 for answer in answers] + [len(held) >= self.least]


async def change_things(platform: Platform, places: list[UUID]) -> None:
    for number in count():
        await platform.correct(places[number % len(places)], name=f"Accueil renommé {number}")
        if number % 5 == 0:
            patch = {"name": f"Accueil nouveau {number}", "address": {"postcode": "13000", "department": "13"}}
            await platform.approve(uuid7(), patch)
        await asyncio.sleep(0.01)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("name", EVERY)
async def test_people_and_changes_go_on_through_a_rebuild_and_nothing_is_lost(platform: Platform, name: str) -> None:
    async with platform.at_work():
        places = await platform.make(30)
        tables = "select relname, oid from pg_class where relname = any(%s) and relnamespace = 'public'::regnamespace"
        before = await platform.run(name, tables, list(EXCHANGED[name]))
        asking = Asking(platform, name, least=len(places))
        steps: Counter[str] = Counter()
        async with running(asking.ask(), change_things(platform, places)):
            for _ in range(3):
                built = await platform.rebuild(name, lambda step, *_: steps.update([step]))
                assert built.structures >= len(places)
                assert built.unreadable == ()
        await platform.settled()
        findings = await platform.audit(name)
        after = await platform.run(name, tables, list(EXCHANGED[name]))
    assert asking.answers["bad"] == 0
    assert asking.answers["good"] > 20
    assert set(steps) >= {"structures", "indexes", "exchange"}
    assert (findings.audit.differing, findings.audit.late) == (0, 0)
    assert not set(before) & set(after)
    assert await schema_of(platform.owner(name).settings.database_url) == schema_file(
        platform.owner(name).settings.service
    ).read_text(encoding="utf-8")


GHOSTS = {
    "search": "update card set body = jsonb_set(body::jsonb, '{name}', '\"Faux\"')::json",
    "exports": "update export_line set csv = replace(csv, 'Accueil', 'Faux')",
    "contributions": "update structure set name = 'Faux'",
}


@pytest.mark.parametrize("name", EVERY)
async def test_what_is_built_owes_nothing_to_what_was_held(platform: Platform, name: str) -> None:
    async with platform.at_work():
        await platform.make(4)
        await platform.run(name, GHOSTS[name])
        assert await platform.held(name) != await platform.truth()
        built = await platform.rebuild(name)
    assert built.structures == 4
    assert await platform.held(name) == await platform.truth()


async def test_what_was_withdrawn_stays_away_from_what_is_rebuilt(platform: Platform) -> None:
    async with platform.at_work():
        place, _ = await platform.make(2)
        withdrawn = StructureWithdrawn(structure_id=place, version=7)
        await platform.directory.hear(withdrawn)
        for name in ("search", "contributions"):

            async def gone(name: str = name) -> bool:
                return place not in await platform.held(name)

            await eventually(gone)
            await platform.rebuild(name)
            assert await gone()
            assert await platform.held(name)


async def test_files_of_departments_that_come_out_the_same_need_not_be_fetched_again(platform: Platform) -> None:
    async def tags() -> list[str]:
        client = platform.directory.client
        return [(await client.get(f"/exports/departements/{code}.csv")).headers["etag"] for code in ("75", "93")]

    async with platform.at_work():
        await platform.make(6)
        before = await tags()
        await platform.rebuild("exports")
        assert await tags() == before
        await platform.sql("directory", "update export_line set csv = 'x' where departments = '{75}'")
        await platform.rebuild("exports")
        first, second = await tags()
    assert first != before[0]
    assert second == before[1]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("step", ["structures", "indexes", "exchange"])
async def test_an_interrupted_rebuild_leaves_all_as_it_was_and_the_next_one_succeeds(
    platform: Platform, step: str
) -> None:
    async def interrupted(name: str) -> None:
        building = asyncio.ensure_future(
            platform.rebuild(name, lambda at, *_: building.cancel() if at == step else None)
        )
        with pytest.raises(asyncio.CancelledError):
            await building

    schemas = "select nspname from pg_namespace where nspname = 'rebuild'"
    async with platform.at_work():
        await platform.make(12)
        for name in EVERY:
            await interrupted(name)
            assert await platform.held(name) == await platform.truth()
            assert await platform.run(name, schemas) == []
            # A process that was killed drops nothing.
            await platform.run(name, "create schema rebuild")
            await platform.run(name, f"create table rebuild.{EXCHANGED[name][0]} (left_over text)")
            assert (await platform.rebuild(name)).structures == 12
            assert await platform.run(name, schemas) == []


async def test_a_second_rebuild_at_once_is_refused_and_says_since_when(platform: Platform) -> None:
    async with (
        platform.at_work(),
        await connect(platform.owner("search").settings.database_url) as first,
    ):
        await platform.make(1)
        async with the_only_one(first, "relais.rebuild.search"):
            with pytest.raises(AtWork) as refused:
                await platform.rebuild("search")
            await platform.rebuild("exports")
        [(since,)] = await platform.sql(
            "search", "select backend_start from pg_stat_activity where pid = %s", first.info.backend_pid
        )
        assert refused.value.since == since
        await platform.rebuild("search")


async def test_a_long_read_delays_the_exchange_and_nobody_else(platform: Platform) -> None:
    async with platform.at_work():
        places = await platform.make(3)
        tried = Counter[str]()
        async with (
            await connect(platform.owner("search").settings.database_url) as backup,
            running(building := asyncio.ensure_future(platform.rebuild("search", lambda at, *_: tried.update([at])))),
        ):
            async with backup.transaction():
                await backup.execute("select count(*) from document")

                async def tried_twice() -> bool:
                    answer = await platform.owner("search").client.get("/api/v1/search", params={"q": "accueil"})
                    assert answer.json()["total"] == 3
                    return tried["exchange"] >= 2

                await eventually(tried_twice)
                await platform.correct(places[0], name="Accueil corrigé pendant")
                await platform.settled()
                assert not building.done()
            assert (await building).structures == 3
        assert await platform.held("search") == await platform.truth()


@pytest.mark.parametrize("name", ["search", "contributions"])
async def test_whoever_was_writing_finishes_before_the_exchange_and_is_not_lost(platform: Platform, name: str) -> None:
    async with platform.at_work():
        places = await platform.make(2)
    # The worker is away: this transaction takes an event in, in its place.
    structure = (await platform.projection("exports").truth(TruthRequest(ids=(places[0],)))).states[0].structure  # type: ignore[misc] -- they have one
    changed = StructureChanged(
        structure=msgspec.structs.replace(structure, version=2, name="Accueil écrit", languages=("fr", "ps")),
        field_versions={},
    )
    blocked = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"

    async def waits_for_the_writer() -> bool:
        return bool(await platform.run(name, blocked))

    async with running(_answering(platform)), platform.owner(name).pool.connection() as writer:
        async with writer.transaction():
            await platform.projection(name).apply(writer, [changed])
            await platform.directory.hear(changed)
            building = asyncio.ensure_future(platform.rebuild(name))
            await eventually(waits_for_the_writer)
        await building
    assert (await platform.held(name))[places[0]] == (2, "Accueil écrit")


async def _answering(platform: Platform) -> None:
    async with answering_truth(platform.directory.nats, truth_of(platform.directory.pool)):
        await asyncio.Event().wait()
