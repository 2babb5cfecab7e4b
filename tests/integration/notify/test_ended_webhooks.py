"""Webhooks that are disabled or deleted: they are called no more, and what waited is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from libs.testing.receiver import Receiver
from services.notify.dispatcher import ANSWERED_BADLY, GONE
from services.notify.domain.retries import Schedule
from services.notify.handlers.outcomes import WITHDRAWN

if TYPE_CHECKING:
    from conftest import Notify

HOUR = Schedule((3600.0,), jitter=0)


async def test_an_endpoint_that_failed_for_days_is_disabled_and_can_be_enabled_again(
    notify: Notify, receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)
    async with notify.pool.connection() as connection:
        await connection.execute("update webhook set failing_since = now() - interval '6 days'")
    receiver.answers(500, 200)
    address = f"/api/v1/webhooks/{webhook['id']}"
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed())
        await notify.wait_for_status(webhook["id"], "abandoned")
        state = (await notify.client.get(address, headers=notify.headers())).json()
        assert state["disabled_reason"] == "failing"
        await notify.announce(notify.changed())
        assert len(await notify.deliveries(webhook["id"])) == 1
        assert (await notify.client.post(f"{address}/test", headers=notify.headers())).status_code == 409
        enabled = await notify.client.post(f"{address}/enable", headers=notify.headers())
        assert enabled.json()["disabled_at"] is None
        await notify.announce(notify.changed())
        await notify.wait_for_status(webhook["id"], "delivered", "abandoned")


async def test_gone_disables_the_webhook_and_gives_up_what_waits_for_it(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500, 410)
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed(), about=uuid4())
        await notify.wait_for_status(webhook["id"], "failed")
        await notify.announce(notify.changed(), about=uuid4())
        await notify.wait_for_status(webhook["id"], "abandoned", "abandoned")
    state = (await notify.client.get(f"/api/v1/webhooks/{webhook['id']}", headers=notify.headers())).json()
    assert state["disabled_reason"] == "gone"
    errors = [failure["error"] for failure in await notify.said("webhook.failed.v1")]
    assert errors == [ANSWERED_BADLY, GONE, WITHDRAWN]


async def test_a_deleted_webhook_is_called_no_more_and_what_waited_is_given_up(
    notify: Notify, receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500)
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed(), about=uuid4())
        await notify.wait_for_status(webhook["id"], "failed")
        answer = await notify.client.delete(f"/api/v1/webhooks/{webhook['id']}", headers=notify.headers())
        assert answer.status_code == 204
        last = (await notify.said("webhook.failed.v1"))[-1]
        assert (last["error"], last["next_attempt_at"]) == (WITHDRAWN, None)
        await notify.announce(notify.changed())
    assert await notify.count("select count(*) from delivery") == 1


async def test_what_was_scheduled_while_a_webhook_was_being_disabled_is_given_up(
    notify: Notify, receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)
    await notify.announce(notify.changed(), about=uuid4())
    async with notify.pool.connection() as connection:
        await connection.execute("update webhook set disabled_at = now(), disabled_reason = 'gone'")
    async with notify.dispatching():
        await notify.wait_for_status(webhook["id"], "abandoned")
    assert receiver.requests == []
