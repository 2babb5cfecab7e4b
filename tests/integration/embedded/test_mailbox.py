"""The local mailbox: from SMTP to the page."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage

import aiosmtplib
import pytest
from psycopg.errors import IdleInTransactionSessionTimeout

from deploy.embedded.mailbox.service import service
from libs.database.migrations import migrate
from libs.runtime.tasks import running
from libs.servers import free_port
from libs.testing.outage import database_away
from libs.testing.services import ServiceUnderTest, under_test
from libs.testing.waiting import eventually
from libs.testing.web import make_settings


class Mailbox(ServiceUnderTest):
    """A mailbox that takes messages by SMTP at `port`."""

    port = 0

    async def send(self, subject, text="Bonjour,\n\nhttp://relais/suite\n"):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "Relais <relais@localhost>", "jeanne@example.org", subject
        message.set_content(text)
        return await aiosmtplib.send(message, hostname="127.0.0.1", port=self.port)

    async def is_listening(self):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True


@pytest.fixture
async def mailbox(make_database, nats_url, monkeypatch):
    port = free_port()
    monkeypatch.setenv("RELAIS_MAILBOX_SMTP_PORT", str(port))
    monkeypatch.setattr("libs.database.pool.PATIENCE", 0.5)
    url = await make_database("mailbox")
    await migrate(url, [service.migrations])
    settings = make_settings("mailbox", url, nats_url, mailbox_url="http://relais/boite")
    async with running(service.work(settings)), under_test(Mailbox, settings, service.web) as mailbox:
        mailbox.port = port
        await eventually(mailbox.is_listening)
        yield mailbox


async def test_a_message_sent_by_smtp_is_in_the_list_newest_first(mailbox):
    for subject in ("première", "deuxième", "troisième"):
        await mailbox.send(subject)
    first = (await mailbox.client.get("/api/v1/mailbox", params={"per_page": 2})).json()
    assert [message["subject"] for message in first["items"]] == ["troisième", "deuxième"]
    assert first["items"][0].keys() == {"id", "to", "from", "subject", "sent_at", "text", "html"}
    assert first["items"][0]["to"] == "jeanne@example.org"
    rest = (await mailbox.client.get("/api/v1/mailbox", params={"per_page": 2, "after": first["next"]})).json()
    assert [message["subject"] for message in rest["items"]] == ["première"]
    assert rest["next"] is None


async def test_a_message_is_read_on_its_page_in_both_languages(mailbox):
    await mailbox.send("<b>Merci</b>")
    [message] = (await mailbox.client.get("/api/v1/mailbox")).json()["items"]
    page = await mailbox.client.get(f"/boite/{message['id']}")
    assert "&lt;b&gt;Merci&lt;/b&gt;" in page.text
    assert '<a href="http://relais/suite">' in page.text
    assert "Tous les messages" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "All messages" in (await mailbox.client.get(f"/boite/{message['id']}", params={"lang": "en"})).text


async def test_an_empty_mailbox_says_how_to_get_a_message(mailbox):
    page = await mailbox.client.get("/boite")
    assert page.status_code == 200
    assert "Aucun message pour l’instant" in page.text


async def test_a_message_that_is_not_there_is_not_found(mailbox):
    assert (await mailbox.client.get("/boite/00000000-0000-7000-8000-000000000000")).status_code == 404


async def test_while_the_database_is_away_the_sender_is_told_to_try_again(mailbox, postgres):
    async with database_away(mailbox.settings.database_url, postgres):
        with pytest.raises(aiosmtplib.SMTPResponseException) as refusal:
            await mailbox.send("plus tard")
        assert refusal.value.code == 451

    async def is_taken():
        try:
            await mailbox.send("maintenant")
        except aiosmtplib.SMTPResponseException:
            return False
        return True

    await eventually(is_taken)
    listed = (await mailbox.client.get("/api/v1/mailbox")).json()["items"]
    assert [message["subject"] for message in listed] == ["maintenant"]


async def test_a_session_that_ended_while_the_process_was_suspended_has_the_sender_try_again(mailbox, monkeypatch):
    async def ended(*_):
        raise IdleInTransactionSessionTimeout("terminating connection due to idle-in-transaction timeout")

    monkeypatch.setattr("deploy.embedded.mailbox.sink.keep", ended)
    with pytest.raises(aiosmtplib.SMTPResponseException) as refusal:
        await mailbox.send("plus tard")
    assert refusal.value.code == 451
