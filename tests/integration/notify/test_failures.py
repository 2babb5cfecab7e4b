"""Deliveries that fail: what counts as a failure, and when they are tried again."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import uuid4

from standardwebhooks import Webhook

from libs.testing.receiver import Answer, Received, Receiver
from libs.testing.waiting import eventually
from services.notify.channels.endpoints import (
    BROKEN,
    NO_CONNECTION,
    TOO_SLOW,
)
from services.notify.dispatcher import REDIRECTED
from services.notify.domain.retries import Schedule

if TYPE_CHECKING:
    from conftest import Notify

HOUR = Schedule((3600.0,), jitter=0)


async def test_failures_are_tried_again_after_growing_delays_under_the_same_id(
    notify: Notify, receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500, 404, 500, 204)
    async with notify.dispatching(schedule=Schedule((0.1, 0.4, 0.9), jitter=0)):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
    requests = receiver.requests
    gaps = [after.at - before.at for before, after in pairwise(requests)]
    assert [round(gap, 1) >= least for gap, least in zip(gaps, (0.1, 0.4, 0.9), strict=True)] == [True] * 3
    assert gaps == sorted(gaps)
    assert {request.id for request in requests} == {delivery["id"]}
    assert [attempt["status_code"] for attempt in delivery["attempts"]] == [500, 404, 500, 204]
    for request in requests:
        Webhook(webhook["secret"]).verify(request.body, request.headers)


async def test_after_the_last_attempt_a_delivery_is_abandoned_and_the_webhook_stays(
    notify: Notify, receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500)
    async with notify.dispatching():
        await notify.announce(notify.changed(), about=uuid4())
        (delivery,) = await notify.wait_for_status(webhook["id"], "abandoned")
    assert len(delivery["attempts"]) == 4
    failures = await notify.said("webhook.failed.v1")
    assert [failure["next_attempt_at"] is None for failure in failures] == [False, False, False, True]
    state = (await notify.client.get(f"/api/v1/webhooks/{webhook['id']}", headers=notify.headers())).json()
    assert state["disabled_at"] is None
    assert state["failing_since"] is not None


async def test_one_success_ends_a_time_of_failures(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500, 200)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        await notify.wait_for_status(webhook["id"], "delivered")
    assert await notify.count("select count(*) from webhook where failing_since is not null") == 0


async def test_a_redirect_is_a_failure_and_is_not_followed(
    notify: Notify, receiver: Receiver, other_receiver: Receiver
) -> None:
    webhook = await notify.subscribe(receiver.url)

    async def redirect(_received: Received) -> Answer:
        return Answer(307, {"location": other_receiver.url})

    receiver.answer = redirect
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == REDIRECTED
    assert other_receiver.requests == []


async def test_no_answer_in_time_is_a_failure(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answer = receiver.never
    async with notify.dispatching(schedule=HOUR, patience=0.2):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == TOO_SLOW
    assert delivery["attempts"][0]["status_code"] is None


async def test_an_answer_without_end_is_read_only_at_its_beginning(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)

    async def much(_received: Received) -> Answer:
        return Answer(200, body=b"x" * 3_000_000)

    receiver.answer = much
    async with notify.dispatching():
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
    assert len(delivery["attempts"][0]["response"]) == 1024


async def test_a_server_that_hangs_up_or_is_away_is_a_failure(
    notify: Notify, receiver: Receiver, other_receiver: Receiver
) -> None:
    hanging = await notify.subscribe(receiver.url)
    away = await notify.subscribe(other_receiver.url)
    await other_receiver.stop()

    async def hang_up(_received: Received) -> Answer:
        raise ConnectionResetError

    receiver.answer = hang_up
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed())
        errors = [
            (await notify.wait_for_status(one["id"], "failed"))[0]["attempts"][0]["error"] for one in (hanging, away)
        ]
    assert errors == [BROKEN, NO_CONNECTION]


async def test_an_overloaded_endpoint_is_left_alone_for_as_long_as_it_asks(notify: Notify, receiver: Receiver) -> None:
    paths = ["/429", "/502", "/503", "/504"]
    webhooks = [(await notify.subscribe(f"http://127.0.0.1:{receiver.port}{path}"))["id"] for path in paths]

    async def busy_at_first(received: Received) -> Answer:
        if [request.path for request in receiver.requests].count(received.path) > 1:
            return Answer()
        return Answer(int(received.path[1:]), {"retry-after": "1"})

    async def all_failed() -> bool:
        return await notify.count("select count(*) from delivery where status = 'failed'") == len(paths)

    receiver.answer = busy_at_first
    async with notify.dispatching():
        await notify.announce(notify.changed())
        await eventually(all_failed)
        await notify.announce(notify.changed())
        for webhook in webhooks:
            await notify.wait_for_status(webhook, "delivered", "delivered")
    for path in paths:
        first, *others = [request for request in receiver.requests if request.path == path]
        assert len(others) == 2
        assert all(other.at - first.at >= 0.9 for other in others)
