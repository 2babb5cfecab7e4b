"""Forgets what has been kept long enough."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from psycopg import InterfaceError, InternalError, OperationalError
from psycopg_pool import PoolTimeout

from libs.database import Pool
from services.notify.store.deliveries import forget_deliveries
from services.notify.store.messages import forget_messages

log = structlog.get_logger()

KEPT = timedelta(days=30)
"""How long finished deliveries and messages, and contributions that were never applied, are kept."""

PERIOD = 3_600.0


async def forget_regularly(pool: Pool) -> None:
    """Delete what is older than `KEPT`, at once and every hour, until cancelled."""
    while True:
        try:
            async with pool.connection() as connection:
                await forget_deliveries(connection, KEPT)
                await forget_messages(connection, KEPT)
        except (OperationalError, InterfaceError, InternalError, PoolTimeout) as error:
            log.warning("retention_waits", error=type(error).__name__)
        await asyncio.sleep(PERIOD)
