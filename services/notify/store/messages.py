"""E-mails to send, and contributors to thank, as stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from libs.bus.tracing import traceparent_of
from libs.database import Connection, fetch_all, fetch_one
from libs.identifiers import uuid7
from services.notify.store import SQL, fetch_column

Template: TypeAlias = Literal["received", "published", "rejected", "signin"]


class NewMessage(msgspec.Struct, kw_only=True, frozen=True):
    """A message to send. `sealed` is a `Contact`, or the `SigninMessage` of a sign-in; `about` a contribution.

    `place` and `slug` are the public name and address of a structure; after `expires_at` it is of no use.
    """

    template: Template
    sealed: str
    sealed_reason: str | None = None
    place: str | None = None
    slug: str | None = None
    about: UUID | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    expires_at: datetime | None = None


class DueMessage(NewMessage, kw_only=True, frozen=True):
    """A message that has to be sent now; `attempts` is how many were made."""

    id: UUID
    attempts: int
    created_at: datetime
    traceparent: str | None = None


class Publication(msgspec.Struct, kw_only=True, frozen=True):
    """A contribution on its way; `complete` once it is both approved and applied."""

    contribution_id: UUID
    sealed_contact: str | None
    place: str | None
    slug: str | None
    complete: bool


async def insert_message(connection: Connection, message: NewMessage) -> None:
    """Write a message to send, unless the same was written about the same; wakes the mailer at commit."""
    row = {"id": uuid7(), "traceparent": traceparent_of(message.causation_id), **msgspec.structs.asdict(message)}
    await connection.execute(SQL["insert_message"], row)
    await connection.execute(SQL["wake_mailer"])


async def due_urgencies(connection: Connection) -> list[bool]:
    """Return whether urgent messages (True) and ordinary ones (False) are due: those that are."""
    return await fetch_column(connection, "due_urgencies")


async def due_messages(connection: Connection, *, urgent: bool, most: int) -> list[DueMessage]:
    """Return messages that have to be sent now, what waits longest first."""
    return await fetch_all(connection, DueMessage, SQL["due_messages"], {"urgent": urgent, "most": most})


async def begin_message(connection: Connection, message_id: UUID) -> int | None:
    """Count an attempt before it is made; return its number, None when nothing is to be sent any more."""
    found = await fetch_column(connection, "begin_message", {"id": message_id})
    return found[0] if found else None


async def postpone_message(connection: Connection, message_id: UUID, delay: float) -> datetime:
    """Note that an attempt failed; return when the next is due, `delay` seconds from now."""
    return (await fetch_column(connection, "postpone_message", {"id": message_id, "delay": delay}))[0]


async def finish_message(connection: Connection, message_id: UUID, status: Literal["sent", "abandoned"]) -> None:
    """Note that a message went, or never will, and erase what is personal in it."""
    await connection.execute(SQL["finish_message"], {"id": message_id, "status": status})


async def note_approval(
    connection: Connection, contribution_id: UUID, *, sealed_contact: str | None, place: str
) -> Publication | None:
    parameters = {"contribution_id": contribution_id, "sealed_contact": sealed_contact, "place": place}
    return await fetch_one(connection, Publication, SQL["note_approval"], parameters)


async def note_application(connection: Connection, contribution_id: UUID, *, slug: str | None) -> Publication | None:
    parameters = {"contribution_id": contribution_id, "slug": slug}
    return await fetch_one(connection, Publication, SQL["note_application"], parameters)


async def delete_publication(connection: Connection, contribution_id: UUID) -> None:
    await connection.execute(SQL["delete_publication"], {"contribution_id": contribution_id})


async def forget_messages(connection: Connection, age: timedelta) -> None:
    """Delete finished messages older than `age`, and contributions that were never applied."""
    await connection.execute(SQL["forget_messages"], {"age": age})
