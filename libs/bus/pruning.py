"""Old rows of outbox, inbox and failures go, a little at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from libs.bus.outbox import SQL
from libs.bus.streams import DAYS
from libs.database import Connection

INBOX_DAYS = DAYS + 15
"""An inbox remembers longer than a stream or an outbox: what it forgot would take effect again if it came again."""

MOST = 5_000
"""Rows of each table in one go, so that nobody waits for their locks."""


async def prune(connection: Connection, *, now: datetime) -> int:
    """Delete some of the published events, taken in ids and failures that are too old to be needed; return how many."""
    outbox = await connection.execute(SQL["prune_outbox"], {"before": now - timedelta(days=DAYS), "most": MOST})
    forgotten = {"before": now - timedelta(days=INBOX_DAYS), "most": MOST}
    inbox = await connection.execute(SQL["prune_inbox"], forgotten)
    failures = await connection.execute(SQL["prune_failures"], forgotten)
    return outbox.rowcount + inbox.rowcount + failures.rowcount
