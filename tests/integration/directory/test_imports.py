"""Importing drafts: created, updated, unchanged, kept by hand, absent; once, and again after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from libs.contracts.structure import Address, Phone, Service, Source, StructureContent, Verification
from services.directory.handlers import imports
from services.directory.handlers.imports import ImportRefused, ImportReport, import_drafts
from services.directory.imports import Draft, Loss, Reject, read_file

if TYPE_CHECKING:
    from conftest import Directory

CHANGED = "structure.changed.v1"
SOURCE = "mairies"


def draft(number: int, *, verified: int | None = None, retrieved: int = 1, **content: Any) -> Draft:
    known: dict[str, Any] = {
        "name": "Mairie",
        "address": Address(postcode="48000", city="Mende", department="48"),
        "phones": (Phone(number="+33466000001"), Phone(number="+33666000002", visibility="internal")),
        "opening_hours": "Mo 09:00-12:00",
        "services": (Service(id="a", category="town_hall"),),
    }
    return Draft(
        row=number + 1,
        content=StructureContent(**{**known, **content}),
        source=Source(source=SOURCE, external_id=str(number), retrieved_on=date(2026, 1, retrieved)),
        verified=None
        if verified is None
        else Verification(at=datetime(2025, 1, verified, tzinfo=UTC), method="source"),
        losses=(Loss("label kept as text", "x"),) if number == 1 else (),
    )


async def take(directory: Directory, results: list[Draft | Reject], **options: Any) -> ImportReport:
    return await import_drafts(directory.pool, results, source=SOURCE, **options)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.rejected


async def snapshot(directory: Directory) -> list[Any]:
    async with directory.pool.connection() as connection:
        cursor = await connection.execute(
            "select (select jsonb_agg(s order by id) from structure s), (select jsonb_agg(s order by external_id) "
            "from structure_source s), (select count(*) from outbox), (select count(*) from structure_history)"
        )
        return list(await cursor.fetchone() or ())


async def test_new_rows_are_created_and_said_without_correlation(directory: Directory):
    refused = Reject(row=5, reason="The place has no name.", raw={})
    rejects: list[Reject] = []
    report = await take(directory, [draft(1), draft(2), refused, draft(3)], on_reject=rejects.append)
    assert counts(report) == (3, 0, 0, 1)
    assert rejects == [refused]
    assert report.losses == {"label kept as text": 1}
    events = await directory.said(CHANGED)
    assert [event["correlation"] for event in events] == [None] * 3
    assert {event["origin"] for event in events} == {"import:mairies"}
    assert "+33666000002" not in str(events)
    slugs = {event["structure"]["slug"] for event in events}
    assert len(slugs) == 3
    assert "mairie-mende" in slugs
    [completed] = await directory.said("import.completed.v1")
    assert (completed["source"], completed["created"], completed["rejected"]) == (SOURCE, 3, 1)
    assert await directory.count("select count(*) from import_run where report is not null") == 1


async def test_the_same_file_again_changes_and_publishes_nothing(directory: Directory):
    await take(directory, [draft(1), draft(2)])
    before = await snapshot(directory)
    report = await take(directory, [draft(1, retrieved=9), draft(2, retrieved=9)])
    assert counts(report) == (0, 0, 2, 0)
    assert await snapshot(directory) == before


async def test_a_newer_file_updates_what_its_source_changed(directory: Directory):
    await take(directory, [draft(1), draft(2)])
    report = await take(directory, [draft(1, retrieved=9), draft(2, retrieved=9, opening_hours="Tu 10:00-12:00")])
    assert counts(report) == (0, 1, 1, 0)
    event = (await directory.said(CHANGED))[-1]
    assert event["fields"] == ["opening_hours"]
    assert event["structure"]["opening_hours"] == "Tu 10:00-12:00"
    assert [source["retrieved_on"] for source in event["structure"]["sources"]] == ["2026-01-09"]
    assert event["structure"]["version"] == 2


async def test_what_people_corrected_is_kept_and_said_each_time(directory: Directory):
    await take(directory, [draft(1)])
    [created] = await directory.said(CHANGED)
    async with directory.at_work():
        await directory.approve(
            kind="correction",
            structure_id=created["structure"]["id"],
            based_on_version=1,
            patch={"opening_hours": "We 14:00-17:00"},
        )
        await directory.wait_for_event(CHANGED, 2)
    same = await take(directory, [draft(1)])
    assert counts(same) == (0, 0, 1, 0)
    assert [kept.fields for kept in same.kept_by_hand] == [("opening_hours",)]

    newer = await take(directory, [draft(1, opening_hours="Th 09:00-12:00", description="Rez-de-chaussée")])
    assert counts(newer) == (0, 1, 0, 0)
    assert [kept.fields for kept in newer.kept_by_hand] == [("opening_hours",)]
    structure = (await directory.said(CHANGED))[-1]["structure"]
    assert structure["opening_hours"] == "We 14:00-17:00"
    assert structure["description"] == "Rez-de-chaussée"

    only_hours = await take(directory, [draft(1, opening_hours="Fr 09:00-12:00", description="Rez-de-chaussée")])
    assert counts(only_hours) == (0, 0, 1, 0)
    assert len(await directory.said(CHANGED)) == 3


async def test_a_source_that_verified_again_is_an_update(directory: Directory):
    await take(directory, [draft(1, verified=1)])
    assert counts(await take(directory, [draft(1, verified=5)])) == (0, 1, 0, 0)
    assert counts(await take(directory, [draft(1, verified=3)])) == (0, 0, 1, 0)
    structure = (await directory.said(CHANGED))[-1]["structure"]
    assert structure["verified"]["at"].startswith("2025-01-05")


async def test_rows_no_longer_in_the_file_are_listed_and_stay(directory: Directory):
    await take(directory, [draft(1), draft(2), draft(3)])
    report = await take(directory, [draft(2)])
    assert [row.external_id for row in report.absent] == ["1", "3"]
    assert await directory.count("select count(*) from structure where status = 'online'") == 3


async def test_a_dry_run_tells_the_same_and_writes_nothing(directory: Directory):
    await take(directory, [draft(1), draft(2)])
    before = await snapshot(directory)
    results: list[Draft | Reject] = [
        draft(1, opening_hours="Tu 10:00-12:00"),
        draft(7),
        Reject(row=9, reason="x", raw={}),
    ]
    told = await take(directory, results, dry_run=True)
    assert await snapshot(directory) == before
    assert await directory.count("select count(*) from import_run") == 1
    done = await take(directory, results)
    assert msgspec.structs.replace(told, dry_run=False) == done


async def test_a_second_import_of_the_same_source_is_refused_meanwhile(directory: Directory):
    async with directory.pool.connection() as other:
        await other.execute("select pg_advisory_lock(hashtext('relais.import.mairies'))")
        with pytest.raises(ImportRefused, match="Another import of mairies is running"):
            await take(directory, [draft(1)])
        await other.execute("select pg_advisory_unlock_all()")
    assert counts(await take(directory, [draft(1)])) == (1, 0, 0, 0)


async def test_an_import_cut_short_is_completed_by_running_it_again(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(imports, "BATCH", 2)

    def cut_short() -> Iterator[Draft]:
        yield from (draft(1), draft(2), draft(3))
        raise ConnectionError("the machine stopped")

    with pytest.raises(ConnectionError):
        await take(directory, cut_short())  # type: ignore[arg-type] -- an iterator breaks off where a list cannot
    assert await directory.count("select count(*) from structure") == 2
    report = await take(directory, [draft(number) for number in range(1, 6)])
    assert counts(report) == (3, 0, 2, 0)
    events = await directory.said(CHANGED)
    assert len({event["structure"]["id"] for event in events}) == len(events) == 5
    assert await directory.count("select count(distinct external_id) from structure_source") == 5


async def test_a_new_name_and_a_new_place_in_one_batch_do_not_share_a_slug(directory: Directory):
    await take(directory, [draft(1, name="Accueil")])
    report = await take(directory, [draft(1, name="Mairie"), draft(2, name="Mairie"), draft(3, name="Accueil")])
    assert counts(report) == (2, 1, 0, 0)
    assert await directory.count("select count(distinct slug) from structure") == 3
    assert await directory.count("select count(*) from former_slug") == 1


SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data files are not in ../shared/data")
@pytest.mark.parametrize("name", ["lieux-mediation-numerique.csv.gz", "france-services-2024.csv"])
async def test_every_row_of_a_real_file_is_accounted_for_and_imports_once(directory: Directory, name: str):
    file = read_file(SHARED / name)
    first = await import_drafts(directory.pool, file, source=file.publisher.source)
    assert sum(counts(first)) == file.total
    assert first.created > 2_000
    assert await directory.count("select count(distinct slug) from structure") == first.created
    again = read_file(SHARED / name)
    second = await import_drafts(directory.pool, again, source=again.publisher.source)
    assert counts(second) == (0, 0, first.created, first.rejected)
    assert second.absent == []
    assert len(await directory.said(CHANGED)) == first.created
