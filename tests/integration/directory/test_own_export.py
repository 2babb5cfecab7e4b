"""Our own export comes back: nothing changes, but for what somebody changed in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from libs.identifiers import uuid7
from libs.testing.waiting import eventually
from services.directory.handlers.imports import ImportReport, import_drafts
from services.directory.imports import read_file
from services.directory.sample import FILES

if TYPE_CHECKING:
    from conftest import Directory

CHANGED = "structure.changed.v1"
SOME_ID = "11111111-1111-4111-8111-111111111111"
PLACE: dict[str, Any] = {
    "name": "Accueil des Essais",
    "address": {"street": "1 rue Basse", "postcode": "48000", "city": "Mende"},
    "phones": [
        {"number": "+33466000001", "label": "Accueil"},
        {"number": "+33466000002"},
        {"number": "+33666000003", "visibility": "internal"},
    ],
    "opening_hours": "Mo-Fr 09:00-12:00",
    "opening_hours_note": "Sonner deux fois",
    "services": [{"id": "a", "category": "breakfast", "saturation": "high"}, {"id": "b", "category": "shower"}],
}


async def exported(directory: Directory, department: str) -> dict[str, Any]:
    answer = await directory.client.get(f"/exports/departements/{department}.data-inclusion.json")
    return answer.raise_for_status().json()


async def take_back(directory: Directory, tmp_path: Path, document: Any, **options: Any) -> ImportReport:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    file = read_file(path)
    return await import_drafts(directory.pool, file, source=file.publisher.source, **options)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.rejected


async def make(directory: Directory, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Have a place that people proposed, and return its id and the export of its department."""
    async with directory.at_work():
        place = str((await directory.approve(patch={**PLACE, **changes})).structure_id)

        async def is_exported() -> bool:
            return bool((await exported(directory, "48"))["structures"])

        await eventually(is_exported)
    return place, await exported(directory, "48")


