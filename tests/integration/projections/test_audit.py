"""Audits find what was planted, and nothing else; repairs mend it. All places are invented."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from libs.bus.audits import Audit, keep_audit, last_audit
from libs.bus.operations import NoAnswer, every_status
from libs.contracts.events import StructureChanged
from libs.identifiers import uuid7
from libs.projections.nightly import audit_nightly, due_after
from libs.projections.shadow import AtWork, connect, the_only_one
from libs.projections.truth import TruthPage, TruthRequest, answering_truth, truth_over
from libs.runtime.tasks import running
from libs.testing.waiting import eventually
from services.directory.handlers.telling import truth_of

if TYPE_CHECKING:
    from uuid import UUID

    from conftest import Platform

EVERY = ("search", "exports", "contributions")

Plants = dict[str, tuple[str, ...]]
MISSING: Plants = {
    "search": ("delete from card where document_id = %s", "delete from document where id = %s"),
    "exports": ("delete from export_line where structure_id = %s",),
    "contributions": ("delete from structure where id = %s",),
}
STALE: Plants = {
    "search": ("update document set version = 0 where id = %s",),
    "exports": ("update export_line set version = 0 where structure_id = %s",),
    "contributions": ("update structure set version = 0 where id = %s",),
}
HIDDEN: Plants = {
    "search": ("update document set listed = false where id = %s",),
    "exports": ("update export_line set departments = '{}' where structure_id = %s",),
    "contributions": ("update structure set withdrawn = true where id = %s",),
}
CHANGED: dict[str, tuple[str, ...]] = {
    "search": (
        "update card set body = jsonb_set(body::jsonb, '{street}', '\"1 rue Fausse\"')::json where document_id = %s",
        "update document set terms = to_tsvector('faux') where id = %s",
        "update document set latitude = 1, longitude = 1 where id = %s",
        "update document set open_during = '{[2020-01-01,2040-01-01)}' where id = %s",
        "update document set name = 'faux' where id = %s",
        "update document set service_categories = '{shower}' where id = %s",
        "update document set service_open[1] = '{[2020-01-01,2040-01-01)}' where id = %s and service_open is not null",
    ),
    "exports": (
        "update export_line set csv = csv || 'x' where structure_id = %s",
        "update export_line set data_inclusion_structure = '{}' where structure_id = %s",
        "update export_line set departments = '{01}' where structure_id = %s",
    ),
    "contributions": (
        "update structure set state = jsonb_set(state, '{description}', '\"Faux\"') where id = %s",
        "update structure set name = 'Faux' where id = %s",
        "update structure set field_versions = '{}' where id = %s",
        "update structure set phones = '{+33100000000}' where id = %s",
    ),
}


async def plant(platform: Platform, name: str, place: UUID, statements: tuple[str, ...]) -> None:
    for statement in statements:
        await platform.run(name, statement, place)


async def plant_extra(platform: Platform, like: UUID) -> UUID:
    """Have everybody but the directory hear of a structure that it does not know."""
    [state] = (await truth_of(platform.directory.pool)(TruthRequest(ids=(like,)))).states
    stranger = uuid7()
    structure = msgspec.structs.replace(state.structure, id=stranger, slug="accueil-inconnu", name="Accueil inconnu")
    await platform.directory.hear(StructureChanged(structure=structure, field_versions={}))

    async def known() -> bool:
        return all([stranger in await platform.held(name) for name in EVERY])

    await eventually(known)
    return stranger


def kinds(findings: Any) -> dict[UUID, str]:
    return {one.id: one.kind for one in findings.differences}


async def test_each_kind_of_difference_is_found_named_and_mended(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.projections.auditing.MOST", 4)
    monkeypatch.setattr("libs.projections.auditing.PIECE", 2)
    async with platform.at_work():
        places = await platform.make(15)
        for name in EVERY:
            findings = await platform.audit(name)
            assert (findings.audit.compared, findings.audit.differing, findings.audit.late) == (15, 0, 0)
            assert findings.compared == {"75": 5, "93": 5, "48": 5}
        extra = await plant_extra(platform, places[0])
        for name in EVERY:
            expected = {extra: "extra", places[0]: "missing", places[1]: "stale", places[2]: "different"}
            await plant(platform, name, places[0], MISSING[name])
            await plant(platform, name, places[1], STALE[name])
            await plant(platform, name, places[2], HIDDEN[name])
            for place, statement in zip(places[3:], CHANGED[name], strict=False):
                await plant(platform, name, place, (statement,))
                expected[place] = "different"
            found = await platform.audit(name)
            assert kinds(found) == expected
            assert (found.audit.differing, found.audit.repaired) == (len(expected), 0)
            mended = await platform.audit(name, repair=True)
            assert kinds(mended) == expected
            assert (mended.audit.repaired, mended.audit.wrong) == (len(expected), 0)
            assert (await platform.audit(name)).differences == ()
            assert await platform.held(name) == await platform.truth()
        # What was mended goes on following changes.
        await platform.correct(places[1], name="Accueil suivi")
        await platform.settled()


async def test_departments_of_differences_are_told(platform: Platform) -> None:
    async with platform.at_work():
        places = await platform.make(6)
        for name in EVERY:
            await plant(platform, name, places[0], STALE[name])
            await plant(platform, name, places[1], MISSING[name])
            found = await platform.audit(name)
            assert Counter(one.department for one in found.differences) == {"75": 1, "93": 1}


async def test_an_audit_amid_changes_accuses_nobody(platform: Platform) -> None:
    async with platform.at_work():
        places = await platform.make(10)

        async def change() -> None:
            for number in range(10_000):
                await platform.correct(places[number % 10], name=f"Accueil mouvant {number}")
                await asyncio.sleep(0.02)

        async with running(change()):
            for name in EVERY:
                findings = await platform.audit(name)
                assert findings.differences == ()
        await platform.settled()


async def test_what_is_still_on_its_way_is_told_apart_from_what_is_wrong(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.projections.auditing.PATIENCE", 1)
    async with platform.at_work():
        places = await platform.make(2)
    async with answering_truth(platform.directory.nats, truth_of(platform.directory.pool)):
        [state] = (await truth_of(platform.directory.pool)(TruthRequest(ids=(places[0],)))).states
        # The directory has said it; nobody works, so that it is nowhere yet.
        newer = msgspec.structs.replace(state.structure, version=2, name="Accueil en chemin")
        await platform.sql(
            "directory",
            "update structure set version = 2, name = %s, state = %s::jsonb where id = %s",
            newer.name,
            msgspec.json.encode(newer).decode(),
            places[0],
        )
        await platform.directory.hear(StructureChanged(structure=newer, field_versions=state.field_versions))
        for name in EVERY:
            findings = await platform.audit(name, repair=True)
            assert (findings.audit.differing, findings.audit.late, findings.audit.repaired) == (0, 1, 0)


async def test_without_the_directory_there_is_no_audit(platform: Platform) -> None:
    with pytest.raises(NoAnswer, match="directory does not answer"):
        await platform.audit("search")


async def test_a_second_audit_at_once_is_refused(platform: Platform) -> None:
    async with await connect(platform.owner("search").settings.database_url) as first, platform.at_work():
        async with the_only_one(first, "relais.audit.search"):
            with pytest.raises(AtWork):
                await platform.audit("search")
        await platform.audit("search")


async def test_the_truth_comes_in_pages_that_the_server_takes(platform: Platform) -> None:
    nats = platform.directory.nats
    async with platform.at_work():
        made = set(await platform.make(9))
    whole = truth_of(platform.directory.pool)
    async with answering_truth(nats, whole):
        ask = truth_over(nats)
        page = await ask(TruthRequest(most=4))
        assert (len(page.states), page.total, page.unsent) == (4, 9, 0)
        ids = [state.structure.id for state in page.states]
        while page.until:
            page = await ask(TruthRequest(most=4, after=page.until))
            ids += [state.structure.id for state in page.states]
        assert (len(ids), set(ids)) == (9, made)
        usual, nats._max_payload = nats._max_payload, 800  # noqa: SLF001 -- as a server with other settings says
        try:
            page = await ask(TruthRequest())
            assert 0 < len(page.states) < 9
            assert page.until == page.states[-1].structure.id
            nats._max_payload = 100  # noqa: SLF001 -- likewise
            with pytest.raises(NoAnswer, match="nats-server takes at most 100 bytes"):
                await ask(TruthRequest())
        finally:
            nats._max_payload = usual  # noqa: SLF001 -- likewise


async def test_what_was_asked_of_a_directory_that_stops_is_answered(platform: Platform) -> None:
    nats, asked = platform.directory.nats, asyncio.Event()
    whole = truth_of(platform.directory.pool)

    async def told(request: TruthRequest) -> TruthPage:
        asked.set()
        return await whole(request)

    async with answering_truth(nats, told):
        answer = asyncio.create_task(truth_over(nats)(TruthRequest()))
        await asked.wait()
    assert (await answer).total == 0


def an_audit(name: str, finished_at: datetime, **numbers: int) -> Audit:
    known = {"compared": 9, "differing": 0, "repaired": 0, "late": 0} | numbers
    return Audit(projection=name, started_at=finished_at, finished_at=finished_at, **known)


async def test_the_last_audit_is_in_the_status_and_in_the_metrics(platform: Platform) -> None:
    search = platform.owner("search")
    async with search.pool.connection() as connection:
        await keep_audit(connection, an_audit("search", datetime.now(UTC) - timedelta(days=1)), [])
        await keep_audit(connection, an_audit("search", datetime.now(UTC), differing=3, repaired=1), [{"id": "x"}])
    for one in platform.served.values():
        await one.client.get("/healthz")  # an application begins with its first request

    async def all_answer() -> bool:
        return len(await every_status(search.nats, expected=3)) == 3

    await eventually(all_answer)
    by_service = {status.service: status for status in await every_status(search.nats, expected=3)}
    assert by_service["contributions"].audit is None
    shown = by_service["search"].audit
    assert shown
    assert (shown.projection, shown.compared, shown.differing, shown.wrong) == ("search", 9, 3, 2)
    text = (await search.client.get("/metrics/search")).text
    values = {family.name: family.samples[0] for family in text_string_to_metric_families(text) if family.samples}
    assert values["relais_audit_differences"].labels == {"projection": "search"}
    assert values["relais_audit_differences"].value == 2
    assert 0 <= values["relais_audit_age_seconds"].value < 60
    assert "relais_audit" not in (await platform.directory.client.get("/metrics/directory")).text


def test_each_projection_is_audited_in_the_night_that_follows_at_its_own_minute() -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    due = due_after(noon, "search")
    assert (due.day, due.hour) == (23, 3)
    assert due_after(due - timedelta(seconds=1), "search") == due
    assert due_after(due, "search") == due + timedelta(days=1)
    assert len({due_after(noon, name) for name in EVERY}) == 3
    # The clock moves on in the last night of March: three o'clock is an hour closer.
    spring = due_after(datetime(2027, 3, 27, 12, 0, tzinfo=UTC), "search")
    assert (spring.date().isoformat(), spring.hour) == ("2027-03-28", 3)


async def test_a_missed_night_is_made_up_for_once_by_one_of_several_processes(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.projections.nightly.SETTLE", timedelta(0))
    monkeypatch.setattr("libs.projections.nightly.POLL", 0.05)
    search = platform.owner("search")
    url = search.settings.database_url
    async with platform.at_work():
        await platform.make(2)
        async with search.pool.connection() as connection:
            await keep_audit(connection, an_audit("search", datetime.now(UTC) - timedelta(days=2)), [])

        async def was_audited() -> bool:
            async with search.pool.connection() as connection:
                last = await last_audit(connection, "search")
            return last is not None and last.compared == 2

        job = [
            audit_nightly(platform.projection("search"), pool=search.pool, database_url=url, nats=search.nats)
            for _ in range(2)
        ]
        async with running(*job):
            await eventually(was_audited)
            await asyncio.sleep(0.5)  # what must not happen would
    assert await search.count("select count(*) from audit") == 2


async def test_a_projection_that_was_never_audited_waits_for_the_night(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.projections.nightly.SETTLE", timedelta(0))
    monkeypatch.setattr("libs.projections.nightly.POLL", 0.01)
    search = platform.owner("search")
    url = search.settings.database_url
    async with running(
        audit_nightly(platform.projection("search"), pool=search.pool, database_url=url, nats=search.nats)
    ):
        await asyncio.sleep(0.3)  # what must not happen would
    assert await search.count("select count(*) from audit") == 0
