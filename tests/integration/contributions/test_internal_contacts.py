"""Contacts that are not published: anybody may propose them, moderators alone see them, and they leave sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from libs.bus import Unsealer
from libs.contracts.contacts import InternalContacts
from libs.contracts.events import ContributionConflicted
from libs.contracts.structure import Email, Phone
from libs.testing.streams import raw_messages
from libs.testing.waiting import eventually
from libs.testing.web import SEALING_KEYS
from services.contributions import store

if TYPE_CHECKING:
    from conftest import Desk

UNSEALER = Unsealer([SEALING_KEYS["directory"].private])

# Invented contacts.
PUBLIC = {"number": "+33143438475"}
MOBILE = {"number": "06 66 12 34 02", "label": "Portable de l'équipe inventée", "visibility": "internal"}
MAIL = {"address": "coulisses@example.org", "visibility": "internal"}
MARKS = ("666123402", "06 66 12 34 02", "inventée", "coulisses")
PHONE = Phone(number="+33666123402", label="Portable de l'équipe inventée", visibility="internal")
EMAIL = Email(address="coulisses@example.org", visibility="internal")


async def sealed(desk: Desk) -> InternalContacts | None:
    """Return the internal contacts of the last approval, opened with the directory's key."""
    event = (await desk.said("contribution.approved.v1"))[-1]
    text = event["internal_contacts"]
    return None if text is None else UNSEALER.unseal(text, InternalContacts)


async def addition(desk: Desk, **more: Any) -> str:
    return await desk.proposed(proposed={**desk.place, "phones": [PUBLIC, MOBILE], "emails": [MAIL]}, **more)


async def test_the_internal_contacts_of_a_new_place_leave_sealed_and_nothing_shows_them_in_public(desk: Desk):
    contact = {"email": "alix@example.org"}
    async with desk.at_work():
        contribution_id = await addition(desk, contact=contact)
        assert (await desk.decide(contribution_id, "approve")).status_code == 200

        async def published() -> bool:
            return await desk.count("select count(*) from outbox where published_at is null") == 0

        await eventually(published)
    assert await sealed(desk) == InternalContacts(phones=(PHONE,), emails=(EMAIL,))
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"]["phones"] == [{"number": "+33143438475", "label": None, "visibility": "public"}]
    assert "emails" not in event["patch"]
    said = [message.decode() for message in await raw_messages(desk.nats, "contributions")]
    assert len(said) == 2
    said.append((await desk.client.get(f"/contribuer/merci/{contribution_id}")).text)
    for text in said:
        assert not [mark for mark in MARKS if mark in text], text


async def test_moderators_see_them_marked_as_not_published(desk: Desk):
    contribution_id = await addition(desk)
    detail = await desk.detail(contribution_id)
    assert detail["contribution"]["internal_contacts"]["emails"][0]["address"] == "coulisses@example.org"
    assert "emails" not in detail["contribution"]["proposed"] or detail["contribution"]["proposed"]["emails"] == []
    shown = [item for item in detail["difference"] if item.get("internal")]
    assert [item["field"] for item in shown] == ["phones", "emails"]
    assert shown[0]["after"][0]["number"] == "+33666123402"
    assert [phone["visibility"] for phone in detail["proposed"]["phones"]] == ["public", "internal"]
    page = await desk.client.get(f"/moderation/{contribution_id}?lang=en", headers=desk.moderator())
    assert "06 66 12 34 02 (Portable de l&#39;équipe inventée, not published)" in page.text
    elsewhere = await desk.client.get(f"{desk.moderation}/{contribution_id}", headers=desk.moderator("48"))
    assert elsewhere.status_code == 403
    assert "666123402" not in elsewhere.text


async def test_a_correction_may_bring_internal_contacts_alone(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    contribution_id = await desk.corrected(structure, phones=[PUBLIC, MOBILE])
    detail = await desk.detail(contribution_id)
    assert detail["contribution"]["proposed"] == {}
    [shown] = detail["difference"]
    assert (shown["field"], shown["internal"], shown["before"]) == ("phones", True, None)
    listed = (await desk.client.get(desk.moderation, headers=desk.moderator())).json()["items"]
    assert listed[0]["fields"] == ["phones"]
    page = await desk.client.get(f"/moderation/{contribution_id}?lang=en", headers=desk.moderator())
    assert "Telephone, not published" in page.text
    assert (await desk.decide(contribution_id, "approve")).status_code == 200
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {}
    assert await sealed(desk) == InternalContacts(phones=(PHONE,))
    decided = await desk.detail(contribution_id)
    assert [item["after"][0]["number"] for item in decided["difference"]] == ["+33666123402"]


async def test_a_public_number_can_be_proposed_as_internal(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    contribution_id = await desk.corrected(structure, phones=[{**PUBLIC, "visibility": "internal"}])
    assert (await desk.decide(contribution_id, "approve")).status_code == 200
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"phones": []}
    assert await sealed(desk) == InternalContacts(phones=(Phone(number="+33143438475", visibility="internal"),))


async def test_what_is_public_is_not_internal_as_well(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    twice = {"phones": [PUBLIC, {**PUBLIC, "visibility": "internal"}]}
    answer = await desk.propose(kind="correction", structure_id=str(structure.id), based_on_version=1, proposed=twice)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/nothing-changes"


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({}, InternalContacts(phones=(PHONE,), emails=(EMAIL,))),
        ({"emails": []}, InternalContacts(phones=(PHONE,))),
        ({"phones": [PUBLIC], "emails": None}, None),
        ({"phones": [PUBLIC, {**MOBILE, "label": "Garde"}]}, "Garde"),
        ({"name": "Autre nom", "websites": [{"url": "https://example.org", "visibility": "internal"}]}, 3),
    ],
)
async def test_a_moderator_keeps_changes_adds_and_removes_them(desk: Desk, edits: dict[str, Any], expected: Any):
    contribution_id = await addition(desk)
    answer = await desk.decide(contribution_id, "approve", {"edits": edits})
    assert answer.status_code == 200, answer.text
    internal = await sealed(desk)
    if expected == "Garde":
        assert internal is not None
        assert [phone.label for phone in internal.phones] == ["Garde"]
    elif expected == 3:
        assert internal is not None
        assert internal.fields == ("phones", "emails", "websites")
    else:
        assert internal == expected
    contribution = answer.json()["contribution"]
    assert set(contribution["internal_contacts"]) == set(internal.fields if internal else ())
    assert not [mark for mark in MARKS if mark in str(contribution["edits"])]
    [event] = await desk.said("contribution.approved.v1")
    assert not [mark for mark in MARKS if mark in str(event)]
    assert event["patch"]["phones"] == [{"number": "+33143438475", "label": None, "visibility": "public"}]


