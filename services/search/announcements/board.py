"""What the pages show of the copy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from libs.contracts.announcements import Announcement
from libs.database import Pool, is_outage
from services.search.announcements import store

log = structlog.get_logger()


class Board:
    """The announcements; while the database is away, those that it held last: no page fails for want of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._last: Sequence[Announcement] = ()

    async def not_over(self, now: datetime) -> Sequence[Announcement]:
        """Return those that stand at `now` (aware) or later, by some clock of the world."""
        try:
            async with self._pool.connection() as connection:
                self._last = await store.not_over(connection, now)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("announcements_not_read", error=str(error) or type(error).__name__)
        return self._last
