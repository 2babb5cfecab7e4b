"""E-mails: the right one to the right person, when it is true; again when that fails; with nothing left behind."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.bus.keys import new_sealing_keys
from libs.bus.sealing import CannotUnseal, Sealer
from libs.contracts.events import (
    Contact,
    ContributionApproved,
    ContributionRejected,
    ContributionSubmitted,
    EventData,
    Reason,
    SigninMessage,
    SigninRequested,
)
from libs.testing.waiting import eventually
from services.notify.channels.smtp import NO_SERVER, NOT_NOW, REFUSED_ADDRESS, REFUSED_MESSAGE
from services.notify.domain.retries import Schedule
from services.notify.letters import BAD_ADDRESS
from services.notify.mailer import EXPIRED

# All persons here are invented.
ADDRESS = "camille.exemple@courriel.test"
HOUR = Schedule((3600.0,), jitter=0)


class Person:
    """A contributor, and what happens to their contribution."""

    def __init__(self, notify: Any, **contact: Any) -> None:
        self.notify = notify
        self.id = uuid4()
        details: dict[str, Any] = {"email": ADDRESS, "name": "Camille Exemple", "language": "en"}
        self.contact: str | None = notify.seal(Contact(**(details | contact)))
        self.name = "Accueil inventé"

    async def submitted(self) -> None:
        await self._tell(
            ContributionSubmitted(contribution_id=self.id, kind="correction", name=self.name, contact=self.contact)
        )

    async def rejected(self, reason: str | None) -> None:
        sealed = self.notify.seal(Reason(text=reason)) if reason else None
        await self._tell(
            ContributionRejected(
                contribution_id=self.id, kind="correction", name=self.name, contact=self.contact, reason=sealed
            )
        )

    async def approved(self) -> None:
        await self._tell(
            ContributionApproved(
                contribution_id=self.id,
                kind="correction",
                structure_id=uuid4(),
                based_on_version=1,
                patch={"name": self.name},
                name=self.name,
                approved_by=str(uuid4()),
                contact=self.contact,
            )
        )

    async def applied(self, **changes: Any) -> None:
        await self._tell(self.notify.changed(**changes))

    async def _tell(self, data: EventData) -> None:
        await self.notify.tell(data, correlation_id=self.id)


# which message, and when -------------------------------------------------------------------------------


async def test_a_contribution_received_is_acknowledged(notify: Any, sink: Any) -> None:
    person = Person(notify)
    await person.submitted()
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
        (receipt,) = await notify.wait_for_event("message.sent.v1")
    assert mail.recipients == [ADDRESS]
    assert mail.sender == "relais@relais.test"
    assert mail.content["From"] == "Relais <relais@relais.test>"
    assert mail.content["To"] == ADDRESS
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
    notify: Any, sink: Any, order: tuple[str, str]
) -> None:
    person = Person(notify)
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


async def test_thanks_go_once_even_when_both_are_heard_again(notify: Any, sink: Any) -> None:
    person = Person(notify)
    for _ in range(2):
        await person.approved()
        await person.applied()
    async with notify.mailing(sink):
        await sink.got(1)
        await notify.wait_for_event("message.sent.v1")
    assert await notify.count("select count(*) from message") == 1


async def test_two_halves_heard_at_the_same_moment_make_one_message(notify: Any) -> None:
    people = [Person(notify) for _ in range(12)]
    await asyncio.gather(*(half for person in people for half in (person.approved(), person.applied())))
    assert await notify.count("select count(*) from message") == 12


async def test_an_approval_that_is_not_applied_thanks_nobody(notify: Any) -> None:
    await Person(notify).approved()
    await Person(notify).applied()
    assert await notify.count("select count(*) from message") == 0


async def test_a_page_that_is_not_public_is_not_linked(notify: Any, sink: Any) -> None:
    person = Person(notify)
    await person.approved()
    await person.applied(status="closed")
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
    assert "/structures/" not in mail.plain


async def test_a_rejection_says_why(notify: Any, sink: Any) -> None:
    person = Person(notify)
    await person.rejected("Ce lieu a fermé.\nVoir <b>l'annonce</b>.")
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
        (receipt,) = await notify.wait_for_event("message.sent.v1")
    assert mail.content["Subject"] == "About your suggestion: Accueil inventé"
    assert "> Ce lieu a fermé.\n> Voir <b>l'annonce</b>." in mail.plain
    assert "Voir &lt;b&gt;l&#39;annonce&lt;/b&gt;." in mail.html
    assert receipt["template"] == "rejected"


async def test_without_a_contact_nothing_is_sent(notify: Any) -> None:
    person = Person(notify)
    person.contact = None
    await person.submitted()
    await person.approved()
    await person.applied()
    await person.rejected("Non.")
    assert await notify.count("select count(*) from message") == 0


async def test_a_sign_in_link_goes_at_once_and_before_others_that_wait(notify: Any, sink: Any) -> None:
    sink.held, sink.let_through = asyncio.Event(), "moderation@courriel.test"
    for _ in range(8):
        await Person(notify).submitted()
    signin_id, url = uuid4(), "http://relais.test/connexion/secret"
    message = SigninMessage(
        email="moderation@courriel.test", url=url, expires_at=datetime.now(UTC) + timedelta(minutes=15), language="en"
    )
    async with notify.mailing(sink):
        await eventually(lambda: _attempted(notify, 4))
        await notify.tell(SigninRequested(signin_id=signin_id, message=notify.seal(message)))
        (mail,) = await sink.got(1)
        assert mail.recipients == ["moderation@courriel.test"]
        assert url in mail.plain
        assert url in mail.html
        sink.held.set()
        await sink.got(9)
        await notify.wait_for_event("message.sent.v1", 9)


async def test_a_message_is_sent_when_it_is_written_not_when_somebody_looks(notify: Any, sink: Any) -> None:
    async with notify.mailing(sink, poll=60):
        for number in range(1, 4):
            await Person(notify).submitted()
            await sink.got(number)


async def _attempted(notify: Any, count: int) -> bool:
    return await notify.count("select count(*) from message where attempts > 0") == count


async def test_a_link_that_expired_is_not_sent(notify: Any, sink: Any) -> None:
    message = SigninMessage(email=ADDRESS, url="http://relais.test/x", expires_at=datetime.now(UTC), language="en")
    await notify.tell(SigninRequested(signin_id=uuid4(), message=notify.seal(message)))
    async with notify.mailing(sink):
        (receipt,) = await notify.wait_for_event("message.failed.v1")
    assert (receipt["error"], receipt["next_attempt_at"]) == (EXPIRED, None)
    assert sink.mails == []


async def test_a_link_is_not_tried_again_after_it_expires(notify: Any, sink: Any) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=10)
    message = SigninMessage(email=ADDRESS, url="http://relais.test/x", expires_at=soon, language="en")
    sink.answers = ["451 not now"]
    await notify.tell(SigninRequested(signin_id=uuid4(), message=notify.seal(message)))
    async with notify.mailing(sink, schedule=HOUR):
        (receipt,) = await notify.wait_for_event("message.failed.v1")
    assert receipt["next_attempt_at"] is None


# what may not happen -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Camille\r\nBcc: others@courriel.test", "Camille\nExemple", "Camille\u2028Exemple", "Camille\x00"]
)
async def test_a_name_cannot_add_headers_or_recipients(notify: Any, sink: Any, name: str) -> None:
    person = Person(notify, name=name)
    person.name = f"Accueil {name}".replace("\x00", "")
    await person.submitted()
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
        await notify.wait_for_event("message.sent.v1")
    assert mail.recipients == [ADDRESS]
    assert "Bcc" not in mail.content
    assert len(mail.content.get_all("Subject")) == 1
    assert "\n" not in mail.content["Subject"]


@pytest.mark.parametrize("name", ["Voir https://exemple.test", "exemple.test", "x" * 200, "a@exemple.test"])
async def test_names_cannot_carry_somebody_s_links_to_others(notify: Any, sink: Any, name: str) -> None:
    person = Person(notify, name=name)
    person.name = name
    await person.submitted()
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
    assert name not in mail.plain
    assert "Hello," in mail.plain
    assert mail.content["Subject"] == "We have your suggestion: a place"


@pytest.mark.parametrize("address", ["", "camille", "a@b", "a@b.test, c@d.test", "a b@courriel.test", "a\n@c.test"])
async def test_what_is_no_address_is_given_up_at_once(notify: Any, sink: Any, address: str) -> None:
    await Person(notify, email=address).submitted()
    async with notify.mailing(sink):
        (receipt,) = await notify.wait_for_event("message.failed.v1")
    assert (receipt["error"], receipt["next_attempt_at"]) == (BAD_ADDRESS, None)
    assert sink.mails == []


async def test_what_was_sealed_for_somebody_else_is_refused_when_heard(notify: Any) -> None:
    person = Person(notify)
    stranger = Sealer({"notify": new_sealing_keys().public})
    person.contact = stranger.seal(Contact(email=ADDRESS), "notify")
    with pytest.raises(CannotUnseal, match="sealed for another key"):
        await person.submitted()


async def test_nothing_personal_is_stored_in_clear_nor_kept_once_sent(notify: Any, sink: Any) -> None:
    person = Person(notify)
    await person.approved()
    await person.submitted()
    await person.rejected("Camille habite ici.")
    query = "select count(*) from message where message::text ~* 'camille|habite'"
    assert await notify.count(query) == 0
    assert await notify.count(query.replace("message", "publication")) == 0
    async with notify.mailing(sink):
        await notify.wait_for_event("message.sent.v1", 2)
    assert await notify.count("select count(*) from message where sealed is not null") == 0
    assert await notify.count("select count(*) from message where sealed_reason is not null") == 0
    assert await notify.count("select count(*) from outbox where outbox::text ~* 'camille|courriel|habite'") == 0


async def test_nothing_personal_is_logged(notify: Any, sink: Any, capsys: pytest.CaptureFixture[str]) -> None:
    sink.recipient_answer = f"550 <{ADDRESS}> unknown user"
    await Person(notify).submitted()
    async with notify.mailing(sink):
        (receipt,) = await notify.wait_for_event("message.failed.v1")
    assert ADDRESS not in str(receipt)
    output = capsys.readouterr()
    assert "message_attempted" in output.out + output.err
    assert "camille" not in (output.out + output.err).lower()


# failures ----------------------------------------------------------------------------------------------


async def test_what_fails_for_now_is_tried_again_and_keeps_its_message_id(notify: Any, sink: Any) -> None:
    sink.answers = ["451 greylisted", "452 full"]
    person = Person(notify)
    await person.submitted()
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
        (sent,) = await notify.wait_for_event("message.sent.v1")
    failures = await notify.said("message.failed.v1")
    assert [(failure["error"], failure["correlation"]) for failure in failures] == [(NOT_NOW, str(person.id))] * 2
    assert all(failure["next_attempt_at"] for failure in failures)
    assert mail.content["Message-ID"] == f"<{UUID(sent['message_id'])}@relais.test>"


async def test_a_server_that_is_away_is_tried_again(notify: Any, sink: Any) -> None:
    await sink.stop()
    await Person(notify).submitted()
    async with notify.mailing(sink, schedule=Schedule((0.2,) * 50, jitter=0)):
        (failure, *_) = await notify.wait_for_event("message.failed.v1")
        assert failure["error"] == NO_SERVER
        await sink.start()
        await sink.got(1)
        await notify.wait_for_event("message.sent.v1")


@pytest.mark.parametrize(
    ("recipient", "content", "sentence"),
    [("550 unknown", "250 taken", REFUSED_ADDRESS), ("250 OK", "554 unwanted", REFUSED_MESSAGE)],
)
async def test_a_refusal_for_good_is_not_tried_again(
    notify: Any, sink: Any, recipient: str, content: str, sentence: str
) -> None:
    sink.recipient_answer, sink.answers = recipient, [content]
    await Person(notify).submitted()
    async with notify.mailing(sink):
        (failure,) = await notify.wait_for_event("message.failed.v1")
    assert (failure["error"], failure["next_attempt_at"]) == (sentence, None)
    assert await notify.count("select count(*) from message where sealed is not null") == 0


async def test_after_the_last_attempt_a_message_is_given_up(notify: Any, sink: Any) -> None:
    sink.answers = ["451 not now"] * 10
    await Person(notify).submitted()
    async with notify.mailing(sink):
        failures = await notify.wait_for_event("message.failed.v1", 4)
    assert [failure["next_attempt_at"] is None for failure in failures] == [False, False, False, True]
    assert len(sink.answers) == 6


async def test_a_mailer_that_is_killed_in_the_middle_loses_nothing(notify: Any, sink: Any) -> None:
    sink.held = asyncio.Event()
    for _ in range(6):
        await Person(notify).submitted()
    async with notify.mailing(sink):
        await eventually(lambda: _attempted(notify, 4))
    sink.held = None
    async with notify.mailing(sink):
        await notify.wait_for_event("message.sent.v1", 6)
    assert len({mail.content["Message-ID"] for mail in sink.mails}) == 6
