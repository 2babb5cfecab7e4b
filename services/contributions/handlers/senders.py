"""How much one sender may propose in an hour, without keeping who they are."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from libs.contracts.validation import N_
from libs.database import Pool
from libs.web.limits import Quota, Use
from services.contributions import store

FORM_QUOTA = Quota(name="proposals", most=60, seconds=3_600)
API_QUOTA = Quota(name="proposals", most=600, seconds=3_600)
"""Proposals from one network; whole shelters sit behind one."""

TOO_MANY = N_("Many proposals came from your network this hour. Please try again in %(minutes)s minutes.")


async def count_proposal(pool: Pool, network: str, quota: Quota) -> Use:
    """Count a proposal from a network, and return how its quota stands."""
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    async with pool.connection() as connection:
        salt = await store.salt_of(connection, now.date(), secrets.token_bytes(32))
        sender = hmac.digest(salt, network.encode(), hashlib.sha256)
        count = await store.count_submission(connection, hour, sender)
    return Use(quota=quota, count=count, seconds=int((hour + timedelta(hours=1) - now).total_seconds()) + 1)
