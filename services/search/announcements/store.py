"""The table of announcements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from libs.contracts.announcements import Announcement
from libs.contracts.events import AnnouncementChanged, AnnouncementWithdrawn
from libs.database import Connection, Queries

SQL = Queries("services.search.announcements")

MOST = 500
"""As many may be planned or stand at one moment and be shown: nobody reads more than a few."""

_ANNOUNCEMENT = msgspec.json.Decoder(Announcement)


async def hold(connection: Connection, told: Sequence[AnnouncementChanged | AnnouncementWithdrawn]) -> None:
    """Take in what the directory tells; what is older than what is held changes nothing."""
    rows = [_row(one) for one in told]
    await connection.execute(SQL["hold_announcements"], {"rows": msgspec.json.encode(rows).decode()})


async def not_over(connection: Connection, now: datetime) -> list[Announcement]:
    """Return the announcements that stand at `now` (aware) or later, by some clock of the world."""
    cursor = await connection.execute(SQL["announcements"], {"about": now.astimezone(UTC).date(), "most": MOST})
    return [_ANNOUNCEMENT.decode(row[0]) for row in await cursor.fetchall()]


def _row(told: AnnouncementChanged | AnnouncementWithdrawn) -> dict[str, object]:
    if isinstance(told, AnnouncementWithdrawn):
        return {"id": told.announcement_id, "version": told.version, "announcement": None}
    return {"id": told.announcement.id, "version": told.announcement.version, "announcement": told.announcement}
