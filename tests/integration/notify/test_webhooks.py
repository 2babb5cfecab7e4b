"""Webhooks through the API: whose they are, what is refused, what is said."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from libs.runtime import Networks
from libs.testing.receiver import Receiver
from libs.testing.web import bearer, every_page, serving
from services.notify.service import build_web

if TYPE_CHECKING:
    from conftest import Notify

URL = "/api/v1/webhooks"


async def test_a_webhook_is_created_with_a_secret_that_is_shown_once(notify: Notify, receiver: Receiver) -> None:
    created = await notify.subscribe(receiver.url, departments=["75", "2A", "75"])
    assert set(created) == {"id", "secret"}
    assert created["secret"].startswith("whsec_")
    one = (await notify.client.get(f"{URL}/{created['id']}", headers=notify.headers())).json()
    assert one | {"created_at": 0} == {
        "id": created["id"],
        "owner": str(notify.partner),
        "url": receiver.url,
        "events": ["structure.changed", "structure.withdrawn"],
        "departments": ["2A", "75"],
        "created_at": 0,
        "failing_since": None,
        "disabled_at": None,
        "disabled_reason": None,
    }
    listed = (await notify.client.get(URL, headers=notify.headers())).json()
    assert listed == {"items": [one], "next": None}


async def test_a_partner_sees_only_their_own_and_an_administrator_all(notify: Notify, receiver: Receiver) -> None:
    mine = await notify.subscribe(receiver.url)
    other = bearer("partner")
    addresses = [
        ("GET", f"{URL}/{mine['id']}"),
        ("GET", f"{URL}/{mine['id']}/deliveries"),
        ("POST", f"{URL}/{mine['id']}/test"),
        ("POST", f"{URL}/{mine['id']}/enable"),
        ("DELETE", f"{URL}/{mine['id']}"),
    ]
    assert (await notify.client.get(URL, headers=other)).json()["items"] == []
    for method, address in addresses:
        answer = await notify.client.request(method, address, headers=other)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    everybody = (await notify.client.get(URL, headers=bearer("administrator"))).json()["items"]
    assert [item["id"] for item in everybody] == [mine["id"]]
    for method, address in addresses:
        assert (await notify.client.request(method, address, headers=bearer("administrator"))).is_success


async def test_moderators_and_strangers_are_refused(notify: Notify) -> None:
    assert (await notify.client.get(URL)).status_code == 401
    assert (await notify.client.get(URL, headers=bearer("moderator"))).status_code == 403
    answer = await notify.client.post(URL, json={"url": "https://example.org/"}, headers=bearer("moderator"))
    assert answer.status_code == 403


async def test_a_partner_limited_to_departments_gets_only_these(notify: Notify, receiver: Receiver) -> None:
    limited = notify.headers(departments=["75", "93"])
    for wish, status, departments in (
        ({}, 201, ["75", "93"]),
        ({"departments": ["93"]}, 201, ["93"]),
        ({"departments": ["93", "69"]}, 403, None),
    ):
        answer = await notify.client.post(URL, json={"url": receiver.url, **wish}, headers=limited)
        assert answer.status_code == status
        if departments:
            one = await notify.client.get(f"{URL}/{answer.json()['id']}", headers=limited)
            assert one.json()["departments"] == departments
        else:
            assert "69" in answer.json()["detail"]


async def test_creating_again_under_the_same_key_gives_the_same_webhook_and_secret(
    notify: Notify, receiver: Receiver
) -> None:
    headers = notify.headers() | {"Idempotency-Key": "first-webhook"}
    wish = {"url": receiver.url}
    answers = await asyncio.gather(*(notify.client.post(URL, json=wish, headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    made = answers[0].json()
    assert all(answer.json() == made for answer in answers)
    items = (await notify.client.get(URL, headers=headers)).json()["items"]
    assert [item["id"] for item in items] == [made["id"]]
    other = await notify.client.post(URL, json={"url": receiver.url, "departments": ["75"]}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key")
    await notify.client.delete(f"{URL}/{made['id']}", headers=headers)
    assert (await notify.client.post(URL, json=wish, headers=headers)).status_code == 410


async def test_the_key_of_somebody_else_opens_no_secret(notify: Notify, receiver: Receiver) -> None:
    wish, key = {"url": receiver.url}, {"Idempotency-Key": "first-webhook"}
    mine, theirs = bearer("partner"), bearer("partner")
    first = await notify.client.post(URL, json=wish, headers=mine | key)
    second = await notify.client.post(URL, json=wish, headers=theirs | key)
    assert first.status_code == second.status_code == 201
    assert first.json()["secret"] != second.json()["secret"]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "https://192.168.1.1/hook",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
        "https://2130706433.invalid/",
        "http://93.184.215.14/",
        "https://example.org:25/",
        "https://user:secret@example.org/",
        "ftp://example.org/",
        "javascript:alert(1)",
        "example.org",
        "https://",
        "",
        "https://example.org/\r\nX: y",
        "https://" + "a" * 3000,
    ],
)
async def test_an_address_that_must_not_be_called_is_refused_naming_the_field(notify: Notify, url: str) -> None:
    answer = await notify.client.post(URL, json={"url": url}, headers=notify.headers())
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["url"]
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_loopback_is_refused_where_no_setting_names_it(notify: Notify, receiver: Receiver) -> None:
    settings = msgspec.structs.replace(notify.settings, webhook_networks=Networks())
    async with serving(build_web(settings)) as client:
        for url in (receiver.url, "https://localhost/", "https://2130706433/", "https://0x7f.1/"):
            answer = await client.post(URL, json={"url": url}, headers=notify.headers())
            assert [error["field"] for error in answer.json()["errors"]] == ["url"]


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        ({"events": []}, ["events"]),
        ({"events": ["structure.changed", "person.changed"]}, ["events.1"]),
        ({"departments": []}, ["departments"]),
        ({"departments": ["75", "99", "Paris"]}, ["departments.1", "departments.2"]),
        ({"departments": ["75"] * 500}, ["departments"]),
    ],
)
async def test_unknown_events_and_departments_are_refused(
    notify: Notify, receiver: Receiver, wish: dict[str, Any], fields: list[str]
) -> None:
    answer = await notify.client.post(URL, json={"url": receiver.url, **wish}, headers=notify.headers())
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == fields


async def test_a_misspelled_field_is_refused_rather_than_ignored(notify: Notify, receiver: Receiver) -> None:
    body = {"url": receiver.url, "department": ["75"]}
    answer = await notify.client.post(URL, json=body, headers=notify.headers())
    assert answer.status_code in {400, 422}
    assert (await notify.client.get(URL, headers=notify.headers())).json()["items"] == []


async def test_a_deleted_webhook_is_gone(notify: Notify, receiver: Receiver) -> None:
    mine = await notify.subscribe(receiver.url)
    assert (await notify.client.delete(f"{URL}/{mine['id']}", headers=notify.headers())).status_code == 204
    assert (await notify.client.get(f"{URL}/{mine['id']}", headers=notify.headers())).status_code == 404
    assert (await notify.client.get(URL, headers=notify.headers())).json()["items"] == []


async def test_lists_go_page_by_page_newest_first(notify: Notify, receiver: Receiver) -> None:
    ids = [(await notify.subscribe(receiver.url))["id"] for _ in range(5)]
    await notify.announce(*(notify.changed() for _ in range(5)))
    webhooks = await every_page(notify.client, URL, headers=notify.headers(), limit=2)
    assert [item["id"] for page in webhooks for item in page["items"]] == ids[::-1]
    pages = await every_page(notify.client, f"{URL}/{ids[0]}/deliveries", headers=notify.headers(), limit=2)
    deliveries = [item["id"] for page in pages for item in page["items"]]
    assert len(set(deliveries)) == 5
    assert deliveries == sorted(deliveries, reverse=True)
    answer = await notify.client.get(URL, params={"after": "x"}, headers=notify.headers())
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "delivery", ["msg_00000000000000000000000000000000", "x", "00000000-0000-7000-8000-000000000001"]
)
async def test_what_was_never_delivered_cannot_be_replayed(notify: Notify, delivery: str) -> None:
    answer = await notify.client.post(f"{URL}/deliveries/{delivery}/replay", headers=notify.headers())
    assert answer.status_code == 404


async def test_a_delivery_is_replayed_only_under_its_own_webhook(notify: Notify, receiver: Receiver) -> None:
    one = await notify.subscribe(receiver.url)
    other = await notify.subscribe(receiver.url, events=["structure.withdrawn"])
    await notify.announce(notify.changed())
    (delivery,) = await notify.deliveries(one["id"])
    address = f"deliveries/{delivery['id']}/replay"
    wrong = await notify.client.post(f"{URL}/{other['id']}/{address}", headers=notify.headers())
    right = await notify.client.post(f"{URL}/{one['id']}/{address}", headers=notify.headers())
    assert (wrong.status_code, right.status_code) == (404, 202)


async def test_every_operation_is_documented(notify: Notify) -> None:
    document = (await notify.client.get("/api/openapi/notify.json")).json()
    paths = [item for path, item in document["paths"].items() if path.startswith(URL)]
    operations = [item[method] for item in paths for method in ("get", "post", "delete") if method in item]
    assert len(operations) == 9
    assert all(operation.get("description") and operation["responses"].get("401") for operation in operations)
    assert not any(path.startswith("/partenaires") for path in document["paths"])
