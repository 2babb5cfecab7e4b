"""The dispatcher: no endpoint delays another, and no crash loses or doubles a delivery."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

from libs.testing.outage import database_away
from libs.testing.receiver import Receiver

if TYPE_CHECKING:
    from conftest import Notify


async def test_a_delivery_is_sent_when_it_is_written_not_when_somebody_looks(
    notify: Notify, receiver: Receiver
) -> None:
    await notify.subscribe(receiver.url)
    async with notify.dispatching(poll=60):
        for number in range(1, 6):
            await notify.announce(notify.changed())
            await receiver.got(number, within=10)


async def test_a_slow_endpoint_does_not_delay_another(
    notify: Notify, receiver: Receiver, other_receiver: Receiver
) -> None:
    await notify.subscribe(receiver.url)
    await notify.subscribe(other_receiver.url)
    receiver.answer = receiver.never
    async with notify.dispatching(patience=30):
        await notify.announce(*(notify.changed() for _ in range(50)))
        await other_receiver.got(50, within=10)
        await receiver.got(4)
        began = asyncio.get_running_loop().time()
        await notify.announce(notify.changed())
        await other_receiver.got(51, within=5)
    assert other_receiver.requests[-1].at - began < 1
    assert len(receiver.requests) == 4


async def test_what_follows_from_a_contribution_is_sent_before_a_bulk_import(
    notify: Notify, receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)
    await notify.announce(*(notify.changed() for _ in range(20)))
    contribution = uuid4()
    await notify.announce(notify.changed(name="Attendu"), about=contribution)
    async with notify.dispatching():
        await notify.wait_for_status(webhook["id"], *["delivered"] * 21)
    first = {request.json["data"]["structure"]["name"] for request in receiver.requests[:4]}
    assert "Attendu" in first


async def test_a_second_dispatcher_waits_until_the_first_is_gone(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        await receiver.got(1)
        async with notify.dispatching():
            await notify.announce(*(notify.changed() for _ in range(20)))
            await notify.wait_for_status(webhook["id"], *["delivered"] * 21)
    assert len(receiver.requests) == 21


async def test_a_dispatcher_that_is_killed_in_the_middle_loses_nothing(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    held = receiver.hold()
    async with notify.dispatching(patience=30):
        await notify.announce(*(notify.changed() for _ in range(10)))
        await receiver.got(4)
    assert await notify.count("select count(*) from delivery where status = 'pending'") == 10
    held.set()
    async with notify.dispatching():
        await notify.wait_for_status(webhook["id"], *["delivered"] * 10)
    ids = [request.id for request in receiver.requests]
    assert len(set(ids)) == 10


async def test_what_was_sent_while_the_database_went_away_is_recorded_and_not_sent_again(
    notify: Notify, receiver: Receiver, postgres: str
) -> None:
    webhook = await notify.subscribe(receiver.url)
    held = receiver.hold()
    async with notify.dispatching(patience=30):
        await notify.announce(*(notify.changed() for _ in range(6)))
        await receiver.got(4)
        async with database_away(notify.settings.database_url, postgres):
            pass
        held.set()
        await notify.wait_for_status(webhook["id"], *["delivered"] * 6)
    assert len(receiver.requests) == 6
