"""The local mailbox: from SMTP to the page."""

from __future__ import annotations

import asyncio
import contextlib
from email.message import EmailMessage

import aiosmtplib
import httpx
import psycopg
import pytest

from deploy.embedded.mailbox.service import service
from libs.database.migrations import migrate
from libs.runtime import Settings
from libs.servers import free_port


@pytest.fixture
def mailbox(make_database, nats_url, monkeypatch):
    """Opens a mailbox that takes messages: its SMTP port, and a client of its pages."""

    @contextlib.asynccontextmanager
    async def open_mailbox():
        port = free_port()
        monkeypatch.setenv("RELAIS_MAILBOX_SMTP_PORT", str(port))
        url = await make_database("mailbox")
        await migrate(url, [service.migrations])
        settings = Settings(
            service="mailbox",
            database_url=url,
            nats_url=nats_url,
            signing_public_key="A" * 43,
            mailbox_url="http://relais/boite",
        )
        work = asyncio.create_task(service.work(settings))
        application = service.web(settings)
        async with (
            application.lifespan(),
            httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://relais") as client,
        ):
            await listening(port)
            yield port, client
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    return open_mailbox


async def listening(port):
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return


async def send(port, subject, text="Bonjour,\n\nhttp://relais/suite\n"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Relais <relais@localhost>", "jeanne@example.org", subject
    message.set_content(text)
    return await aiosmtplib.send(message, hostname="127.0.0.1", port=port)


async def test_a_message_sent_by_smtp_is_in_the_list_newest_first(mailbox):
    async with mailbox() as (port, client):
        for subject in ("première", "deuxième", "troisième"):
            await send(port, subject)
        first = (await client.get("/api/v1/mailbox", params={"per_page": 2})).json()
        assert [message["subject"] for message in first["items"]] == ["troisième", "deuxième"]
        assert first["items"][0].keys() == {"id", "to", "from", "subject", "sent_at", "text", "html"}
        assert first["items"][0]["to"] == "jeanne@example.org"
        rest = (await client.get("/api/v1/mailbox", params={"per_page": 2, "after": first["next"]})).json()
        assert [message["subject"] for message in rest["items"]] == ["première"]
        assert rest["next"] is None


async def test_a_message_is_read_on_its_page_in_both_languages(mailbox):
    async with mailbox() as (port, client):
        await send(port, "<b>Merci</b>")
        [message] = (await client.get("/api/v1/mailbox")).json()["items"]
        page = await client.get(f"/boite/{message['id']}")
        assert "&lt;b&gt;Merci&lt;/b&gt;" in page.text
        assert '<a href="http://relais/suite">' in page.text
        assert "Tous les messages" in page.text
        assert page.headers["cache-control"] == "no-store"
        assert "All messages" in (await client.get(f"/boite/{message['id']}", params={"lang": "en"})).text


async def test_an_empty_mailbox_says_how_to_get_a_message(mailbox):
    async with mailbox() as (_, client):
        page = await client.get("/boite")
        assert page.status_code == 200
        assert "Aucun message pour l’instant" in page.text


async def test_a_message_that_is_not_there_is_not_found(mailbox):
    async with mailbox() as (_, client):
        assert (await client.get("/boite/00000000-0000-7000-8000-000000000000")).status_code == 404


async def test_while_the_database_is_away_the_sender_is_told_to_try_again(mailbox, postgres):
    async with mailbox() as (port, client):
        async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as administrator:
            name = await administrator.execute(
                "SELECT max(datname) FROM pg_database WHERE datname LIKE 'relais_mailbox_%'"
            )
            [database] = await name.fetchone()
            await administrator.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
            await administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
            )
            with pytest.raises(aiosmtplib.SMTPResponseException) as refusal:
                await send(port, "plus tard")
            assert refusal.value.code == 451
            await administrator.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
        await send(port, "maintenant")
        assert [message["subject"] for message in (await client.get("/api/v1/mailbox")).json()["items"]] == [
            "maintenant"
        ]
