"""Deliveries: what is sent, signed, and to whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook

from libs.contracts.structure import Address, Stop
from libs.testing.receiver import Receiver

if TYPE_CHECKING:
    from conftest import Notify


async def test_a_change_arrives_signed_and_complete(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    change = notify.changed()
    async with notify.dispatching():
        await notify.announce(change)
        received = (await receiver.got(1))[0]
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
    payload = Webhook(webhook["secret"]).verify(received.body, received.headers)
    assert payload["type"] == "structure.changed"
    assert datetime.fromisoformat(payload["timestamp"]).tzinfo is not None
    assert payload["data"]["structure"]["name"] == change.structure.name
    assert payload["data"]["version"] == 3
    assert payload["data"]["fields"] == ["phones"]
    assert received.headers["content-type"] == "application/json"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert received.id == delivery["id"]
    assert delivery["attempts"][0] | {"at": 0, "duration_ms": 0} == {
        "number": 1,
        "at": 0,
        "status_code": 200,
        "error": None,
        "duration_ms": 0,
        "response": "thanks",
    }


async def test_an_internal_telephone_is_never_sent(notify: Notify, receiver: Receiver) -> None:
    await notify.subscribe(receiver.url)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        received = (await receiver.got(1))[0]
    assert "+33123456789" in received.body
    assert "+33698765432" not in received.body


async def test_another_secret_does_not_verify(notify: Notify, receiver: Receiver) -> None:
    await notify.subscribe(receiver.url)
    other = await notify.subscribe(receiver.url, events=["structure.withdrawn"])
    async with notify.dispatching():
        await notify.announce(notify.changed())
        received = (await receiver.got(1))[0]
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(other["secret"]).verify(received.body, received.headers)


async def test_only_those_who_asked_for_the_event_and_cover_the_department_are_told(
    notify: Notify, receiver: Receiver
) -> None:
    wishes = {
        "all": {},
        "paris": {"departments": ["75"]},
        "lyon": {"departments": ["69"]},
        "withdrawals": {"events": ["structure.withdrawn"]},
    }
    ids = {name: (await notify.subscribe(receiver.url, **wish))["id"] for name, wish in wishes.items()}
    await notify.announce(notify.changed(), notify.withdrawn(departments=("69",)), notify.withdrawn(departments=()))
    told = {
        name: [(item["event_type"], item["department"]) for item in await notify.deliveries(ids[name])] for name in ids
    }
    assert told == {
        "all": [("structure.withdrawn", None), ("structure.withdrawn", "69"), ("structure.changed", "75")],
        "paris": [("structure.changed", "75")],
        "lyon": [("structure.withdrawn", "69")],
        "withdrawals": [("structure.withdrawn", None), ("structure.withdrawn", "69")],
    }


async def test_who_covers_only_the_former_department_hears_that_the_structure_is_gone_from_it(
    notify: Notify, receiver: Receiver
) -> None:
    former = await notify.subscribe(receiver.url, departments=["93"])
    both = await notify.subscribe(receiver.url, departments=["75", "93"])
    all_of_them = await notify.subscribe(receiver.url)
    await notify.announce(notify.changed(left=("93",)))
    told = [[item["event_type"] for item in await notify.deliveries(one["id"])] for one in (former, both, all_of_them)]
    assert told == [["structure.withdrawn"], ["structure.changed"], ["structure.changed"]]


async def test_a_mobile_team_is_told_of_to_those_who_cover_one_of_its_stops(notify: Notify, receiver: Receiver) -> None:
    wishes = (["94"], ["92", "95"], ["95", "94", "93"], ["69"], None)
    ids = [(await notify.subscribe(receiver.url, departments=wish))["id"] for wish in wishes]
    stops = tuple(Stop(address=Address(department=code)) for code in ("93", "94"))
    team = {"kind": "mobile", "address": Address(), "stops": stops}
    await notify.announce(notify.changed(left=("92", "69"), **team))
    told = [[(item["event_type"], item["department"]) for item in await notify.deliveries(one)] for one in ids]
    assert told == [
        [("structure.changed", "94")],
        [("structure.withdrawn", "92")],
        [("structure.changed", "93")],
        [("structure.withdrawn", "69")],
        [("structure.changed", "93")],
    ]


async def test_what_leaves_the_public_directory_is_told_as_withdrawn_and_later_changes_not_at_all(
    notify: Notify, receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)
    await notify.announce(notify.changed(fields=["visibility"], visibility="professionals"))
    await notify.announce(notify.changed(fields=["name"], visibility="professionals", version=4))
    assert [item["event_type"] for item in await notify.deliveries(webhook["id"])] == ["structure.withdrawn"]
