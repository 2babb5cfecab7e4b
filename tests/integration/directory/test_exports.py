"""Export files follow the events: what is in them, when they say they changed, who is told."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from data_inclusion.schema.v1 import Service, Structure

from libs.contracts.events import StructureWithdrawn
from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from uuid import UUID

    from conftest import Directory

REFRESHED = "export.refreshed.v1"
PLACE: dict[str, Any] = {
    "name": "=Accueil des Essais",
    "address": {"postcode": "48000", "city": "Mende"},
    "phones": [{"number": "+33466000001"}, {"number": "+33666000002", "visibility": "internal"}],
    "services": [{"id": "a", "category": "shower"}, {"id": "b", "category": "seated_meal"}],
}


async def make(directory: Directory) -> UUID:
    known = len(await directory.said(REFRESHED))
    place = (await directory.approve(patch=PLACE)).structure_id
    await directory.wait_for_event(REFRESHED, known + 1)
    return place


async def correct(directory: Directory, place: UUID, patch: dict[str, Any]) -> None:
    known = len(await directory.said(REFRESHED))
    await directory.approve(kind="correction", structure_id=place, based_on_version=99, patch=patch)
    await directory.wait_for_event(REFRESHED, known + 1)


async def rows(directory: Directory, department: str) -> list[dict[str, str]]:
    answer = await directory.client.get(f"/exports/departements/{department}.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_an_approved_place_is_in_the_files_of_its_department(directory: Directory):
    async with directory.at_work():
        approved = await directory.approve(patch=PLACE)
        [receipt] = await directory.wait_for_event(REFRESHED)
    assert receipt["correlation"] == str(approved.contribution_id)
    assert (receipt["structure_id"], receipt["departments"]) == (str(approved.structure_id), ["48"])
    [row] = await rows(directory, "48")
    assert row["id"] == str(approved.structure_id)
    assert row["name"] == "'=Accueil des Essais"
    assert row["url"].startswith("http://relais.test/structures/")
    assert await rows(directory, "75") == []

    answer = await directory.client.get("/exports/departements/48.data-inclusion.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    [structure] = [Structure.model_validate(one) for one in document["structures"]]
    services = [Service.model_validate(one) for one in document["services"]]
    assert str(structure.lien_source).startswith("http://relais.test/structures/")
    assert {service.structure_id for service in services} == {structure.id}
    assert len({service.id for service in services}) == 2


async def test_internal_contacts_are_in_no_file(directory: Directory):
    async with directory.at_work():
        await make(directory)
    for file in ("48.csv", "48.data-inclusion.json"):
        text = (await directory.client.get(f"/exports/departements/{file}")).text
        assert "666000002" not in text.replace(" ", "")


@pytest.mark.parametrize("file", ["48.csv", "48.data-inclusion.json"])
async def test_a_file_is_sent_again_only_when_one_of_its_places_changed(directory: Directory, file: str):
    address = f"/exports/departements/{file}"
    async with directory.at_work():
        place = await make(directory)
        first = await directory.client.get(address)
        since = {"If-Modified-Since": first.headers["last-modified"]}
        tagged = {"If-None-Match": first.headers["etag"]}
        assert (await directory.client.get(address, headers=since)).status_code == 304
        assert (await directory.client.get(address, headers=tagged)).status_code == 304
        await correct(directory, place, {"description": "Du nouveau ici"})
        assert (await directory.client.get(address, headers=tagged)).status_code == 200
        old = {"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}
        assert (await directory.client.get(address, headers=old)).status_code == 200
        assert (await directory.client.get(address, headers={"If-Modified-Since": "hier"})).status_code == 200


async def test_a_place_that_moves_leaves_the_files_it_was_in(directory: Directory):
    async with directory.at_work():
        place = await make(directory)
        await correct(directory, place, {"address": {"postcode": "93200", "city": "Saint-Denis"}})
        assert await rows(directory, "48") == []
        assert [row["id"] for row in await rows(directory, "93")] == [str(place)]


async def test_a_mobile_team_is_in_the_files_of_each_department_where_it_stops(directory: Directory):
    stops = [{"address": {"postcode": "48000"}}, {"address": {"postcode": "93200", "city": "Saint-Denis"}}]
    team = {"name": "Maraude des Essais", "kind": "mobile", "stops": stops}
    async with directory.at_work():
        place = (await directory.approve(patch=team)).structure_id
        [receipt] = await directory.wait_for_event(REFRESHED)
        assert receipt["departments"] == ["48", "93"]
        for department in ("48", "93"):
            [row] = await rows(directory, department)
            assert (row["id"], row["department"]) == (str(place), "48 | 93")
            document = (await directory.client.get(f"/exports/departements/{department}.data-inclusion.json")).json()
            assert [one["id"] for one in document["structures"]] == [f"relais--{place}"]
        before = await directory.client.get("/exports/departements/48.csv")
        await correct(directory, place, {"stops": stops[1:]})
        assert await rows(directory, "48") == []
        assert (await directory.client.get("/exports/departements/48.csv")).headers["etag"] != before.headers["etag"]
        [row] = await rows(directory, "93")
    assert row["department"] == "93"
    listed = (await directory.client.get("/exports")).text
    assert "/exports/departements/93.csv" in listed
    assert "/exports/departements/48.csv" not in listed


@pytest.mark.parametrize("patch", [{"status": "closed"}, {"status": "offline"}, {"visibility": "professionals"}])
async def test_what_is_not_listed_leaves_the_files(directory: Directory, patch: dict[str, Any]):
    async with directory.at_work():
        place = await make(directory)
        await correct(directory, place, patch)
        assert await rows(directory, "48") == []
        document = (await directory.client.get("/exports/departements/48.data-inclusion.json")).json()
    assert document == {"structures": [], "services": []}


async def test_a_withdrawn_place_leaves_the_files_and_an_older_change_does_not_bring_it_back(directory: Directory):
    async with directory.at_work():
        place = await make(directory)
        await directory.hear(StructureWithdrawn(structure_id=place, version=5, departments=("48",)))

        async def gone() -> bool:
            return await rows(directory, "48") == []

        await eventually(gone)
        await correct(directory, place, {"description": "Version 2, qui arrive trop tard"})
        assert await rows(directory, "48") == []


@pytest.mark.parametrize("file", ["00.csv", "48.xls", "48", "48.csv.gz"])
async def test_a_file_that_does_not_exist_is_404(directory: Directory, file: str):
    answer = await directory.client.get(f"/exports/departements/{file}", headers={"Accept": "application/json"})
    assert answer.status_code == 404


async def test_a_large_file_holds_every_place_once(directory: Directory, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.directory.store.export_lines.LINES_AT_ONCE", 2)
    async with directory.at_work():
        places = {str(await make(directory)) for _ in range(5)}
    assert {row["id"] for row in await rows(directory, "48")} == places
    document = (await directory.client.get("/exports/departements/48.data-inclusion.json")).json()
    assert len(document["structures"]) == 5
    assert len(document["services"]) == 10
