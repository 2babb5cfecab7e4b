"""Announcements, as stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from libs.contracts.announcements import Announcement
from libs.database import Connection
from services.directory.domain.announcements import HeldAnnouncement
from services.directory.store.queries import SQL

MOST_AT_ONCE = 500
"""As many may stand at one moment and be shown: nobody reads more than a few."""


async def insert(connection: Connection, announcement: Announcement, *, at: datetime, by: UUID) -> None:
    await connection.execute(SQL["insert_announcement"], _columns(announcement, at, by))


async def update(connection: Connection, announcement: Announcement, *, at: datetime, by: UUID) -> None:
    await connection.execute(SQL["update_announcement"], _columns(announcement, at, by))


async def withdraw(connection: Connection, announcement: Announcement, *, at: datetime, by: UUID) -> None:
    await connection.execute(SQL["withdraw_announcement"], _columns(announcement, at, by))


async def find(connection: Connection, announcement_id: UUID) -> HeldAnnouncement | None:
    return next(iter(await _all(connection, SQL["announcement"], id=announcement_id)), None)


async def lock(connection: Connection, announcement_id: UUID) -> HeldAnnouncement | None:
    """Like `find`, and hold it until the transaction ends."""
    return next(iter(await _all(connection, SQL["lock_announcement"], id=announcement_id)), None)


async def newest_first(
    connection: Connection,
    *,
    department: str | None = None,
    about: datetime | None = None,
    after: UUID | None = None,
    most: int = MOST_AT_ONCE,
) -> list[HeldAnnouncement]:
    """Return announcements that follow the one with id `after`.

    With `department` only those for it, or for everywhere; with `about` (aware) only those that may stand then, by
    some clock of the world.
    """
    return await _all(
        connection,
        SQL["announcements_newest_first"],
        department=department,
        about=about and about.astimezone(UTC).date(),
        after=after,
        most=most,
    )


async def forgotten(connection: Connection) -> list[HeldAnnouncement]:
    """Return those whose state the outbox no longer holds."""
    return await _all(connection, SQL["forgotten_announcements"])


async def _all(connection: Connection, query: LiteralString, **parameters: Any) -> list[HeldAnnouncement]:
    cursor = await connection.execute(query, parameters)
    return [_held(row) for row in await cursor.fetchall()]


def _held(row: Sequence[Any]) -> HeldAnnouncement:
    *known, updated_at, withdrawn_at = row
    names = ("id", "version", "text", "text_en", "tone", "departments", "starts_on", "ends_on")
    announcement = msgspec.convert(dict(zip(names, known, strict=True)), Announcement)
    return HeldAnnouncement(announcement=announcement, updated_at=updated_at, withdrawn_at=withdrawn_at)


def _columns(announcement: Announcement, at: datetime, by: UUID) -> dict[str, Any]:
    columns = {name: getattr(announcement, name) for name in Announcement.__struct_fields__}
    return columns | {"departments": list(announcement.departments), "at": at, "by": by}
