"""The pages where partners look after their webhooks, as plain HTML forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from libs.testing.receiver import Receiver
from libs.testing.web import bearer

if TYPE_CHECKING:
    from conftest import Notify

HOME = "/partenaires/webhooks"


async def test_a_partner_adds_a_webhook_and_sees_its_secret_once(notify: Notify, receiver: Receiver) -> None:
    form = {"url": receiver.url, "events": ["structure.changed"], "reach": "some", "departments": "75, 2a"}
    answer = await notify.client.post(f"{HOME}/nouveau", data=form, headers=notify.headers())
    assert answer.status_code == 200
    assert re.search(r"whsec_[A-Za-z0-9+/]{43}=", answer.text)
    assert answer.headers["cache-control"] == "private, no-store"
    listed = await notify.client.get(HOME, headers=notify.headers())
    assert receiver.url in listed.text
    assert "whsec_" not in listed.text
    views = listed.text.split('class="subnav')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', views) == ["/compte", HOME]
    webhook_id = UUID(answer.text.split(f"{HOME}/")[-1].split('"')[0])
    shown = await notify.client.get(f"{HOME}/{webhook_id}", headers=notify.headers())
    assert "Corse-du-Sud" in shown.text
    assert "whsec_" not in shown.text


async def test_what_was_typed_is_kept_when_something_is_wrong(notify: Notify) -> None:
    form = {"url": "http://10.0.0.1/x", "reach": "some", "departments": "75, 99"}
    answer = await notify.client.post(f"{HOME}/nouveau", data=form, headers=notify.headers())
    assert answer.status_code == 422
    assert 'value="http://10.0.0.1/x"' in answer.text
    assert 'value="75, 99"' in answer.text
    assert 'href="#field-url"' in answer.text
    assert 'href="#field-events"' in answer.text
    assert 'href="#field-departments"' in answer.text
    assert "Cette adresse n’est pas sur l’internet public." in answer.text
    assert "checked" not in answer.text.split('name="events"')[1].split(">")[0]


async def test_departments_beyond_one_s_rights_are_refused_beside_the_field(notify: Notify, receiver: Receiver) -> None:
    form = {"url": receiver.url, "events": ["structure.changed"], "reach": "some", "departments": "69"}
    answer = await notify.client.post(f"{HOME}/nouveau", data=form, headers=notify.headers(departments=["75"]))
    assert answer.status_code == 403
    assert 'href="#field-departments"' in answer.text


async def test_a_test_is_sent_and_its_delivery_shown_and_replayed(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    own = f"{HOME}/{webhook['id']}"
    receiver.answers(500, 200)
    async with notify.dispatching():
        answer = await notify.client.post(f"{own}/essai", headers=notify.headers())
        assert (answer.status_code, answer.headers["location"]) == (303, f"{own}?fait=essai")
        (delivery,) = await notify.wait_for_status(webhook["id"], "delivered")
        shown = await notify.client.get(f"{own}?fait=essai&lang=en", headers=notify.headers())
        assert delivery["id"] in shown.text
        assert "2 attempts" in shown.text
        assert "The server answered with an error." in shown.text
        answer = await notify.client.post(f"{own}/livraisons/{delivery['id']}/renvoyer", headers=notify.headers())
        assert answer.status_code == 303
        await receiver.got(3)
    french = await notify.client.get(f"{own}?lang=fr", headers=notify.headers())
    assert "Le serveur a répondu par une erreur." in french.text


async def test_a_disabled_webhook_says_why_and_is_activated_again(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    async with notify.pool.connection() as connection:
        await connection.execute("update webhook set disabled_at = now(), disabled_reason = 'gone'")
    own = f"{HOME}/{webhook['id']}"
    assert "(410)" in (await notify.client.get(own, headers=notify.headers())).text
    assert (await notify.client.post(f"{own}/reactiver", headers=notify.headers())).status_code == 303
    assert "(410)" not in (await notify.client.get(own, headers=notify.headers())).text


async def test_deleting_asks_first(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    own = f"{HOME}/{webhook['id']}"
    asked = await notify.client.get(f"{own}/supprimer", headers=notify.headers())
    assert receiver.url in asked.text
    assert (await notify.client.get(own, headers=notify.headers())).status_code == 200
    assert (await notify.client.post(f"{own}/supprimer", headers=notify.headers())).status_code == 303
    assert (await notify.client.get(own, headers=notify.headers())).status_code == 404


async def test_a_long_list_of_deliveries_goes_page_by_page(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    await notify.announce(*(notify.changed() for _ in range(60)))
    own = f"{HOME}/{webhook['id']}"
    first = await notify.client.get(own, headers=notify.headers())
    following = re.search(r'href="([^"]*apres=[^"]*)"', first.text)
    assert following
    second = await notify.client.get(following.group(1), headers=notify.headers())
    ids = [set(re.findall(r"<code[^>]*>(msg_\w+)", page.text)) for page in (first, second)]
    assert [len(found) for found in ids] == [50, 10]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("path", ["", "/nouveau"])
async def test_only_partners_and_administrators_come_in(notify: Notify, path: str) -> None:
    html = {"accept": "text/html"}
    answer = await notify.client.get(HOME + path, headers=html)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/connexion")
    assert (await notify.client.get(HOME + path, headers=html | bearer("moderator"))).status_code == 403
    for role in ("partner", "administrator"):
        assert (await notify.client.get(HOME + path, headers=html | bearer(role))).status_code == 200


async def test_another_partner_s_webhook_is_not_shown(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    answer = await notify.client.get(f"{HOME}/{webhook['id']}", headers=bearer("partner"))
    assert answer.status_code == 404
    assert receiver.url not in answer.text
