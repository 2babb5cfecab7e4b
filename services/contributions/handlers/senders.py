"""How much one sender may propose in an hour, without keeping who they are."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from libs.contracts.validation import N_
from libs.database import Pool
from libs.web import Problem
from services.contributions import store

FORM_LIMIT = 60
API_LIMIT = 600
"""Proposals an hour from one network address; whole shelters sit behind one."""


async def admit(pool: Pool, address: str, *, most: int) -> None:
    """Count a proposal from a network address.

    Raises:
        Problem: 429, with when to come back, past `most` in an hour.
    """
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    async with pool.connection() as connection:
        salt = await store.salt_of(connection, now.date(), secrets.token_bytes(32))
        sender = hmac.digest(salt, address.encode(), hashlib.sha256)
        count = await store.count_submission(connection, hour, sender)
    if count > most:
        wait = int((hour + timedelta(hours=1) - now).total_seconds()) + 1
        message = N_("Many proposals came from your network this hour. Please try again in %(minutes)s minutes.")
        raise Problem(
            429,
            "too-many",
            message,
            parameters={"minutes": -(-wait // 60)},
            headers={"Retry-After": str(wait)},
        )
