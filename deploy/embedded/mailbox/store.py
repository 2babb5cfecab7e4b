"""The messages of the local mailbox."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from libs.database import Connection, Queries, fetch_all, fetch_one

SQL = Queries("deploy.embedded.mailbox")


class Message(msgspec.Struct, kw_only=True):
    """One e-mail as it was handed over; `recipients` are the addresses it was for, with commas between them."""

    id: UUID
    sender: str
    recipients: str
    subject: str
    sent_at: datetime
    plain: str
    html: str | None = None


async def keep(connection: Connection, message: Message) -> None:
    """Store a message; those older than 30 days go."""
    async with connection.transaction():
        await connection.execute(SQL["keep_message"], msgspec.structs.asdict(message))
        await connection.execute(SQL["forget_old_messages"])


async def newest(connection: Connection, *, before: UUID | None, limit: int) -> list[Message]:
    """Return up to `limit` messages, newest first; only those older than the message `before` if given."""
    return await fetch_all(connection, Message, SQL["messages"], {"before": before, "limit": limit})


async def find(connection: Connection, identifier: UUID) -> Message | None:
    """Return one message, None when there is no such."""
    return await fetch_one(connection, Message, SQL["message"], {"id": identifier})
