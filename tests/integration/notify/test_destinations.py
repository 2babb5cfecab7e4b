"""Where deliveries may go: to checked addresses only, under the name of the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from libs.runtime import Networks
from libs.testing.certificates import Contexts
from libs.testing.receiver import Receiver
from libs.testing.waiting import eventually
from services.notify.channels.endpoints import (
    BAD_CERTIFICATE,
    PLAIN,
    REFUSED,
    UNRESOLVED,
    Endpoints,
    Gate,
)
from services.notify.domain.retries import Schedule

if TYPE_CHECKING:
    from conftest import Notify

HOUR = Schedule((3600.0,), jitter=0)


async def test_a_name_that_comes_to_lead_to_a_private_address_is_not_called(notify: Notify, receiver: Receiver) -> None:
    gate = Gate(Networks(), resolve=notify.resolver("93.184.215.14", "127.0.0.1"))
    await gate.check("https://partner.example/relais")
    webhook = await notify.subscribe(receiver.url)
    async with notify.dispatching(schedule=HOUR, gate=gate):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == REFUSED
    assert receiver.connections == 0


async def test_one_private_address_among_public_ones_is_enough_to_refuse(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    gate = Gate(Networks(), resolve=notify.resolver(["93.184.215.14", "10.0.0.1"]))
    async with notify.dispatching(schedule=HOUR, gate=gate):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == REFUSED


async def test_the_checked_address_is_called_under_the_name_of_the_url(
    notify: Notify, other_receiver: Receiver, certified: Contexts
) -> None:
    await other_receiver.stop()
    await other_receiver.start(certified.server)
    gate = Gate(notify.settings.webhook_networks, resolve=notify.resolver("127.0.0.1", "203.0.113.1"))
    url = f"https://partner.example:{other_receiver.port}/"
    async with Endpoints(gate, ssl_context=certified.client) as endpoints:
        answer = await endpoints.post(url, {"webhook-id": "msg_1"}, "{}")
    assert answer.status_code == 200
    assert other_receiver.requests[0].headers["host"] == f"partner.example:{other_receiver.port}"


async def test_a_name_without_address_is_a_failure_and_plain_http_is_for_named_networks_only(
    notify: Notify, receiver: Receiver
) -> None:
    async def nowhere(_host: str, _port: int) -> list[Any]:
        raise OSError

    webhook = await notify.subscribe(receiver.url)
    for gate, sentence in (
        (Gate(Networks(), resolve=nowhere), UNRESOLVED),
        (Gate(Networks(), resolve=notify.resolver("93.184.215.14")), PLAIN),
    ):
        async with notify.dispatching(schedule=HOUR, gate=gate):
            await notify.announce(notify.changed())

            async def failed(sentence: str = sentence) -> bool:
                newest = (await notify.deliveries(webhook["id"]))[0]
                return bool(newest["attempts"]) and newest["attempts"][0]["error"] == sentence

            await eventually(failed)


async def test_a_server_without_a_valid_certificate_is_not_told_anything(
    notify: Notify, other_receiver: Receiver, certified: Contexts
) -> None:
    await other_receiver.stop()
    await other_receiver.start(certified.server)
    webhook = await notify.subscribe(other_receiver.url.replace("http://", "https://"))
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == BAD_CERTIFICATE
    assert other_receiver.requests == []
