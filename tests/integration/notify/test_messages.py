"""E-mails to contributors: the right one, when it is true. All persons here are invented."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from libs.testing.mailserver import Sink

if TYPE_CHECKING:
    from conftest import Notify


async def test_a_contribution_received_is_acknowledged(notify: Notify, sink: Sink) -> None:
    person = notify.contributor()
    await person.submitted()
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
        (receipt,) = await notify.wait_for_event("message.sent.v1")
    assert mail.recipients == [person.address]
    assert mail.sender == "relais@relais.test"
    assert mail.content["From"] == "Relais <relais@relais.test>"
    assert mail.content["To"] == person.address
    assert mail.content["Subject"] == "We have your suggestion: Accueil inventé"
    assert mail.content["Auto-Submitted"] == "auto-generated"
    assert mail.content["Date"].datetime.tzinfo is not None
    assert mail.content["Message-ID"].endswith("@relais.test>")
    for body in (mail.plain, mail.html):
        assert "Hello Camille Exemple," in body
        assert "Accueil inventé" in body
        assert f"http://relais.test/contribuer/merci/{person.id}" in body
    assert receipt == {
        "message_id": receipt["message_id"],
        "template": "received",
        "about": str(person.id),
        "correlation": str(person.id),
    }


@pytest.mark.parametrize("order", [("approved", "applied"), ("applied", "approved")])
async def test_thanks_go_once_the_change_is_approved_and_applied_in_either_order(
    notify: Notify, sink: Sink, order: tuple[str, str]
) -> None:
    person = notify.contributor()
    async with notify.mailing(sink):
        await getattr(person, order[0])()
        assert await notify.count("select count(*) from message") == 0
        await getattr(person, order[1])()
        (mail,) = await sink.got(1)
        (receipt,) = await notify.wait_for_event("message.sent.v1")
    assert mail.content["Subject"] == "Published, thanks to you: Accueil inventé"
    assert "http://relais.test/structures/accueil-invente" in mail.plain
    assert (receipt["template"], receipt["about"]) == ("published", str(person.id))
    assert await notify.count("select count(*) from publication") == 0


async def test_thanks_go_once_even_when_both_are_heard_again(notify: Notify, sink: Sink) -> None:
    person = notify.contributor()
    for _ in range(2):
        await person.approved()
        await person.applied()
    async with notify.mailing(sink):
        await sink.got(1)
        await notify.wait_for_event("message.sent.v1")
    assert await notify.count("select count(*) from message") == 1


async def test_two_halves_heard_at_the_same_moment_make_one_message(notify: Notify) -> None:
    people = [notify.contributor() for _ in range(12)]
    await asyncio.gather(*(half for person in people for half in (person.approved(), person.applied())))
    assert await notify.count("select count(*) from message") == 12


async def test_an_approval_that_is_not_applied_thanks_nobody(notify: Notify) -> None:
    await notify.contributor().approved()
    await notify.contributor().applied()
    assert await notify.count("select count(*) from message") == 0


async def test_a_page_that_is_not_public_is_not_linked(notify: Notify, sink: Sink) -> None:
    person = notify.contributor()
    await person.approved()
    await person.applied(status="closed")
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
    assert "/structures/" not in mail.plain


async def test_a_rejection_says_why(notify: Notify, sink: Sink) -> None:
    person = notify.contributor()
    await person.rejected("Ce lieu a fermé.\nVoir <b>l'annonce</b>.")
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
        (receipt,) = await notify.wait_for_event("message.sent.v1")
    assert mail.content["Subject"] == "About your suggestion: Accueil inventé"
    assert "> Ce lieu a fermé.\n> Voir <b>l'annonce</b>." in mail.plain
    assert "Voir &lt;b&gt;l&#39;annonce&lt;/b&gt;." in mail.html
    assert receipt["template"] == "rejected"


async def test_without_a_contact_nothing_is_sent(notify: Notify) -> None:
    person = notify.contributor()
    person.contact = None
    await person.submitted()
    await person.approved()
    await person.applied()
    await person.rejected("Non.")
    assert await notify.count("select count(*) from message") == 0