async def import_place(directory: Directory, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    """Have the same place from another platform's export, and return its id and that export."""
    identifier = f"relais--{uuid7()}"
    common = {"source": "relais", "date_maj": "2026-01-15"}
    structure = {
        **common,
        "id": identifier,
        "nom": "Accueil des Essais",
        "lien_source": "https://ailleurs.example.org/structures/accueil",
        "adresse": "1 rue Basse",
        "code_postal": "48000",
        "commune": "Mende",
        "telephone": "+33466000001",
    }
    service = {**common, "structure_id": identifier, "id": f"{identifier}:a", "nom": "Douche", "description": "Douche"}
    document = {"structures": [structure], "services": [service]}
    assert counts(await take_back(directory, tmp_path, document)) == (1, 0, 0, 0)
    return identifier.removeprefix("relais--"), document


async def test_the_exports_of_the_sample_change_and_publish_nothing(directory: Directory, tmp_path: Path):
    for path, day in FILES.items():
        file = read_file(path, retrieved_on=day)
        await import_drafts(directory.pool, file, source=file.publisher.source)
    total = await directory.count("select count(*) from structure")
    query = "select count(*) from export_line where departments <> '{}'"

    async def all_exported() -> bool:
        return await directory.count(query) == total

    async with directory.at_work():
        await eventually(all_exported, within=60)
    events = await directory.count("select count(*) from outbox")
    before = await directory.count("select sum(version) from structure")
    unchanged = 0
    for department in ("75", "93", "69", "48"):
        report = await take_back(directory, tmp_path, await exported(directory, department))
        assert counts(report) == (0, 0, report.unchanged, 0)
        assert (report.losses, report.kept_by_hand, report.absent) == ({}, [], [])
        unchanged += report.unchanged
    assert unchanged == total > 500
    assert await directory.count("select count(*) from outbox") == events
    assert await directory.count("select sum(version) from structure") == before
    assert await directory.count("select count(*) from structure_source where source = 'data-inclusion'") == 0


async def test_what_people_made_comes_back_unchanged(directory: Directory, tmp_path: Path):
    _, document = await make(directory)
    report = await take_back(directory, tmp_path, document)
    assert counts(report) == (0, 0, 1, 0)
    assert report.kept_by_hand == []
    assert len(await directory.said(CHANGED)) == 1


async def test_an_older_export_does_not_bring_back_hours_by_way_of_its_services(directory: Directory, tmp_path: Path):
    place, document = await make(directory)
    service = document["services"][0]
    assert service["horaires_accueil"] == document["structures"][0]["horaires_accueil"] == "Mo-Fr 09:00-12:00"
    async with directory.at_work():
        corrected = {"opening_hours": "Sa 10:00-12:00"}
        await directory.approve(kind="correction", structure_id=UUID(place), based_on_version=1, patch=corrected)
        await directory.wait_for_event(CHANGED, 2)
    report = await take_back(directory, tmp_path, document)
    assert counts(report) == (0, 0, 1, 0)
    assert report.kept_by_hand[0].fields == ("opening_hours",)
    assert len(await directory.said(CHANGED)) == 2


async def test_what_people_set_is_kept_and_said_where_the_file_was_changed(directory: Directory, tmp_path: Path):
    place, document = await make(directory)
    document["structures"][0] |= {"horaires_accueil": "Tu 10:00-12:00", "site_web": "https://essais.example.org"}
    for told in (await take_back(directory, tmp_path, document, dry_run=True), None):
        report = told or await take_back(directory, tmp_path, document)
        assert counts(report) == (0, 1, 0, 0)
        assert [(str(kept.structure_id), kept.fields) for kept in report.kept_by_hand] == [(place, ("opening_hours",))]
    event = (await directory.said(CHANGED))[-1]
    assert event["structure"]["id"] == place
    assert (event["fields"], event["origin"]) == (["websites"], "import:data-inclusion")
    assert event["structure"]["opening_hours"] == "Mo-Fr 09:00-12:00"
    assert event["structure"]["sources"] == []
    assert event["structure"]["verified"] is None
    assert counts(await take_back(directory, tmp_path, document)) == (0, 0, 1, 0)


async def test_what_was_changed_in_the_file_is_changed_and_what_it_cannot_tell_stays(
    directory: Directory, tmp_path: Path
):
    place, document = await import_place(directory, tmp_path)
    async with directory.at_work():
        more = [*PLACE["phones"], {"number": "+33466000004"}]
        await directory.approve(kind="correction", structure_id=place, based_on_version=1, patch={"phones": more})
        await directory.wait_for_event("export.refreshed.v1")
    document = await exported(directory, "48")
    document["structures"][0]["horaires_accueil"] = "Tu 10:00-12:00"
    document["services"][0]["frais"] = "gratuit"
    assert counts(await take_back(directory, tmp_path, document)) == (0, 1, 0, 0)
    event = (await directory.said(CHANGED))[-1]
    assert event["fields"] == ["opening_hours", "services"]
    assert [one["number"][-1] for one in event["structure"]["phones"]] == ["1", "2", "4"]
    [service] = event["structure"]["services"]
    assert (service["id"], service["category"], service["access"]["fee"]) == ("a", "shower", "free")
    state = await directory.count("select jsonb_array_length(state -> 'phones') from structure")
    assert state == 4


async def test_an_older_copy_says_nothing(directory: Directory, tmp_path: Path):
    _, document = await make(directory)
    document["structures"][0] |= {"description": "Une ancienne description", "date_maj": "2020-01-01"}
    assert counts(await take_back(directory, tmp_path, document)) == (0, 0, 1, 0)


async def test_an_unknown_id_is_created_under_it_once(directory: Directory, tmp_path: Path):
    place, document = await import_place(directory, tmp_path)
    [event] = await directory.said(CHANGED)
    structure = event["structure"]
    assert structure["id"] == place
    assert [(one["source"], one["external_id"]) for one in structure["sources"]] == [
        ("data-inclusion", f"relais--{place}")
    ]
    assert [service["id"] for service in structure["services"]] == ["a"]
    assert structure["verified"]["at"].startswith("2026-01-15")
    assert counts(await take_back(directory, tmp_path, document)) == (0, 0, 1, 0)
    assert len(await directory.said(CHANGED)) == 1


async def test_a_later_date_of_another_platform_verifies_again(directory: Directory, tmp_path: Path):
    place, document = await import_place(directory, tmp_path)
    async with directory.pool.connection() as connection:
        await connection.execute(
            """update structure set state = state || '{"updated_at": "2026-01-20T00:00:00Z"}' where id = %s""", [place]
        )
    document["structures"][0]["date_maj"] = "2026-02-01"
    assert counts(await take_back(directory, tmp_path, document)) == (0, 1, 0, 0)
    event = (await directory.said(CHANGED))[-1]
    assert event["fields"] == []
    assert event["structure"]["verified"]["at"].startswith("2026-02-01")


@pytest.mark.parametrize(
    ("source", "identifier"), [("essai", f"relais--{SOME_ID}"), ("relais", "relais--1"), ("relais", SOME_ID)]
)
async def test_the_ids_of_others_are_no_ids_of_ours(directory: Directory, tmp_path: Path, source: str, identifier: str):
    row = {"source": source, "id": identifier, "nom": "Accueil d'ailleurs", "code_postal": "48000"}
    assert counts(await take_back(directory, tmp_path, {"structures": [row]})) == (1, 0, 0, 0)
    [event] = await directory.said(CHANGED)
    assert event["structure"]["id"] not in identifier
    assert counts(await take_back(directory, tmp_path, {"structures": [row]})) == (0, 0, 1, 0)
