"""What accounts does by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from libs.database import Connection, Pool
from services.accounts import store
from services.accounts.handlers.credentials import record_revocations

log = structlog.get_logger()

HOUR = 3_600.0
DAY = 24 * HOUR
RETRY = 60.0


async def keep_clean(pool: Pool) -> None:
    """Delete what has expired, at once and then every hour, until cancelled."""
    await _repeat(pool, store.clean, every=HOUR)


async def keep_refused(pool: Pool) -> None:
    """Say again which credentials are revoked, at once and then every day, until cancelled.

    Tokens live longer than the stream keeps events, and the stream may be lost: a process that starts later
    must refuse them all the same.
    """
    await _repeat(pool, announce_revoked, every=DAY)


async def announce_revoked(connection: Connection) -> None:
    await record_revocations(connection, await store.list_revoked(connection))


async def _repeat(pool: Pool, job: Callable[[Connection], Awaitable[None]], *, every: float) -> None:
    while True:
        try:
            async with pool.connection() as connection, connection.transaction():
                await job(connection)
            await asyncio.sleep(every)
        except (OperationalError, PoolTimeout) as error:
            log.warning("job_put_off", job=job.__name__, error=str(error) or type(error).__name__)
            await asyncio.sleep(RETRY)
