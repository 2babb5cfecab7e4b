"""Receipts: what a contribution's journey hears of its deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from libs.testing.receiver import Receiver
from libs.testing.waiting import eventually
from services.notify.dispatcher import ANSWERED_BADLY

if TYPE_CHECKING:
    from conftest import Notify


async def test_an_event_of_a_contribution_gets_receipts_under_its_correlation_id(
    notify: Notify, receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)
    await notify.subscribe(receiver.url, departments=["69"])
    contribution, change = uuid4(), notify.changed()
    receiver.answers(500, 200)
    async with notify.dispatching():
        await notify.announce(change, about=contribution)
        (delivered,) = await notify.wait_for_event("webhook.delivered.v1")
    (delivery,) = await notify.deliveries(webhook["id"])
    (scheduled,) = await notify.said("webhook.scheduled.v1")
    (failed,) = await notify.said("webhook.failed.v1")
    structure = str(change.structure.id)
    assert scheduled == {
        "structure_id": structure,
        "version": 3,
        "deliveries": 1,
        "correlation": str(contribution),
    }
    assert failed["next_attempt_at"] is not None
    assert (failed["attempt"], failed["error"], failed["correlation"]) == (1, ANSWERED_BADLY, str(contribution))
    assert delivered == {
        "delivery_id": str(UUID(delivery["id"].removeprefix("msg_"))),
        "webhook_id": webhook["id"],
        "structure_id": structure,
        "attempt": 2,
        "correlation": str(contribution),
    }


async def test_a_contribution_that_concerns_no_partner_gets_a_receipt_of_none(notify: Notify) -> None:
    await notify.announce(notify.changed(), about=uuid4())
    assert [item["deliveries"] for item in await notify.said("webhook.scheduled.v1")] == [0]


async def test_a_bulk_import_gets_no_receipt(notify: Notify, receiver: Receiver) -> None:
    await notify.subscribe(receiver.url)
    async with notify.dispatching():
        await notify.announce(*(notify.changed() for _ in range(20)))
        await receiver.got(20)
        await eventually(lambda: _none_due(notify))
    assert await notify.count("select count(*) from outbox") == 0


async def _none_due(notify: Notify) -> bool:
    return await notify.count("select count(*) from delivery where next_attempt_at is not null") == 0