async def test_an_internal_contact_that_cannot_be_right_is_refused_as_any(desk: Desk):
    wrong = {**desk.place, "emails": [{"address": "nobody", "visibility": "internal"}]}
    answer = await desk.propose(proposed=wrong)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["proposed.emails.0.address"]


async def test_the_moderators_form_keeps_those_that_are_ticked(desk: Desk):
    page = await desk.client.get(f"/moderation/{await addition(desk)}", headers=desk.moderator())
    fields = desk.fields(page)
    assert fields["internal"] == ["phones:+33666123402", "emails:coulisses@example.org"]
    address = str(page.url).replace("http://relais.test", "")
    fields |= {"phone": ["01 43 43 84 99"], "internal": ["phones:+33666123402"]}
    sent = await desk.client.post(f"{address}/approuver", data=fields, headers=desk.moderator())
    assert sent.status_code == 303, sent.text
    assert await sealed(desk) == InternalContacts(phones=(PHONE,))
    [event] = await desk.said("contribution.approved.v1")
    assert [phone["number"] for phone in event["patch"]["phones"]] == ["+33143438499"]


async def test_a_rebase_that_drops_the_public_numbers_keeps_the_internal_one(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, phones=[{"number": "+33143438499"}, MOBILE])
        await desk.know(id=str(structure.id), version=2, changed={"phones": 2}, phones=[{"number": "+33143438400"}])
    assert (await desk.decide(contribution_id, "approve")).status_code == 409
    assert (await desk.decide(contribution_id, "rebase", {"fields": []})).status_code == 200
    assert (await desk.decide(contribution_id, "approve")).status_code == 200
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {}
    assert await sealed(desk) == InternalContacts(phones=(PHONE,))


async def test_internal_contacts_clash_with_nothing_that_changed_meanwhile(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, phones=[PUBLIC, MOBILE])
        await desk.know(id=str(structure.id), version=2, changed={"phones": 2}, phones=[{"number": "+33143438400"}])
    assert (await desk.decide(contribution_id, "approve")).status_code == 200
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {}


async def test_a_number_that_another_place_publishes_shows_a_possible_duplicate(desk: Desk):
    async with desk.at_work():
        known = await desk.know(name="Tout autre nom", address={"postcode": "48000", "city": "Mende"})
    proposed = {**desk.place, "phones": [{**PUBLIC, "visibility": "internal"}]}
    contribution_id = await desk.proposed(proposed=proposed)
    [duplicate] = (await desk.detail(contribution_id))["possible_duplicates"]
    assert (duplicate["id"], duplicate["reasons"]) == (str(known.id), ["same_phone"])


async def test_what_a_moderator_changed_survives_a_conflict_in_the_directory(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, name="Acceuil", phones=[PUBLIC, MOBILE])
        edits = {"name": "Accueil", "description": "Deux salles.", "emails": [MAIL]}
        assert (await desk.decide(contribution_id, "approve", {"edits": edits})).status_code == 200
        conflicted = ContributionConflicted(
            contribution_id=UUID(contribution_id), structure_id=structure.id, fields=("description",)
        )
        await desk.hear(conflicted, about=UUID(contribution_id))

        async def back() -> bool:
            return (await desk.detail(contribution_id))["contribution"]["status"] == "conflicted"

        await eventually(back)
        await desk.know(id=str(structure.id), version=2, changed={"description": 2}, description="Trois salles.")
    # The moderator's own edit clashes now, and nothing of it is overwritten or lost in silence.
    refused = await desk.decide(contribution_id, "approve")
    assert [conflict["field"] for conflict in refused.json()["conflicts"]] == ["description"]
    assert (await desk.decide(contribution_id, "rebase", {"fields": []})).status_code == 200
    assert (await desk.decide(contribution_id, "approve")).status_code == 200
    event = (await desk.said("contribution.approved.v1"))[-1]
    assert event["patch"] == {"name": "Accueil"}
    assert await sealed(desk) == InternalContacts(phones=(PHONE,), emails=(EMAIL,))


async def test_they_are_forgotten_long_after_the_decision(desk: Desk):
    old, recent = await addition(desk), await addition(desk)
    for contribution_id in (old, recent):
        await desk.decide(contribution_id, "reject", {"reason": "Doublon."})
    async with desk.pool.connection() as connection:
        await connection.execute(
            "update contribution set decided_at = now() - interval '91 days' where id = %s", [UUID(old)]
        )
        await store.forget_contacts(connection)
        cursor = await connection.execute("select to_jsonb(contribution)::text from contribution where id = %s", [old])
        [row] = await cursor.fetchall()
    assert not [mark for mark in MARKS if mark in row[0]]
    assert (await desk.detail(recent))["contribution"]["internal_contacts"]["phones"]
