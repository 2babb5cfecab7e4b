"""Decisions: who may decide, one decision only, what is said of it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from libs.bus import Unsealer
from libs.contracts.events import Contact, Reason, StructureWithdrawn
from libs.identifiers import uuid7
from libs.testing.waiting import eventually
from libs.testing.web import SEALING_KEYS, bearer, every_page

if TYPE_CHECKING:
    from conftest import Desk

# Invented persons.
CONTACT = {"email": "alix@example.org", "name": "Alix Inventé"}
UNSEALER = Unsealer([SEALING_KEYS["notify"].private])


async def test_an_approved_addition_is_said_whole_with_a_new_structure(desk: Desk):
    contribution_id = await desk.proposed(contact=CONTACT)
    answer = await desk.decide(contribution_id, "approve", {"reason": "Appelé ce matin."})
    assert answer.status_code == 200, answer.text
    assert answer.json()["contribution"]["status"] == "approved"
    [event] = await desk.said("contribution.approved.v1")
    assert event["correlation"] == event["contribution_id"] == contribution_id
    assert UUID(event["structure_id"]).version == 7
    assert event["based_on_version"] == 0
    assert event["patch"]["name"] == desk.place["name"]
    assert event["patch"]["address"]["city"] == "Paris"
    assert "languages" not in event["patch"]
    assert event["reason"] == "Appelé ce matin."
    assert "alix" not in str(event).lower()
    assert UNSEALER.unseal(event["contact"], Contact).email == "alix@example.org"


async def test_an_approved_correction_is_said_as_a_patch_on_the_version_it_was_checked_against(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, opening_hours="Mo-Fr 09:00-18:00")
        await desk.know(id=str(structure.id), version=4, changed={"description": 4}, description="Autre chose")
    answer = await desk.decide(contribution_id, "approve")
    assert answer.status_code == 200, answer.text
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"opening_hours": "Mo-Fr 09:00-18:00"}
    assert event["based_on_version"] == 4
    assert event["structure_id"] == str(structure.id)
    assert event["contact"] is None


async def test_edits_are_merged_on_what_is_proposed(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    contribution_id = await desk.corrected(structure, name="acceuil", description="Deux salles.")
    edits = {"name": "Accueil", "description": None, "address": {"complement": "Au fond de la cour"}}
    answer = await desk.decide(contribution_id, "approve", {"edits": edits})
    assert answer.status_code == 200, answer.text
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"]["name"] == "Accueil"
    assert "description" not in event["patch"]
    assert event["patch"]["address"]["complement"] == "Au fond de la cour"
    assert event["patch"]["address"]["street"] == "12 rue Invention"


@pytest.mark.parametrize(
    ("edits", "field"),
    [
        ({"nom": "x"}, "edits.nom"),
        ({"name": "<b>x</b>"}, "edits.name"),
        ({"opening_hours": "never"}, "edits.opening_hours"),
        ({"emails": [{"address": "nobody", "visibility": "internal"}]}, "edits.emails.0.address"),
    ],
)
async def test_bad_edits_are_refused_and_the_contribution_stays(desk: Desk, edits: dict[str, Any], field: str):
    contribution_id = await desk.proposed()
    answer = await desk.decide(contribution_id, "approve", {"edits": edits})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await desk.detail(contribution_id))["contribution"]["status"] == "pending"


async def test_of_two_moderators_at_once_one_wins_and_the_other_sees_who(desk: Desk):
    contribution_id = await desk.proposed()
    names = ["Camille Exemple", "Dominique Fictif"]
    answers = await asyncio.gather(
        *(desk.decide(contribution_id, "approve", headers=desk.moderator("75", name=name)) for name in names)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer for answer in answers if answer.status_code == 409).json()
    won = next(answer for answer in answers if answer.status_code == 200).json()
    assert lost["decision"]["decided_by"] == won["contribution"]["decided_by"]
    assert won["contribution"]["decided_by"] in lost["detail"]
    assert len(await desk.said("contribution.approved.v1")) == 1
    assert (await desk.decide(contribution_id, "reject", {"reason": "Non."})).status_code == 409


async def test_a_rejection_is_said_with_contact_and_reason_sealed(desk: Desk):
    contribution_id = await desk.proposed(contact=CONTACT)
    answer = await desk.decide(contribution_id, "reject", {"reason": "Alix, ce lieu existe déjà."})
    assert answer.status_code == 200
    assert answer.json()["contribution"]["status"] == "rejected"
    [event] = await desk.said("contribution.rejected.v1")
    assert "alix" not in str(event).lower()
    assert UNSEALER.unseal(event["contact"], Contact).name == "Alix Inventé"
    assert UNSEALER.unseal(event["reason"], Reason).text == "Alix, ce lieu existe déjà."


async def test_a_rejection_needs_a_reason(desk: Desk):
    contribution_id = await desk.proposed()
    answer = await desk.decide(contribution_id, "reject", {"reason": "  "})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["reason"]


async def test_a_correction_of_a_withdrawn_structure_can_only_be_rejected(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, name="Autre nom")
        await desk.hear(StructureWithdrawn(structure_id=structure.id, version=2))
        await desk.know()
        approved = await desk.decide(contribution_id, "approve")
    assert approved.status_code == 409
    assert approved.json()["type"] == "/problems/structure-gone"
    assert (await desk.decide(contribution_id, "reject", {"reason": "Ce lieu n'existe plus."})).status_code == 200


@pytest.mark.parametrize("verb", ["", "/journey", "/approve", "/reject", "/rebase"])
async def test_another_department_is_refused_with_no_data(desk: Desk, verb: str):
    contribution_id = await desk.proposed(contact=CONTACT)
    headers = desk.moderator("48", "93")
    address = f"{desk.moderation}/{contribution_id}{verb}"
    if verb in {"", "/journey"}:
        answer = await desk.client.get(address, headers=headers)
    else:
        answer = await desk.client.post(address, json={"reason": "x"} if verb == "/reject" else {}, headers=headers)
    assert answer.status_code == 403
    assert set(answer.json()) == {"type", "title", "status", "detail"}
    assert desk.place["name"] not in answer.text
    assert (await desk.detail(contribution_id))["contribution"]["status"] == "pending"


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), (bearer("partner"), 403), ({"Authorization": "Bearer forged"}, 401)]
)
async def test_who_is_not_a_moderator_sees_nothing(desk: Desk, headers: dict[str, str], status: int):
    contribution_id = await desk.proposed()
    for address in (
        desk.moderation,
        f"{desk.moderation}/{contribution_id}",
        f"{desk.moderation}/{contribution_id}/journey",
    ):
        answer = await desk.client.get(address, headers=headers)
        assert answer.status_code == status
        assert desk.place["name"] not in answer.text


async def test_lists_hold_the_departments_of_the_caller_page_by_page(desk: Desk):
    paris = [await desk.proposed() for _ in range(5)]
    await desk.proposed(proposed={**desk.place, "address": {"postcode": "48000", "city": "Mende"}})
    async with desk.at_work():
        structure = await desk.know(address={"street": "Quelque part"})
    nowhere = await desk.corrected(structure, name="Sans adresse")
    headers = desk.moderator("75")
    pages = await every_page(desk.client, desk.moderation, headers=headers, limit=2)
    seen = [item["id"] for page in pages for item in page["items"]]
    assert seen == paris[::-1]
    assert (await desk.client.get(desk.moderation, params={"department": "48"}, headers=headers)).status_code == 403
    everything = (await desk.client.get(desk.moderation, headers=desk.moderator())).json()["items"]
    assert len(everything) == 7
    assert everything[0]["id"] == nowhere
    assert (await desk.client.get(f"{desk.moderation}/{nowhere}", headers=headers)).status_code == 403


async def test_a_mobile_team_is_for_the_moderators_of_each_department_where_it_stops(desk: Desk):
    stops = [{"address": {"postcode": "48000"}}, {"address": {"postcode": "93200", "city": "Saint-Denis"}}]
    proposed = await desk.proposed(proposed={"name": "Maraude", "kind": "mobile", "stops": stops})
    team = {"address": {}, "kind": "mobile", "stops": [{"address": {"department": code}} for code in ("93", "48")]}
    async with desk.at_work():
        corrected = await desk.corrected(await desk.know(**team), name="Maraude du Canal")
    for department in ("48", "93"):
        headers = desk.moderator(department)
        query = {"department": department}
        listed = (await desk.client.get(desk.moderation, params=query, headers=headers)).json()["items"]
        assert [item["id"] for item in listed] == [corrected, proposed]
        assert [item["departments"] for item in listed] == [["93", "48"], ["48", "93"]]
        assert (await desk.client.get(f"{desk.moderation}/{proposed}", headers=headers)).status_code == 200
        queue = (await desk.client.get("/moderation", params=query, headers=headers)).text
        assert f"/moderation/{proposed}" in queue
        assert f"/moderation/{corrected}" in queue
    assert (await desk.client.get(desk.moderation, headers=desk.moderator("75"))).json()["items"] == []
    assert (await desk.client.get(f"{desk.moderation}/{corrected}", headers=desk.moderator("75"))).status_code == 403


async def test_lists_are_filtered_by_status(desk: Desk):
    first, second = await desk.proposed(), await desk.proposed()
    await desk.decide(first, "reject", {"reason": "Doublon."})
    answer = await desk.client.get(desk.moderation, params={"status": "pending"}, headers=desk.moderator("75"))
    assert [item["id"] for item in answer.json()["items"]] == [second]
    assert (
        await desk.client.get(desk.moderation, params={"status": "lost"}, headers=desk.moderator("75"))
    ).status_code == 422
    assert (
        await desk.client.get(desk.moderation, params={"after": "???"}, headers=desk.moderator("75"))
    ).status_code == 422


async def test_what_was_approved_stays_among_the_approved_once_it_is_applied(desk: Desk):
    headers = desk.moderator("75")
    waiting, going, gone = [await desk.proposed() for _ in range(3)]
    for contribution_id in (going, gone):
        assert (await desk.decide(contribution_id, "approve")).status_code == 200
    structure_id = (await desk.detail(gone))["contribution"]["structure_id"]
    async with desk.at_work():
        await desk.know(id=structure_id, about=UUID(gone))

        async def applied() -> bool:
            return (await desk.detail(gone))["contribution"]["status"] == "applied"

        await eventually(applied)
    for status, expected in {
        "open": [waiting],
        "pending": [waiting],
        "conflicted": [],
        "approved": [gone, going],
        "applied": [gone],
        "rejected": [],
    }.items():
        query = {"status": status}
        listed = (await desk.client.get(desk.moderation, params=query, headers=headers)).json()["items"]
        assert [item["id"] for item in listed] == expected, status
        if status not in {"open", "approved", "rejected"}:
            continue
        page = (await desk.client.get("/moderation", params=query, headers=headers)).text
        assert re.findall(r'href="/moderation/([0-9a-f-]{36})"', page) == expected, status
    document = (await desk.client.get("/api/openapi/contributions.json")).json()
    parameters = document["paths"]["/api/v1/moderation/contributions"]["get"]["parameters"]
    described = next(item["description"] for item in parameters if item["name"] == "status")
    for word in ("open", "pending", "conflicted", "approved", "applied", "rejected"):
        assert f"`{word}`" in described


async def test_what_does_not_exist_is_404(desk: Desk):
    assert (await desk.client.get(f"{desk.moderation}/{uuid7()}", headers=desk.moderator())).status_code == 404
    assert (await desk.decide(str(uuid7()), "approve")).status_code == 404


async def test_possible_duplicates_are_shown_with_their_reasons(desk: Desk):
    async with desk.at_work():
        twin = await desk.know()
        await desk.know(slug="ailleurs", name="Mairie", phones=[], address={"city": "Mende"})
    contribution_id = await desk.proposed(
        proposed={
            **desk.place,
            "name": "Accueil de jour des 3 Ponts",
            "address": {**desk.place["address"], "latitude": 48.8870},
        }
    )
    [duplicate] = (await desk.detail(contribution_id))["possible_duplicates"]
    assert duplicate["id"] == str(twin.id)
    assert duplicate["slug"] == twin.slug
    assert set(duplicate["reasons"]) == {"same_phone", "same_address", "near_similar_name"}
    assert 20 <= duplicate["distance_m"] <= 50
    assert 0.8 < duplicate["score"] <= 1


async def test_a_place_of_the_same_street_is_found_by_its_address_before_a_namesake_elsewhere(desk: Desk):
    async with desk.at_work():
        near = await desk.know(
            name="Accueil du jour - 3 Ponts", phones=[], address={"street": "14, r. Invention", "postcode": "75018"}
        )
        other = await desk.know(
            slug="ailleurs", address={"street": "12 rue Invention", "postcode": "97400", "city": "Saint-Denis"}
        )
    address = {"street": "12 rue Invention", "postcode": "75018", "city": "Paris"}
    contribution_id = await desk.proposed(proposed={**desk.place, "address": address})
    found = (await desk.detail(contribution_id))["possible_duplicates"]
    assert [(one["id"], one["reasons"]) for one in found] == [
        (str(near.id), ["same_street"]),
        (str(other.id), ["same_phone"]),
    ]
    page = await desk.client.get(f"/moderation/{contribution_id}", headers=desk.moderator())
    assert "14, r. Invention" in page.text
    assert "un nom voisin, dans la même rue" in page.text
