"""Dead letters: events that could not be handled, kept whole until somebody replays or drops them.

A replay gives the event once more to the consumer that buried it, and to no other; the consumer takes it up
within seconds. What the relay itself buried goes back to the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from libs.bus.outbox import SQL
from libs.database import Connection, rows_as
from libs.identifiers import uuid7

LONGEST_ERROR = 2_000
RELAY = "-relay"
"""Ends the name that a relay goes by among consumers: `directory-relay`."""


class DeadLetter(msgspec.Struct, kw_only=True, frozen=True):
    """An event that `consumer` gave up, with its last error; `replaying` when it is to be tried again.

    `deliveries` counts how often it was handed over. `type` is None where the message did not say it.
    """

    id: UUID
    consumer: str
    subject: str
    type: str | None
    error: str
    deliveries: int
    buried_at: datetime
    replaying: bool


class WholeDeadLetter(DeadLetter, kw_only=True, frozen=True):
    """A dead letter with the message itself."""

    headers: dict[str, str]
    data: str


class NoDeadLetter(Exception):  # noqa: N818 -- said as it stands
    """There is no such dead letter, or no longer."""

    def __init__(self, letter_id: UUID) -> None:
        super().__init__(f"There is no dead letter {letter_id}: it was replayed or dropped meanwhile, or never was.")


def error_text(error: Exception) -> str:
    """Return what is kept of the error of a handler."""
    return f"{type(error).__name__}: {error}"[:LONGEST_ERROR]


async def bury(
    connection: Connection,
    *,
    consumer: str,
    subject: str,
    headers: Mapping[str, str],
    data: str,
    error: str,
    deliveries: int,
) -> None:
    """Keep a message that cannot be handled, with the reason; once, also when it is published or handed over again."""
    values: dict[str, Any] = {
        "id": uuid7(),
        "consumer": consumer,
        "subject": subject,
        # Those of one publish among several are no part of it.
        "headers": Jsonb({name: value for name, value in headers.items() if not name.startswith("Nats-")}),
        "data": data,
        "error": error[:LONGEST_ERROR],
        "deliveries": deliveries,
    }
    await connection.execute(SQL["bury"], values)


async def note_consumer(connection: Connection, consumer: str) -> None:
    """Note that `consumer` is there to try its dead letters again."""
    await connection.execute(SQL["consumer_is_here"], {"consumer": consumer})


async def list_letters(connection: Connection, *, after: UUID | None = None, most: int = 100) -> list[DeadLetter]:
    """Return dead letters, the oldest first, from the one that follows `after`."""
    async with connection.cursor(row_factory=rows_as(DeadLetter)) as cursor:
        await cursor.execute(SQL["list_dead_letters"], {"after": after, "most": most})
        return await cursor.fetchall()


class CannotReplay(Exception):  # noqa: N818 -- said as it stands
    """A dead letter that nobody would try again."""


async def find_letter(connection: Connection, letter_id: UUID) -> WholeDeadLetter:
    """Return one dead letter with its message.

    Raises:
        NoDeadLetter: see there.
    """
    async with connection.cursor(row_factory=rows_as(WholeDeadLetter)) as cursor:
        await cursor.execute(SQL["dead_letter"], {"id": letter_id})
        if letter := await cursor.fetchone():
            return letter
    raise NoDeadLetter(letter_id)


async def replay(connection: Connection, letter_id: UUID) -> None:
    """Have a dead letter tried again.

    Raises:
        NoDeadLetter: see there.
        CannotReplay: its consumer is no more, or the outbox has forgotten the event that the relay could not send.
    """
    letter = await find_letter(connection, letter_id)
    if letter.consumer.endswith(RELAY):
        cursor = await connection.execute(SQL["publish_again"], {"id": letter_id})
        if not cursor.rowcount:
            raise CannotReplay(
                f"The outbox no longer has the event of dead letter {letter_id}: it can only be dropped."
            )
        return
    cursor = await connection.execute(SQL["consumer_is_known"], {"consumer": letter.consumer})
    if not (row := await cursor.fetchone()) or not row[0]:
        sentence = "There is no consumer {} any more to try dead letter {} again: it can only be dropped."
        raise CannotReplay(sentence.format(letter.consumer, letter_id))
    cursor = await connection.execute(SQL["request_replay"], {"id": letter_id})
    if not cursor.rowcount:
        raise NoDeadLetter(letter_id)


async def drop(connection: Connection, letter_id: UUID) -> None:
    """Forget a dead letter for good.

    Raises:
        NoDeadLetter: see there.
    """
    cursor = await connection.execute(SQL["drop_dead_letter"], {"id": letter_id})
    if not cursor.rowcount:
        raise NoDeadLetter(letter_id)
