"""Contacts that are not published: opened, kept beside the others, seen by staff of the department alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest

from libs.bus import Sealer
from libs.bus.keys import new_sealing_keys
from libs.contracts.contacts import InternalContacts
from libs.contracts.structure import Email, Phone, Website
from libs.runtime.tasks import running
from libs.testing.streams import raw_messages
from libs.testing.waiting import eventually
from libs.testing.web import SEALING_KEYS, SEALING_PUBLIC_KEYS, bearer
from services.directory.service import work

if TYPE_CHECKING:
    from conftest import Directory

CHANGED = "structure.changed.v1"
REFRESHED = "export.refreshed.v1"

# Invented place and persons.
PLACE: dict[str, Any] = {
    "name": "Halte des Essais",
    "address": {"street": "3 rue des Essais", "postcode": "48000", "city": "Mende"},
    "phones": [{"number": "+33466000001"}],
}
INTERNAL = InternalContacts(
    phones=(Phone(number="+33666123402", label="Portable de Camille Inventé", visibility="internal"),),
    emails=(Email(address="camille.inventee@example.org", visibility="internal"),),
    websites=(Website(url="https://interne.example.org/camille", visibility="internal"),),
)
MARKS = ("666123402", "06 66 12 34 02", "Inventé", "inventee", "interne.example")


def sealed(internal: InternalContacts, keys: Any = SEALING_PUBLIC_KEYS) -> str:
    return Sealer(keys).seal(internal, "directory")


async def held(directory: Directory, structure_id: UUID) -> dict[str, Any]:
    """Return a structure as moderators of its department may see it."""
    address = f"/api/v1/structures/{structure_id}?internal=true"
    answer = await directory.client.get(address, headers=directory.as_moderator("48"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def add(directory: Directory, structure_id: UUID, internal: InternalContacts, **patch: Any) -> dict[str, Any]:
    """Have a correction with internal contacts applied, and return the event that says so."""
    known = len(await directory.said(CHANGED))
    await directory.approve(
        kind="correction",
        structure_id=structure_id,
        based_on_version=99,
        patch=patch,
        internal_contacts=sealed(internal),
    )
    return (await directory.wait_for_event(CHANGED, known + 1))[-1]


async def test_internal_contacts_of_a_new_place_are_kept_for_staff_and_nowhere_else(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE, internal_contacts=sealed(INTERNAL))
        await directory.wait_for_event(REFRESHED)

        async def published() -> bool:
            return await directory.count("select count(*) from outbox where published_at is null") == 0

        await eventually(published)
    structure = await held(directory, place.structure_id)
    assert [phone["number"] for phone in structure["phones"]] == ["+33466000001", "+33666123402"]
    assert [email["address"] for email in structure["emails"]] == ["camille.inventee@example.org"]
    assert [website["url"] for website in structure["websites"]] == ["https://interne.example.org/camille"]

    said = [*await raw_messages(directory.nats, "contributions"), *await raw_messages(directory.nats, "directory")]
    assert len(said) == 3
    texts = [message.decode() for message in said]
    slug, elsewhere = structure["slug"], directory.as_moderator("75")
    for address, headers in (
        (f"/api/v1/structures/{place.structure_id}", {}),
        (f"/api/v1/structures/{place.structure_id}", directory.as_moderator("48")),
        (f"/api/v1/structures/{place.structure_id}?internal=true", elsewhere),
        (f"/api/v1/structures/{place.structure_id}/history", {}),
        ("/api/v1/structures", {}),
        (f"/structures/{slug}", {}),
        (f"/structures/{slug}", directory.as_moderator("48")),
        ("/exports/departements/48.csv", {}),
        ("/exports/departements/48.data-inclusion.json", {}),
    ):
        answer = await directory.client.get(address, headers=headers)
        assert answer.status_code == (403 if headers is elsewhere else 200), address
        texts.append(answer.text)
    for text in texts:
        assert not [mark for mark in MARKS if mark in text], text


async def test_internal_contacts_are_added_to_those_held_and_none_is_lost(directory: Directory):
    more = InternalContacts(phones=(Phone(number="+33666123499", visibility="internal"),))
    async with directory.at_work():
        place = await directory.approve(patch=PLACE, internal_contacts=sealed(INTERNAL))
        await directory.wait_for_event(CHANGED)
        event = await add(directory, place.structure_id, more, phones=[{"number": "+33466000009"}])
        assert [phone["number"] for phone in event["structure"]["phones"]] == ["+33466000009"]
        assert (await held(directory, place.structure_id))["phones"] == [
            {"number": "+33466000009", "label": None, "visibility": "public"},
            {"number": "+33666123402", "label": "Portable de Camille Inventé", "visibility": "internal"},
            {"number": "+33666123499", "label": None, "visibility": "internal"},
        ]


async def test_internal_contacts_alone_make_a_version_that_no_correction_clashes_with(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE)
        await directory.wait_for_event(CHANGED)
        event = await add(directory, place.structure_id, INTERNAL)
        assert event["structure"]["version"] == 2
        assert event["field_versions"]["phones"] == 1
        assert event["structure"]["phones"] == [{"number": "+33466000001", "label": None, "visibility": "public"}]
        # Written before, and applied after.
        await directory.approve(
            kind="correction",
            structure_id=place.structure_id,
            based_on_version=1,
            patch={"phones": [{"number": "+33466000009"}]},
        )
        await directory.wait_for_event(CHANGED, 3)
    numbers = [phone["number"] for phone in (await held(directory, place.structure_id))["phones"]]
    assert numbers == ["+33466000009", "+33666123402"]
    assert await directory.said("contribution.conflicted.v1") == []


async def test_a_public_number_can_become_internal_and_an_internal_one_public(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE)
        await directory.wait_for_event(CHANGED)
        hidden = InternalContacts(phones=(Phone(number="+33466000001", visibility="internal"),))
        event = await add(directory, place.structure_id, hidden, phones=[])
        assert event["structure"]["phones"] == []
        assert [phone["visibility"] for phone in (await held(directory, place.structure_id))["phones"]] == ["internal"]
        event = await add(directory, place.structure_id, InternalContacts(), phones=[{"number": "+33466000001"}])
        assert [phone["number"] for phone in event["structure"]["phones"]] == ["+33466000001"]
        assert [phone["visibility"] for phone in (await held(directory, place.structure_id))["phones"]] == ["public"]


async def test_a_moderator_removes_one_for_good_by_the_api(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE, internal_contacts=sealed(INTERNAL))
        await directory.wait_for_event(CHANGED)
        more = InternalContacts(phones=(Phone(number="+33666123499", visibility="internal"),))
        await add(directory, place.structure_id, more)
        address = f"/api/v1/structures/{place.structure_id}/internal-contacts/removal"
        body = {"phones": ["+33666123402"], "emails": ["camille.inventee@example.org"], "reason": "A quitté l'équipe."}
        for headers, status in ((None, 401), (bearer("partner"), 403), (directory.as_moderator("75"), 403)):
            assert (await directory.client.post(address, json=body, headers=headers)).status_code == status
        answer = await directory.client.post(address, json=body, headers=directory.as_moderator("48"))
        assert answer.status_code == 200, answer.text
        event = (await directory.wait_for_event(CHANGED, 3))[-1]
    after = await held(directory, place.structure_id)
    assert answer.json() == after
    assert [phone["number"] for phone in after["phones"]] == ["+33466000001", "+33666123499"]
    assert after["emails"] == []
    assert [website["url"] for website in after["websites"]] == ["https://interne.example.org/camille"]
    assert event["structure"]["version"] == 3
    assert event["origin"] == "staff"
    kept = "select count(*) from structure_history where changes::text like '%666123402%'"
    assert await directory.count(kept) == 0
    assert await directory.count("select count(*) from structure_history where changes::text like '%666123499%'") == 2
    assert await directory.count("select count(*) from structure_history where reason = 'A quitté l''équipe.'") == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "contact"),
        ({"phones": ["+33466000001"]}, "phones.0"),
        ({"phones": ["+33666123402", "+33600000000"]}, "phones.1"),
        ({"emails": ["camille.inventee@example.org"], "reason": "x" * 10_000}, "reason"),
    ],
)
async def test_what_is_not_held_as_internal_is_not_removed(directory: Directory, body: dict[str, Any], field: str):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE, internal_contacts=sealed(INTERNAL))
        await directory.wait_for_event(CHANGED)
    address = f"/api/v1/structures/{place.structure_id}/internal-contacts/removal"
    answer = await directory.client.post(address, json=body, headers=directory.as_moderator("48"))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await held(directory, place.structure_id))["version"] == 1


async def test_a_moderator_removes_one_on_its_page(directory: Directory):
    async with directory.at_work():
        place = await directory.approve(patch=PLACE, internal_contacts=sealed(INTERNAL))
        await directory.wait_for_event(CHANGED)
        record = f"/structures/{(await held(directory, place.structure_id))['slug']}"
        address, moderator = f"{record}/contacts-internes", directory.as_moderator("48")
        assert address not in (await directory.client.get(record)).text
        assert address in (await directory.client.get(record, headers=moderator)).text
        assert (await directory.client.get(address, headers=directory.as_moderator("75"))).status_code == 403
        page = await directory.client.get(address, headers=moderator)
        assert "06 66 12 34 02" in page.text.replace("\xa0", " ")
        assert page.headers["cache-control"] == "private, no-store"
        nothing = await directory.client.post(address, data={"reason": "Parti."}, headers=moderator)
        assert nothing.status_code == 422
        assert "Choisissez au moins un contact." in nothing.text
        assert 'value="Parti."' in nothing.text
        removed = await directory.client.post(address, data={"contact": "phones:+33666123402"}, headers=moderator)
        assert (removed.status_code, removed.headers["location"]) == (303, address)
    page = await directory.client.get(address, headers=moderator)
    assert "+33666123402" not in page.text
    assert "camille.inventee@example.org" in page.text
    assert [phone["number"] for phone in (await held(directory, place.structure_id))["phones"]] == ["+33466000001"]


async def test_what_was_sealed_with_a_key_that_was_rotated_since_is_applied(directory: Directory):
    new = new_sealing_keys()
    settings = msgspec.structs.replace(
        directory.settings, sealing_private_keys=(new.private, SEALING_KEYS["directory"].private)
    )
    async with running(work(settings)):
        for keys in (SEALING_PUBLIC_KEYS, {"directory": new.public}):
            place = await directory.approve(patch=PLACE, internal_contacts=sealed(INTERNAL, keys))

            async def applied(structure_id: UUID = place.structure_id) -> bool:
                return str(structure_id) in [event["structure"]["id"] for event in await directory.said(CHANGED)]

            await eventually(applied)
            assert len((await held(directory, place.structure_id))["emails"]) == 1


async def test_what_was_sealed_for_somebody_else_is_not_applied_and_holds_nobody_up(directory: Directory):
    async with directory.at_work():
        await directory.approve(
            patch=PLACE, internal_contacts=sealed(INTERNAL, {"directory": new_sealing_keys().public})
        )
        good = await directory.approve(patch=PLACE)
        [event] = await directory.wait_for_event(CHANGED)
    assert event["structure"]["id"] == str(good.structure_id)
    assert await directory.count("select count(*) from structure") == 1
