"""Deliveries: sent signed, once, to those who asked; again when that fails; never to where they must not go."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from standardwebhooks import Webhook

from libs.contracts.structure import Address, Stop
from libs.runtime import Networks
from libs.testing.waiting import eventually
from libs.testing.web import bearer
from services.notify.channels.endpoints import (
    BAD_CERTIFICATE,
    BROKEN,
    NO_CONNECTION,
    PLAIN,
    REFUSED,
    TOO_SLOW,
    UNRESOLVED,
    Endpoints,
    Gate,
)
from services.notify.dispatcher import ANSWERED_BADLY, GONE, REDIRECTED
from services.notify.domain.retries import Schedule
from services.notify.handlers.outcomes import WITHDRAWN

HOUR = Schedule((3600.0,), jitter=0)


# what is sent ------------------------------------------------------------------------------------------


async def test_a_change_arrives_signed_and_complete(notify: Any, receiver: Any) -> None:
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


async def test_an_internal_telephone_is_never_sent(notify: Any, receiver: Any) -> None:
    await notify.subscribe(receiver.url)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        received = (await receiver.got(1))[0]
    assert "+33123456789" in received.body
    assert "+33698765432" not in received.body


async def test_another_secret_does_not_verify(notify: Any, receiver: Any) -> None:
    await notify.subscribe(receiver.url)
    other = await notify.subscribe(receiver.url, events=["structure.withdrawn"])
    async with notify.dispatching():
        await notify.announce(notify.changed())
        received = (await receiver.got(1))[0]
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(other["secret"]).verify(received.body, received.headers)


async def test_only_those_who_asked_for_the_event_and_cover_the_department_are_told(notify: Any, receiver: Any) -> None:
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
    notify: Any, receiver: Any
) -> None:
    former = await notify.subscribe(receiver.url, departments=["93"])
    both = await notify.subscribe(receiver.url, departments=["75", "93"])
    all_of_them = await notify.subscribe(receiver.url)
    await notify.announce(notify.changed(left=("93",)))
    told = [[item["event_type"] for item in await notify.deliveries(one["id"])] for one in (former, both, all_of_them)]
    assert told == [["structure.withdrawn"], ["structure.changed"], ["structure.changed"]]


async def test_a_mobile_team_is_told_of_to_those_who_cover_one_of_its_stops(notify: Any, receiver: Any) -> None:
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
    notify: Any, receiver: Any
) -> None:
    webhook = await notify.subscribe(receiver.url)
    await notify.announce(notify.changed(fields=["visibility"], visibility="professionals"))
    await notify.announce(notify.changed(fields=["name"], visibility="professionals", version=4))
    assert [item["event_type"] for item in await notify.deliveries(webhook["id"])] == ["structure.withdrawn"]


# receipts ----------------------------------------------------------------------------------------------


async def test_an_event_of_a_contribution_gets_receipts_under_its_correlation_id(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    await notify.subscribe(receiver.url, departments=["69"])
    contribution, change = uuid4(), notify.changed()
    receiver.answers(500, 200)
    async with notify.dispatching():
        await notify.announce(change, correlation_id=contribution)
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


async def test_a_contribution_that_concerns_no_partner_gets_a_receipt_of_none(notify: Any) -> None:
    await notify.announce(notify.changed(), correlation_id=uuid4())
    assert [item["deliveries"] for item in await notify.said("webhook.scheduled.v1")] == [0]


async def test_a_bulk_import_gets_no_receipt(notify: Any, receiver: Any) -> None:
    await notify.subscribe(receiver.url)
    async with notify.dispatching():
        await notify.announce(*(notify.changed() for _ in range(20)))
        await receiver.got(20)
        await eventually(lambda: _none_due(notify))
    assert await notify.count("select count(*) from outbox") == 0


async def _none_due(notify: Any) -> bool:
    return await notify.count("select count(*) from delivery where next_attempt_at is not null") == 0


# retries -----------------------------------------------------------------------------------------------


async def test_failures_are_tried_again_after_growing_delays_under_the_same_id(notify: Any, receiver: Any) -> None:
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


async def test_after_the_last_attempt_a_delivery_is_abandoned_and_the_webhook_stays(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500)
    async with notify.dispatching():
        await notify.announce(notify.changed(), correlation_id=uuid4())
        (delivery,) = await notify.wait_for_status(webhook["id"], "abandoned")
    assert len(delivery["attempts"]) == 4
    failures = await notify.said("webhook.failed.v1")
    assert [failure["next_attempt_at"] is None for failure in failures] == [False, False, False, True]
    state = (await notify.client.get(f"/api/v1/webhooks/{webhook['id']}", headers=notify.headers())).json()
    assert state["disabled_at"] is None
    assert state["failing_since"] is not None


async def test_an_endpoint_that_failed_for_days_is_disabled_and_can_be_enabled_again(
    notify: Any, receiver: Any
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


async def test_one_success_ends_a_time_of_failures(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500, 200)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        await notify.wait_for_status(webhook["id"], "delivered")
    assert await notify.count("select count(*) from webhook where failing_since is not null") == 0


async def test_gone_disables_the_webhook_and_gives_up_what_waits_for_it(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500, 410)
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed(), correlation_id=uuid4())
        await notify.wait_for_status(webhook["id"], "failed")
        await notify.announce(notify.changed(), correlation_id=uuid4())
        await notify.wait_for_status(webhook["id"], "abandoned", "abandoned")
    state = (await notify.client.get(f"/api/v1/webhooks/{webhook['id']}", headers=notify.headers())).json()
    assert state["disabled_reason"] == "gone"
    errors = [failure["error"] for failure in await notify.said("webhook.failed.v1")]
    assert errors == [ANSWERED_BADLY, GONE, WITHDRAWN]


async def test_a_redirect_is_a_failure_and_is_not_followed(notify: Any, receiver: Any, other_receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)

    async def redirect(_received: Any) -> Any:
        return receiver.Answer(307, {"location": other_receiver.url})

    receiver.answer = redirect
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == REDIRECTED
    assert other_receiver.requests == []


async def test_no_answer_in_time_is_a_failure(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)

    async def never(_received: Any) -> Any:
        await asyncio.Event().wait()

    receiver.answer = never
    async with notify.dispatching(schedule=HOUR, patience=0.2):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == TOO_SLOW
    assert delivery["attempts"][0]["status_code"] is None


async def test_an_answer_without_end_is_read_only_at_its_beginning(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)

    async def much(_received: Any) -> Any:
        return receiver.Answer(200, body=b"x" * 3_000_000)

    receiver.answer = much
    async with notify.dispatching():
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
    assert len(delivery["attempts"][0]["response"]) == 1024


async def test_a_server_that_hangs_up_or_is_away_is_a_failure(notify: Any, receiver: Any, other_receiver: Any) -> None:
    hanging = await notify.subscribe(receiver.url)
    away = await notify.subscribe(other_receiver.url)
    await other_receiver.stop()

    async def hang_up(_received: Any) -> Any:
        raise ConnectionResetError

    receiver.answer = hang_up
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed())
        errors = [
            (await notify.wait_for_status(one["id"], "failed"))[0]["attempts"][0]["error"] for one in (hanging, away)
        ]
    assert errors == [BROKEN, NO_CONNECTION]


async def test_a_server_without_a_valid_certificate_is_not_told_anything(
    notify: Any, other_receiver: Any, certified: Any
) -> None:
    await other_receiver.stop()
    await other_receiver.start(certified.server)
    webhook = await notify.subscribe(other_receiver.url.replace("http://", "https://"))
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == BAD_CERTIFICATE
    assert other_receiver.requests == []


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_an_overloaded_endpoint_is_left_alone_for_as_long_as_it_asks(
    notify: Any, receiver: Any, status: int
) -> None:
    webhook = await notify.subscribe(receiver.url)
    busy = [True]

    async def answer(_received: Any) -> Any:
        return receiver.Answer(status, {"retry-after": "1"}) if busy.pop() else receiver.Answer()

    busy[:] = [False, False, True]
    receiver.answer = answer
    async with notify.dispatching():
        await notify.announce(notify.changed())
        await notify.wait_for_status(webhook["id"], "failed")
        await notify.announce(notify.changed())
        await notify.wait_for_status(webhook["id"], "delivered", "delivered")
    first, *others = receiver.requests
    assert len(others) == 2
    assert all(other.at - first.at >= 0.9 for other in others)


# replays, tests ----------------------------------------------------------------------------------------


async def test_a_replay_sends_the_same_id_and_body_again(notify: Any, receiver: Any) -> None:
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


async def test_a_replay_gives_an_abandoned_delivery_a_whole_new_series_of_attempts(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "abandoned")
        receiver.answers(500, 500, 500, 200)
        await notify.client.post(f"/api/v1/webhooks/deliveries/{delivery['id']}/replay", headers=notify.headers())
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
    assert [attempt["number"] for attempt in delivery["attempts"]] == list(range(1, 9))


async def test_a_test_event_goes_the_same_way(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    async with notify.dispatching():
        answer = await notify.client.post(f"/api/v1/webhooks/{webhook['id']}/test", headers=notify.headers())
        assert answer.status_code == 202
        received = (await receiver.got(1))[0]
    assert received.id == answer.json()["id"]
    payload = Webhook(webhook["secret"]).verify(received.body, received.headers)
    assert (payload["type"], payload["data"]) == ("ping", {"webhook_id": webhook["id"]})


# where requests may go ---------------------------------------------------------------------------------


async def test_a_name_that_comes_to_lead_to_a_private_address_is_not_called(notify: Any, receiver: Any) -> None:
    gate = Gate(Networks(), resolve=notify.resolver("93.184.215.14", "127.0.0.1"))
    await gate.check("https://partner.example/relais")
    webhook = await notify.subscribe(receiver.url)
    async with notify.dispatching(schedule=HOUR, gate=gate):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == REFUSED
    assert receiver.connections == 0


async def test_one_private_address_among_public_ones_is_enough_to_refuse(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    gate = Gate(Networks(), resolve=notify.resolver(["93.184.215.14", "10.0.0.1"]))
    async with notify.dispatching(schedule=HOUR, gate=gate):
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "failed")
    assert delivery["attempts"][0]["error"] == REFUSED


async def test_the_checked_address_is_called_under_the_name_of_the_url(
    notify: Any, other_receiver: Any, certified: Any
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
    notify: Any, receiver: Any
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


# side by side, and through crashes ---------------------------------------------------------------------


async def test_a_slow_endpoint_does_not_delay_another(notify: Any, receiver: Any, other_receiver: Any) -> None:
    await notify.subscribe(receiver.url)
    await notify.subscribe(other_receiver.url)

    async def never(_received: Any) -> Any:
        await asyncio.Event().wait()

    receiver.answer = never
    async with notify.dispatching(patience=30):
        await notify.announce(*(notify.changed() for _ in range(50)))
        await other_receiver.got(50, within=10)
        await receiver.got(4)
        began = asyncio.get_running_loop().time()
        await notify.announce(notify.changed())
        await other_receiver.got(51, within=5)
    assert other_receiver.requests[-1].at - began < 1
    assert len(receiver.requests) == 4


async def test_a_dispatcher_that_is_killed_in_the_middle_loses_nothing(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    hold = asyncio.Event()

    async def wait(_received: Any) -> Any:
        await hold.wait()
        return receiver.Answer()

    receiver.answer = wait
    async with notify.dispatching(patience=30):
        await notify.announce(*(notify.changed() for _ in range(10)))
        await receiver.got(4)
    assert await notify.count("select count(*) from delivery where status = 'pending'") == 10
    hold.set()
    async with notify.dispatching():
        await notify.wait_for_status(webhook["id"], *["delivered"] * 10)
    ids = [request.id for request in receiver.requests]
    assert len(set(ids)) == 10


async def test_what_was_sent_while_the_database_went_away_is_recorded_and_not_sent_again(
    notify: Any, receiver: Any, postgres: str
) -> None:
    webhook = await notify.subscribe(receiver.url)
    hold = asyncio.Event()

    async def wait(_received: Any) -> Any:
        await hold.wait()
        return receiver.Answer()

    receiver.answer = wait
    async with notify.dispatching(patience=30):
        await notify.announce(*(notify.changed() for _ in range(6)))
        await receiver.got(4)
        await _end_connections(notify, postgres)
        hold.set()
        await notify.wait_for_status(webhook["id"], *["delivered"] * 6)
    assert len(receiver.requests) == 6


async def _end_connections(notify: Any, postgres: str) -> None:
    """End every connection of notify, and let it make none for a moment, as when PostgreSQL restarts."""
    name = conninfo_to_dict(notify.settings.database_url)["dbname"]
    database = sql.Identifier(str(name))
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as administrator:
        await administrator.execute(sql.SQL("alter database {} allow_connections false").format(database))
        await administrator.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        await eventually(lambda: _is_refused(notify))
        await administrator.execute(sql.SQL("alter database {} allow_connections true").format(database))


async def _is_refused(notify: Any) -> bool:
    try:
        async with await psycopg.AsyncConnection.connect(notify.settings.database_url):
            return False
    except psycopg.OperationalError:
        return True


async def test_a_second_dispatcher_waits_until_the_first_is_gone(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        await receiver.got(1)
        async with notify.dispatching():
            await notify.announce(*(notify.changed() for _ in range(20)))
            await notify.wait_for_status(webhook["id"], *["delivered"] * 21)
    assert len(receiver.requests) == 21


async def test_a_deleted_webhook_is_called_no_more_and_what_waited_is_given_up(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    receiver.answers(500)
    async with notify.dispatching(schedule=HOUR):
        await notify.announce(notify.changed(), correlation_id=uuid4())
        await notify.wait_for_status(webhook["id"], "failed")
        answer = await notify.client.delete(f"/api/v1/webhooks/{webhook['id']}", headers=notify.headers())
        assert answer.status_code == 204
        last = (await notify.said("webhook.failed.v1"))[-1]
        assert (last["error"], last["next_attempt_at"]) == (WITHDRAWN, None)
        await notify.announce(notify.changed())
    assert await notify.count("select count(*) from delivery") == 1


async def test_what_was_scheduled_while_a_webhook_was_being_disabled_is_given_up(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    await notify.announce(notify.changed(), correlation_id=uuid4())
    async with notify.pool.connection() as connection:
        await connection.execute("update webhook set disabled_at = now(), disabled_reason = 'gone'")
    async with notify.dispatching():
        await notify.wait_for_status(webhook["id"], "abandoned")
    assert receiver.requests == []


async def test_a_delivery_is_sent_when_it_is_written_not_when_somebody_looks(notify: Any, receiver: Any) -> None:
    await notify.subscribe(receiver.url)
    async with notify.dispatching(poll=60):
        for number in range(1, 6):
            await notify.announce(notify.changed())
            await receiver.got(number, within=10)


async def test_administrators_may_replay_what_is_a_partner_s(notify: Any, receiver: Any) -> None:
    webhook = await notify.subscribe(receiver.url)
    async with notify.dispatching():
        await notify.announce(notify.changed())
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
        address = f"/api/v1/webhooks/deliveries/{delivery['id']}/replay"
        assert (await notify.client.post(address, headers=bearer("partner"))).status_code == 404
        assert (await notify.client.post(address, headers=bearer("administrator"))).status_code == 202
        await receiver.got(2)
