"""The SMTP server that takes messages and keeps them."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import psycopg
import structlog
from aiosmtpd.smtp import SMTP
from psycopg_pool import PoolTimeout

from deploy.embedded.mailbox.store import Message, keep
from libs.database import Pool, open_pool
from libs.identifiers import uuid7
from libs.runtime import Settings

log = structlog.get_logger()

_MOST_BYTES = 4_000_000


def read_message(content: bytes, *, sender: str, recipients: list[str]) -> Message:
    """Return the message in `content` (RFC 5322) as handed over from `sender` to `recipients`."""
    parsed = BytesParser(policy=policy.default).parsebytes(content)
    return Message(
        id=uuid7(),
        sender=str(parsed.get("From", sender)),
        recipients=", ".join(recipients),
        subject=str(parsed.get("Subject", "")),
        sent_at=datetime.now(UTC),
        plain=_part(parsed, "plain") or "",
        html=_part(parsed, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str | None:
    """Return the body of `kind`, without what PostgreSQL cannot hold."""
    part = message.get_body((kind,))
    return None if part is None else str(part.get_content()).replace("\0", "")


class _Keeper:
    """What aiosmtpd calls with each message."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        try:
            message = read_message(envelope.content, sender=envelope.mail_from, recipients=envelope.rcpt_tos)
        except (LookupError, ValueError) as error:
            log.warning("message_unreadable", error=str(error))
            return "554 this is not a message"
        try:
            async with self._pool.connection() as connection:
                await keep(connection, message)
        except (psycopg.Error, PoolTimeout) as error:  # whatever it is, the message must not be given up for it
            log.warning("message_not_kept", error=str(error))
            return "451 the mailbox cannot be written now, please try again"
        return "250 kept"


async def work(settings: Settings) -> None:
    """Take messages on the loopback port `RELAIS_MAILBOX_SMTP_PORT` until cancelled."""
    async with open_pool(settings.database_url, most=2) as pool:
        keeper = _Keeper(pool)
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(keeper, hostname="localhost", data_size_limit=_MOST_BYTES, enable_SMTPUTF8=True),
            "127.0.0.1",
            int(os.environ["RELAIS_MAILBOX_SMTP_PORT"]),
        )
        async with server:
            await server.serve_forever()
