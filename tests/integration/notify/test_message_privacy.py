"""What e-mails may not carry, and what is kept of people. All persons here are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from libs.bus.keys import new_sealing_keys
from libs.bus.sealing import CannotUnseal, Sealer
from libs.contracts.events import Contact
from libs.testing.mailserver import Sink
from services.notify.letters import BAD_ADDRESS

if TYPE_CHECKING:
    from conftest import Notify

ADDRESS = "camille.exemple@courriel.test"


@pytest.mark.parametrize(
    "name", ["Camille\r\nBcc: others@courriel.test", "Camille\nExemple", "Camille\u2028Exemple", "Camille\x00"]
)
async def test_a_name_cannot_add_headers_or_recipients(notify: Notify, sink: Sink, name: str) -> None:
    person = notify.contributor(name=name)
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
async def test_names_cannot_carry_somebody_s_links_to_others(notify: Notify, sink: Sink, name: str) -> None:
    person = notify.contributor(name=name)
    person.name = name
    await person.submitted()
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
    assert name not in mail.plain
    assert "Hello," in mail.plain
    assert mail.content["Subject"] == "We have your suggestion: a place"


@pytest.mark.parametrize("address", ["", "camille", "a@b", "a@b.test, c@d.test", "a b@courriel.test", "a\n@c.test"])
async def test_what_is_no_address_is_given_up_at_once(notify: Notify, sink: Sink, address: str) -> None:
    await notify.contributor(email=address).submitted()
    async with notify.mailing(sink):
        (receipt,) = await notify.wait_for_event("message.failed.v1")
    assert (receipt["error"], receipt["next_attempt_at"]) == (BAD_ADDRESS, None)
    assert sink.mails == []


async def test_what_was_sealed_for_somebody_else_is_refused_when_heard(notify: Notify) -> None:
    person = notify.contributor()
    stranger = Sealer({"notify": new_sealing_keys().public})
    person.contact = stranger.seal(Contact(email=ADDRESS), "notify")
    with pytest.raises(CannotUnseal, match="sealed for another key"):
        await person.submitted()


async def test_nothing_personal_is_stored_in_clear_nor_kept_once_sent(notify: Notify, sink: Sink) -> None:
    person = notify.contributor()
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


async def test_nothing_personal_is_logged(notify: Notify, sink: Sink, capsys: pytest.CaptureFixture[str]) -> None:
    sink.recipient_answer = f"550 <{ADDRESS}> unknown user"
    await notify.contributor().submitted()
    async with notify.mailing(sink):
        (receipt,) = await notify.wait_for_event("message.failed.v1")
    assert ADDRESS not in str(receipt)
    output = capsys.readouterr()
    assert "message_attempted" in output.out + output.err
    assert "camille" not in (output.out + output.err).lower()
