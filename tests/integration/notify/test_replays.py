"""Deliveries sent again, and tests sent, because somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standardwebhooks import Webhook

from libs.testing.receiver import Receiver
from libs.testing.web import bearer

if TYPE_CHECKING:
    from conftest import Notify


async def test_a_replay_sends_the_same_id_and_body_again(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
        for address in (f"deliveries/{delivery['id']}", f"{webhook['id']}/deliveries/{delivery['id']}"):
            answer = await notify.client.post(f"/api/v1/webhooks/{address}/replay", headers=notify.headers())
            assert answer.status_code == 202
            assert answer.json()["status"] == "pending"
            await notify.wait_for_status(webhook["id"], "delivered")
    assert {request.id for request in receiver.requests} == {delivery["id"]}
    assert len({request.body for request in receiver.requests}) == 1
    assert len(receiver.requests) == 3
    for request in receiver.requests:
        Webhook(webhook["secret"]).verify(request.body, request.headers)


async def test_a_replay_gives_an_abandoned_delivery_a_whole_new_series_of_attempts(
    notify: Notify, receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "abandoned")
        receiver.answers(500, 500, 500, 200)
        await notify.client.post(f"/api/v1/webhooks/deliveries/{delivery['id']}/replay", headers=notify.headers())
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
    assert [attempt["number"] for attempt in delivery["attempts"]] == list(range(1, 9))


async def test_administrators_may_replay_what_is_a_partner_s(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
        address = f"/api/v1/webhooks/deliveries/{delivery['id']}/replay"
        assert (await notify.client.post(address, headers=bearer("partner"))).status_code == 404
        assert (await notify.client.post(address, headers=bearer("administrator"))).status_code == 202
        await receiver.got(2)


async def test_a_test_event_goes_the_same_way(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    async with notify.dispatching():
        answer = await notify.client.post(f"/api/v1/webhooks/{webhook['id']}/test", headers=notify.headers())
        assert answer.status_code == 202
        received = (await receiver.got(1))[0]
    assert received.id == answer.json()["id"]
    payload = Webhook(webhook["secret"]).verify(received.body, received.headers)
    assert (payload["type"], payload["data"]) == ("ping", {"webhook_id": webhook["id"]})
