"""What an approved contribution becomes: a version, its history, an event; once; or a conflict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from libs.identifiers import uuid7
from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from conftest import Directory

CHANGED = "structure.changed.v1"

# Invented place and persons.
PLACE: dict[str, Any] = {
    "name": "Le Repas d'À-Côté",
    "address": {"street": "3 rue des Essais", "postcode": "48000", "city": "Mende"},
    "phones": [
        {"number": "+33466000001", "label": "Accueil"},
        {"number": "+33666000002", "label": "Portable de Camille Inventé", "visibility": "internal"},
    ],
    "emails": [{"address": "camille@example.org", "visibility": "internal"}],
    "opening_hours": "Mo-Fr 11:30-14:00",
    "services": [{"id": "repas", "category": "seated_meal"}],
}


async def test_an_approved_addition_is_created_and_said_with_its_public_part_alone(directory: Directory):
    async with directory.at_work():
        approved = await directory.approve(patch=PLACE, reason="appelés ce matin")
        [event] = await directory.wait_for_event(CHANGED)
    structure = event["structure"]
    assert structure["id"] == str(approved.structure_id)
    assert structure["slug"] == "le-repas-d-a-cote-mende"
    assert structure["version"] == 1
    assert structure["address"]["department"] == "48"
    assert structure["address"]["precision"] == "city"
    assert structure["phones"] == [{"number": "+33466000001", "label": "Accueil", "visibility": "public"}]
    assert structure["emails"] == []
    assert event["correlation"] == str(approved.contribution_id)
    assert event["origin"] == "contribution"
    assert event["field_versions"]["opening_hours"] == 1
    assert "languages" not in event["field_versions"]
    assert "Camille" not in json.dumps(event)
    async with directory.pool.connection() as connection:
        cursor = await connection.execute("select origin, changed_by, reason, contribution_id from structure_history")
        assert await cursor.fetchall() == [
            ("contribution", approved.approved_by, "appelés ce matin", approved.contribution_id)
        ]


async def test_the_event_reaches_the_stream(directory: Directory):
    async with directory.at_work():
        approved = await directory.approve(patch=PLACE)
        await directory.wait_for_event(CHANGED)

        async def published() -> bool:
            return await directory.count("select count(*) from outbox where published_at is not null") > 0

        await eventually(published)
    subject = f"relais.directory.structure.{approved.structure_id}.changed.v1"
    message = await directory.nats.jetstream().get_last_msg("directory", subject)
    assert message.headers is not None
    assert message.headers["ce-correlationid"] == str(approved.contribution_id)
    assert message.headers["ce-aggregateversion"] == "1"


async def test_an_approval_delivered_twice_or_republished_takes_effect_once(directory: Directory):
    async with directory.at_work():
        approved = await directory.approve(patch=PLACE)
        again = await directory.hear(approved, about=approved.contribution_id)
        await directory.hear(approved, about=approved.contribution_id, event_id=again)
        other = await directory.approve(patch=PLACE)
        await directory.wait_for_event(CHANGED, 2)
    said = [event["structure"]["id"] for event in await directory.said(CHANGED)]
    assert said == [str(approved.structure_id), str(other.structure_id)]
    assert await directory.count("select count(*) from dead_letter") == 0


async def correct(directory: Directory, structure_id: UUID, version: int, patch: dict[str, Any]) -> UUID:
    approved = await directory.approve(
        kind="correction", structure_id=structure_id, based_on_version=version, patch=patch
    )
    return approved.contribution_id


async def test_a_correction_makes_a_version_and_keeps_before_and_after(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE)
        await correct(directory, place.structure_id, 1, {"opening_hours": "Mo-Su 12:00-14:00"})
        event = (await directory.wait_for_event(CHANGED, 2))[1]
    assert event["structure"]["version"] == 2
    assert event["fields"] == ["opening_hours"]
    assert event["field_versions"]["opening_hours"] == 2
    assert event["field_versions"]["name"] == 1
    async with directory.pool.connection() as connection:
        cursor = await connection.execute("select changes from structure_history where version = 2")
        row = await cursor.fetchone()
    assert row == ({"opening_hours": {"before": "Mo-Fr 11:30-14:00", "after": "Mo-Su 12:00-14:00"}},)


async def test_a_correction_of_public_contacts_keeps_the_internal_ones(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE)
        await correct(directory, place.structure_id, 1, {"phones": [{"number": "+33466000009"}], "emails": []})
        event = (await directory.wait_for_event(CHANGED, 2))[1]
    assert [phone["number"] for phone in event["structure"]["phones"]] == ["+33466000009"]
    address = f"/api/v1/structures/{place.structure_id}?internal=true"
    held = (await directory.client.get(address, headers=directory.as_moderator("48"))).json()
    assert [phone["number"] for phone in held["phones"]] == ["+33466000009", "+33666000002"]
    assert [email["address"] for email in held["emails"]] == ["camille@example.org"]


async def test_a_correction_of_the_telephones_does_not_lose_those_that_are_internal(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE)
        await correct(directory, place.structure_id, 1, {"phones": [{"number": "04 66 00 00 09"}]})
        event = (await directory.wait_for_event(CHANGED, 2))[1]
    assert [phone["number"] for phone in event["structure"]["phones"]] == ["+33466000009"]
    async with directory.pool.connection() as connection:
        cursor = await connection.execute("select state -> 'phones' from structure")
        row = await cursor.fetchone()
    assert row
    assert [phone["number"] for phone in row[0]] == ["+33466000009", "+33666000002"]


async def test_a_correction_of_a_field_changed_since_is_a_conflict_and_changes_nothing(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE)
        await correct(directory, place.structure_id, 1, {"opening_hours": "Mo 10:00-12:00", "description": "Un"})
        await directory.wait_for_event(CHANGED, 2)
        patch = {"opening_hours": "Tu 10:00-12:00", "languages": ["fr"]}
        late = await correct(directory, place.structure_id, 1, patch)
        [conflict] = await directory.wait_for_event("contribution.conflicted.v1")
        assert conflict["fields"] == ["opening_hours"]
        assert conflict["contribution_id"] == conflict["correlation"] == str(late)
        assert len(await directory.said(CHANGED)) == 2

        # The same correction made again from the present version passes.
        await directory.approve(
            kind="correction",
            contribution_id=late,
            structure_id=place.structure_id,
            based_on_version=2,
            patch=patch,
        )
        event = (await directory.wait_for_event(CHANGED, 3))[2]
    assert event["structure"]["opening_hours"] == "Tu 10:00-12:00"


async def test_corrections_of_different_fields_from_one_version_both_pass(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE)
        await correct(directory, place.structure_id, 1, {"opening_hours": "Mo 10:00-12:00"})
        await correct(directory, place.structure_id, 1, {"description": "Repas chauds"})
        events = await directory.wait_for_event(CHANGED, 3)
    assert events[2]["structure"]["opening_hours"] == "Mo 10:00-12:00"
    assert events[2]["structure"]["description"] == "Repas chauds"


async def test_a_move_says_the_department_it_left_and_forgets_the_old_point(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE)
        await correct(directory, place.structure_id, 1, {"address": {"postcode": "93200", "city": "Saint-Denis"}})
        event = (await directory.wait_for_event(CHANGED, 2))[1]
    assert event["left_departments"] == ["48"]
    address = event["structure"]["address"]
    assert (address["department"], address["insee_code"]) == ("93", "93066")
    assert 48.8 < address["latitude"] < 49.1


async def test_content_that_breaks_the_rules_is_delayed_and_never_stored(directory: Directory):
    async with directory.at_work():
        await directory.approve(patch={**PLACE, "opening_hours": "jamais"})
        good = await directory.approve(patch=PLACE)
        [event] = await directory.wait_for_event(CHANGED)
    assert event["structure"]["id"] == str(good.structure_id)
    assert await directory.count("select count(*) from structure") == 1


async def test_a_new_name_makes_a_new_slug_and_the_old_one_goes_on_leading_there(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE)
        await correct(directory, place.structure_id, 1, {"name": "La Table Ouverte"})
        await directory.wait_for_event(CHANGED, 2)
        other = await directory.approve(patch=PLACE)
        events = await directory.wait_for_event(CHANGED, 3)
        assert events[1]["structure"]["slug"] == "la-table-ouverte-mende"
        # The former slug is not given to another place.
        assert events[2]["structure"]["id"] == str(other.structure_id)
        assert events[2]["structure"]["slug"].startswith("le-repas-d-a-cote-mende-")
        await correct(directory, place.structure_id, 2, {"name": PLACE["name"]})
        events = await directory.wait_for_event(CHANGED, 4)
    assert events[3]["structure"]["slug"] == "le-repas-d-a-cote-mende"
    assert await directory.count("select count(*) from former_slug where slug = 'la-table-ouverte-mende'") == 1
    assert await directory.count("select count(*) from former_slug") == 1


async def test_a_correction_of_an_unknown_structure_holds_nobody_up(directory: Directory):
    async with directory.at_work():
        await correct(directory, uuid7(), 1, {"name": "Nulle part"})
        await directory.approve(patch=PLACE)
        await directory.wait_for_event(CHANGED)
    assert await directory.count("select count(*) from structure") == 1
