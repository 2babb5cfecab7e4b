"""What keeps proposals from being taken in twice, or without end."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from libs.database import Connection
from services.contributions.store.rows import SQL, fetch_one


class _Claim(msgspec.Struct):
    contribution_id: UUID
    body_hash: bytes


async def claim_key(
    connection: Connection, key: str, contribution_id: UUID, body_hash: bytes
) -> tuple[UUID, bytes] | None:
    """Tie an idempotency key to a contribution; return what it was tied to before, or None."""
    parameters = {"key": key, "contribution_id": contribution_id, "body_hash": body_hash}
    cursor = await connection.execute(SQL["claim_key"], parameters)
    if cursor.rowcount:
        return None
    claim = await fetch_one(connection, _Claim, "claimed_key", {"key": key})
    return (claim.contribution_id, claim.body_hash) if claim else None


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
    """Drop the counts, salts and idempotency keys that no longer serve."""
    await connection.execute(SQL["forget_senders"])
