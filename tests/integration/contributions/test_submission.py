"""What may enter: proposals that are right, once each; all others are told what is wrong, by field."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from libs.bus import Unsealer
from libs.contracts.events import Contact
from libs.identifiers import uuid7
from libs.testing.web import SEALING_KEYS
from services.contributions.handlers.senders import API_QUOTA

if TYPE_CHECKING:
    from conftest import Desk

# Invented persons.
CONTACT = {"email": "alix@example.org", "name": "Alix Inventé", "role": "bénévole"}
ADDRESS = {"street": "3 rue des Essais", "postcode": "48000", "city": "Mende"}
CODES = {"insee_code": None, "department": None}
LIEU = {"name": "Lieu", "address": ADDRESS}


async def test_an_addition_is_kept_pending_and_said_with_its_contact_sealed(desk: Desk):
    answer = await desk.propose(proposed=LIEU, contact=CONTACT, comment="Vu hier.")
    assert answer.status_code == 202
    body = answer.json()
    assert body["status"] == "pending"
    assert body["url"] == f"http://relais.test/contribuer/merci/{body['id']}"
    [event] = await desk.said("contribution.submitted.v1")
    assert event["contribution_id"] == event["correlation"] == body["id"]
    assert event["department"] == "48"
    assert "alix" not in str(event).lower()
    sealed = Unsealer([SEALING_KEYS["notify"].private]).unseal(event["contact"], Contact)
    assert sealed == Contact(email="alix@example.org", name="Alix Inventé", language="fr")
    contribution = (await desk.detail(body["id"]))["contribution"]
    assert contribution["contact"] == CONTACT
    assert contribution["comment"] == "Vu hier."


async def test_services_and_closures_need_no_id_of_the_senders(desk: Desk):
    closed = {"kind": "closure", "starts_on": "2027-08-01", "ends_on": "2027-08-31"}
    services = [{"category": "food_parcel", "overrides": [closed]}, {"category": "shower", "id": "douche"}]
    answer = await desk.propose(proposed=LIEU | {"services": services, "overrides": [closed]})
    assert answer.status_code == 202, answer.text
    proposed = (await desk.detail(answer.json()["id"]))["proposed"]
    first, second = proposed["services"]
    assert second["id"] == "douche"
    identifiers = {first["id"], first["overrides"][0]["id"], proposed["overrides"][0]["id"]}
    assert len(identifiers) == 3
    assert all(identifiers)
    unknown = await desk.propose(proposed=LIEU | {"services": [{"category": "zzz"}]})
    assert [error["field"] for error in unknown.json()["errors"]] == ["proposed.services.0.category"]


async def test_a_correction_keeps_only_the_fields_that_change_something(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    contribution_id = await desk.corrected(structure, name=structure.name, opening_hours="Mo-Fr 09:00-18:00")
    detail = await desk.detail(contribution_id)
    assert detail["contribution"]["proposed"] == {"opening_hours": "Mo-Fr 09:00-18:00"}
    assert detail["difference"] == [
        {"field": "opening_hours", "before": "Mo-Fr 09:00-12:00", "after": "Mo-Fr 09:00-18:00"}
    ]
    assert detail["current"]["slug"] == structure.slug
    assert detail["proposed"]["opening_hours"] == "Mo-Fr 09:00-18:00"


async def test_a_correction_that_changes_nothing_is_refused_with_a_sentence(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    answer = await desk.propose(
        kind="correction", structure_id=str(structure.id), based_on_version=1, proposed={"name": structure.name}
    )
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/nothing-changes"
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("proposed", "field"),
    [
        ({}, "proposed.name"),
        ({"name": "x" * 1_000_000}, "proposed.name"),
        ({"name": "cloche\u0007"}, "proposed.name"),
        ({"name": "nul\u0000"}, "proposed.name"),
        ({"name": "<script>alert(1)</script>"}, "proposed.name"),
        ({"name": "L", "services": [{"id": "a", "category": "magic"}]}, "proposed.services.0.category"),
        ({"name": "L", "opening_hours": "Mo 25:00-26:00"}, "proposed.opening_hours"),
        ({"name": "L", "address": {"latitude": 40.7, "longitude": -74.0}}, "proposed.address.latitude"),
        ({"name": "L", "address": {"latitude": 45.07, "longitude": 7.68}}, "proposed.address.latitude"),  # Turin
        (
            {"name": "L", "address": {**ADDRESS, "latitude": 50.63, "longitude": 3.06}},  # Lille
            "proposed.address.latitude",
        ),
        ({"name": "L", "address": {"postcode": "7501"}}, "proposed.address.postcode"),
        ({"name": "L", "address": {"department": "x" * 9_000}}, "proposed.address.department"),
        ({"name": "L", "address": {"insee_code": "\u0000"}}, "proposed.address.insee_code"),
        ({"name": "L", "address": {"town": "Mende"}}, "proposed.address.town"),
        ({"name": "L", "horaires": "Mo"}, "proposed.horaires"),
        ({"name": "L", "phones": [{"numero": "115"}]}, "proposed.phones.0.numero"),
        ({"name": "L", "phones": [{}]}, "proposed.phones.0.number"),
        ({"name": "L", "phones": "115"}, "proposed.phones"),
        ({"name": 3}, "proposed.name"),
        ({"name": "L", "status": "vanished"}, "proposed.status"),
        ({"name": "L", "services": [{"id": "\u0000", "category": "shower"}]}, "proposed.services.0.id"),
        ({"name": "L", "phones": [{"number": "115", "visibility": "hidden"}]}, "proposed.phones.0.visibility"),
        (
            {"name": "L", "overrides": [{"id": "o", "kind": "closure", "starts_on": "2026-13-01"}]},
            "proposed.overrides.0.starts_on",
        ),
    ],
)
async def test_bad_content_is_refused_with_the_field_and_a_sentence(desk: Desk, proposed: dict[str, Any], field: str):
    answer = await desk.propose(proposed={"address": ADDRESS, **proposed})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    errors = answer.json()["errors"]
    assert [error["field"] for error in errors] == [field]
    assert all(error["detail"] for error in errors)
    assert len(answer.content) < 2_000
    assert await desk.said("contribution.submitted.v1") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "removal"}, "kind"),
        ({"surprise": 1}, "surprise"),
        ({"proposed": None}, "proposed"),
        ({"contact": {"email": "nobody"}}, "contact.email"),
        ({"contact": {"mail": "a@example.org"}}, "contact.mail"),
        ({"comment": "x" * 6_000}, "comment"),
        ({"kind": "correction", "based_on_version": 1}, "structure_id"),
        ({"kind": "correction", "based_on_version": 1, "structure_id": "12"}, "structure_id"),
        ({"kind": "correction", "based_on_version": 1, "structure_id": str(uuid7())}, "structure_id"),
    ],
)
async def test_a_bad_envelope_is_refused_with_the_field(desk: Desk, changes: dict[str, Any], field: str):
    answer = await desk.propose(**{"proposed": LIEU, **changes})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_all_that_is_wrong_is_said_at_once(desk: Desk):
    answer = await desk.propose(
        proposed={"name": "", "address": {"postcode": "1"}, "opening_hours": "whenever"}, contact={"email": "nobody"}
    )
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"proposed.name", "proposed.address.postcode", "proposed.opening_hours", "contact.email"}


async def test_a_correction_says_which_version_it_was_made_from(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    answer = await desk.propose(kind="correction", structure_id=str(structure.id), proposed={"name": "Autre"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["based_on_version"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "proposed.address"),
        ({"address": {"city": "Saint-Denis"}}, "proposed.address"),
        ({"address": {"city": "Nulleparville"}}, "proposed.address"),
        ({"address": {"latitude": 48.85, "longitude": 2.35}}, "proposed.address"),
        ({"address": {"department": "99"}}, "proposed.address"),
        ({"address": {"postcode": "00000"}}, "proposed.address.postcode"),
        ({"address": {"postcode": "99999", "city": "Mende"}}, "proposed.address.postcode"),
        ({"stops": [{"address": {"city": "Mende", "postcode": "48000"}}]}, "proposed.address"),
        ({"kind": "mobile", "stops": [{"address": {"street": "Gare"}}]}, "proposed.address"),
        ({"kind": "mobile", "stops": [{"address": {"postcode": "00000"}}]}, "proposed.stops.0.address.postcode"),
    ],
)
async def test_a_place_that_no_department_can_be_found_for_is_refused(desk: Desk, changes: dict[str, Any], field: str):
    answer = await desk.propose(proposed={"name": "Seulement un nom", **changes})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await desk.said("contribution.submitted.v1") == []


@pytest.mark.parametrize(
    ("place", "department"),
    [
        ({"address": {"city": "Mende", "postcode": "48000"}}, "48"),
        ({"address": {"postcode": "97500"}}, "975"),
        ({"address": {"postcode": "48099", "city": "Mende Cedex"}}, "48"),
        ({"address": {"insee_code": "2A004"}}, "2A"),
        ({"address": {"city": "Paris"}}, "75"),
        ({"address": {"latitude": 44.52, "longitude": 3.5}}, "48"),
        ({"kind": "mobile", "stops": [{"address": {"street": "Gare"}}, {"address": {"postcode": "48000"}}]}, "48"),
    ],
)
async def test_a_place_goes_to_the_department_that_it_is_in(desk: Desk, place: dict[str, Any], department: str):
    contribution_id = await desk.proposed(proposed={"name": "Lieu", **place})
    headers = desk.moderator(department)
    answer = await desk.client.get(f"{desk.moderation}/{contribution_id}", headers=headers)
    assert answer.status_code == 200
    assert answer.json()["contribution"]["department"] == department


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ({"postcode": "99999"}, "proposed.address.postcode"),
        ({"postcode": None, "city": "Nulleparville"}, "proposed.address"),
        (None, "proposed.address"),
    ],
)
async def test_a_correction_may_not_move_a_place_to_nowhere(desk: Desk, address: Any, field: str):
    async with desk.at_work():
        structure = await desk.know(address={**ADDRESS, "insee_code": "48095", "department": "48"})
    correction = {"kind": "correction", "structure_id": str(structure.id), "based_on_version": 1}
    answer = await desk.propose(**correction, proposed={"address": address or dict.fromkeys(ADDRESS | CODES)})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    moved = {"address": {"postcode": "48100", "city": "Marvejols"}}
    assert (await desk.propose(**correction, proposed=moved)).status_code == 202


async def test_a_record_without_a_department_may_be_corrected_elsewhere_than_in_its_address(desk: Desk):
    async with desk.at_work():
        structure = await desk.know(address={"street": "Quelque part"})
    assert await desk.corrected(structure, name="Autre nom")


async def test_a_correction_of_a_version_that_does_not_exist_is_refused(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    answer = await desk.propose(
        kind="correction", structure_id=str(structure.id), based_on_version=999, proposed={"name": "Autre"}
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["based_on_version"]
    assert await desk.said("contribution.submitted.v1") == []


async def test_a_correction_waits_for_a_version_that_is_on_its_way(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        correction = asyncio.create_task(
            desk.propose(
                kind="correction", structure_id=str(structure.id), based_on_version=2, proposed={"name": "Autre"}
            )
        )
        await desk.know(id=str(structure.id), version=2, name="Nouveau nom")
        answer = await correction
    assert answer.status_code == 202, answer.text


async def test_the_same_key_and_body_give_the_first_answer_again(desk: Desk):
    key = {"Idempotency-Key": "clé-1".encode().hex()}
    first = await desk.propose(proposed=LIEU, headers=key)
    again = await desk.propose(proposed=LIEU, headers=key)
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert len(await desk.said("contribution.submitted.v1")) == 1


async def test_the_same_key_sent_at_once_makes_one_contribution(desk: Desk):
    key = {"Idempotency-Key": "simultaneous"}
    answers = await asyncio.gather(*(desk.propose(proposed=LIEU, headers=key) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await desk.said("contribution.submitted.v1")) == 1


async def test_the_same_key_with_another_body_is_refused(desk: Desk):
    key = {"Idempotency-Key": "abc"}
    await desk.propose(proposed=LIEU, headers=key)
    other = await desk.propose(proposed={"name": "Autre lieu"}, headers=key)
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key"


async def test_a_refused_proposal_does_not_use_its_key_up(desk: Desk):
    key = {"Idempotency-Key": "abc"}
    assert (await desk.propose(proposed={"name": ""}, headers=key)).status_code == 422
    assert (await desk.propose(proposed=LIEU, headers=key)).status_code == 202


async def test_one_network_address_may_not_flood_and_is_not_kept(desk: Desk):
    await desk.propose(proposed=LIEU)
    async with desk.pool.connection() as connection:
        await connection.execute("update submission_count set count = %s", [API_QUOTA.most])
        refused = await desk.propose(proposed=LIEU)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 3_601
        assert '"proposals";r=0;t=' in refused.headers["ratelimit"]
        assert f'"proposals";q={API_QUOTA.most};w=3600' in refused.headers["ratelimit-policy"]
        cursor = await connection.execute("select sender from submission_count")
        rows = await cursor.fetchall()
    assert all(b"127.0.0.1" not in bytes(row[0]) for row in rows)
    assert (await desk.propose(proposed=LIEU, headers=desk.moderator())).status_code == 202


async def test_the_api_is_documented_with_its_errors(desk: Desk):
    document = (await desk.client.get("/api/openapi/contributions.json")).json()
    operations = [
        (path, operation)
        for path, methods in document["paths"].items()
        if path.startswith("/api/")
        for operation in methods.values()
    ]
    assert len(operations) == 7
    for path, operation in operations:
        assert operation["description"], path
        assert set(operation["responses"]) & {"403", "422"}, path
