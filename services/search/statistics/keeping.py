"""Counts written now and then, apart from the searches that wait for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import structlog

from libs.database import Pool
from libs.web.counting import AWAY, written_regularly
from libs.web.formatting import PARIS
from services.search.statistics import store
from services.search.statistics.tally import Tally
from services.search.statistics.views import forget_views

log = structlog.get_logger()

EVERY = 10.0
FORGET_EVERY = 3_600.0


@asynccontextmanager
async def kept(tally: Tally, pool: Pool) -> AsyncGenerator[None]:
    """Write what `tally` counts while the block runs, and at its end."""
    async with written_regularly(partial(write, tally, pool), EVERY):
        yield


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
        if not isinstance(error, AWAY):
            raise
        log.warning("counts_put_off", error=type(error).__name__)


async def forget_regularly(pool: Pool) -> None:
    """Delete what was kept long enough, at once and every hour, until cancelled."""
    while True:
        try:
            async with pool.connection() as connection:
                today = datetime.now(PARIS).date()
                await store.forget(connection, today)
                await forget_views(connection, today)
        except AWAY as error:
            log.warning("job_put_off", job="forget_queries", error=type(error).__name__)
        await asyncio.sleep(FORGET_EVERY)
