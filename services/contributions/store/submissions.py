"""What keeps proposals from being taken in without end."""

from __future__ import annotations

from datetime import date, datetime

from libs.database import Connection
from services.contributions.store.rows import SQL


async def salt_of(connection: Connection, day: date, new: bytes) -> bytes:
    """Return the salt of a day, `new` where it had none."""
    await connection.execute(SQL["make_salt"], {"day": day, "salt": new})
    cursor = await connection.execute(SQL["salt_of_day"], {"day": day})
    row = await cursor.fetchone()
    return bytes(row[0]) if row else new


async def count_submission(connection: Connection, hour: datetime, sender: bytes) -> int:
    """Count one more submission of `sender` in `hour`; return how many there are."""
    cursor = await connection.execute(SQL["count_submission"], {"hour": hour, "sender": sender})
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def forget_senders(connection: Connection) -> None:
    """Drop the counts and salts that no longer serve."""
    await connection.execute(SQL["forget_senders"])
