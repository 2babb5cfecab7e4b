"""Counts written now and then, apart from the searches that wait for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from psycopg import InterfaceError, InternalError, OperationalError
from psycopg_pool import PoolTimeout

from libs.database import Pool
from libs.runtime.tasks import running
from libs.web.formatting import PARIS
from services.search.statistics import store
from services.search.statistics.tally import Tally

log = structlog.get_logger()

EVERY = 10.0
FORGET_EVERY = 3_600.0

_AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)


@asynccontextmanager
async def kept(tally: Tally, pool: Pool) -> AsyncGenerator[None]:
    """Write what `tally` counts while the block runs, and at its end."""
    try:
        async with running(_keep(tally, pool)):
            yield
    finally:
        await write(tally, pool)


async def _keep(tally: Tally, pool: Pool) -> None:
    while True:
        await asyncio.sleep(EVERY)
        await write(tally, pool)


async def write(tally: Tally, pool: Pool) -> None:
    """Write what was counted; while the database is away it waits with the tally."""
    counts = tally.take()
    if not counts:
        return
    try:
        async with pool.connection() as connection:
            await store.add(connection, counts)
    except BaseException as error:
        tally.give_back(counts)
        if not isinstance(error, _AWAY):
            raise
        log.warning("counts_put_off", error=type(error).__name__)


async def forget_regularly(pool: Pool) -> None:
    """Delete what was kept long enough, at once and every hour, until cancelled."""
    while True:
        try:
            async with pool.connection() as connection:
                await store.forget(connection, datetime.now(PARIS).date())
        except _AWAY as error:
            log.warning("job_put_off", job="forget_queries", error=type(error).__name__)
        await asyncio.sleep(FORGET_EVERY)
