"""What may enter: proposals that are right, once each; all others are told what is wrong, by field."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from libs.bus import Unsealer
from libs.contracts.events import Contact
from libs.identifiers import uuid7
from libs.testing.web import SEALING_PRIVATE_KEY
from services.contributions.handlers.senders import API_LIMIT

if TYPE_CHECKING:
    from conftest import Desk

# Invented persons.
CONTACT = {"email": "alix@example.org", "name": "Alix Inventé", "role": "bénévole"}
ADDRESS = {"street": "3 rue des Essais", "postcode": "48000", "city": "Mende"}


async def test_an_addition_is_kept_pending_and_said_with_its_contact_sealed(desk: Desk):
    answer = await desk.propose(proposed={"name": "Lieu", "address": ADDRESS}, contact=CONTACT, comment="Vu hier.")
    assert answer.status_code == 202
    body = answer.json()
    assert body["status"] == "pending"
    assert body["url"] == f"http://relais.test/contribuer/merci/{body['id']}"
    [event] = await desk.said("contribution.submitted.v1")
    assert event["contribution_id"] == event["correlation"] == body["id"]
    assert event["department"] == "48"
    assert "alix" not in str(event).lower()
    sealed = Unsealer(SEALING_PRIVATE_KEY).unseal(event["contact"], Contact)
    assert sealed == Contact(email="alix@example.org", name="Alix Inventé", language="fr")
    contribution = (await desk.detail(body["id"]))["contribution"]
    assert contribution["contact"] == CONTACT
    assert contribution["comment"] == "Vu hier."


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
        ({"name": "L", "phones": [{"number": "115", "visibility": "internal"}]}, "proposed.phones.0.visibility"),
        (
            {"name": "L", "overrides": [{"id": "o", "kind": "closure", "starts_on": "2026-13-01"}]},
            "proposed.overrides.0.starts_on",
        ),
    ],
)
async def test_bad_content_is_refused_with_the_field_and_a_sentence(desk: Desk, proposed: dict[str, Any], field: str):
    answer = await desk.propose(proposed=proposed)
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
    answer = await desk.propose(**{"proposed": {"name": "Lieu"}, **changes})
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


async def test_the_same_key_and_body_give_the_first_answer_again(desk: Desk):
    key = {"Idempotency-Key": "clé-1".encode().hex()}
    first = await desk.propose(proposed={"name": "Lieu"}, headers=key)
    again = await desk.propose(proposed={"name": "Lieu"}, headers=key)
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert len(await desk.said("contribution.submitted.v1")) == 1


async def test_the_same_key_sent_at_once_makes_one_contribution(desk: Desk):
    key = {"Idempotency-Key": "simultaneous"}
    answers = await asyncio.gather(*(desk.propose(proposed={"name": "Lieu"}, headers=key) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await desk.said("contribution.submitted.v1")) == 1


async def test_the_same_key_with_another_body_is_refused(desk: Desk):
    key = {"Idempotency-Key": "abc"}
    await desk.propose(proposed={"name": "Lieu"}, headers=key)
    other = await desk.propose(proposed={"name": "Autre lieu"}, headers=key)
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key"


async def test_a_refused_proposal_does_not_use_its_key_up(desk: Desk):
    key = {"Idempotency-Key": "abc"}
    assert (await desk.propose(proposed={"name": ""}, headers=key)).status_code == 422
    assert (await desk.propose(proposed={"name": "Lieu"}, headers=key)).status_code == 202


async def test_one_network_address_may_not_flood_and_is_not_kept(desk: Desk):
    await desk.propose(proposed={"name": "Lieu"})
    async with desk.pool.connection() as connection:
        await connection.execute("update submission_count set count = %s", [API_LIMIT])
        refused = await desk.propose(proposed={"name": "Lieu"})
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 3_601
        cursor = await connection.execute("select sender from submission_count")
        rows = await cursor.fetchall()
    assert all(b"127.0.0.1" not in bytes(row[0]) for row in rows)
    assert (await desk.propose(proposed={"name": "Lieu"}, headers=desk.moderator())).status_code == 202


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
