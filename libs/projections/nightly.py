"""Audits by night: each projection once a day, at a quiet hour, by one process."""

from __future__ import annotations

import asyncio
import zlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from nats.errors import Error as NatsError
from psycopg import InternalError, OperationalError
from psycopg_pool import PoolTimeout

from libs.bus.audits import last_audit
from libs.bus.connection import BusClient
from libs.bus.operations import NoAnswer
from libs.database import Pool
from libs.projections.auditing import audit
from libs.projections.projection import Projection
from libs.projections.shadow import AtWork, connect, the_only_one

log = structlog.get_logger()

PARIS = ZoneInfo("Europe/Paris")
QUIET_HOUR = 3
SETTLE = timedelta(minutes=10)
"""A process that has just started has other things to do."""

POLL = 60.0
RETRY = 900.0


def due_after(last: datetime, name: str) -> datetime:
    """Return when the projection `name` is to be audited next: in the night that follows `last`, at its own minute."""
    minute = zlib.crc32(name.encode()) % 60
    local = last.astimezone(PARIS)
    night = local.replace(hour=QUIET_HOUR, minute=minute, second=0, microsecond=0)
    return night if night > local else night + timedelta(days=1)


async def audit_nightly(projection: Projection, *, pool: Pool, database_url: str, nats: BusClient) -> None:
    """Audit `projection` once a night until cancelled; a night that was missed is made up for.

    Nothing is mended: a difference is a fault that somebody should look at.
    """
    started = datetime.now(UTC)
    while True:
        pause = POLL
        try:
            if await _is_due(pool, projection.name, started):
                await _audit(projection, pool, database_url, nats, started)
        except AtWork:
            log.info("audit_is_at_work_elsewhere", projection=projection.name)
        except (NoAnswer, NatsError, OperationalError, InternalError, PoolTimeout, TimeoutError) as error:
            log.warning("job_put_off", job=f"audit of {projection.name}", error=str(error) or type(error).__name__)
            pause = RETRY
        await asyncio.sleep(pause)


async def _is_due(pool: Pool, name: str, started: datetime) -> bool:
    async with pool.connection() as connection:
        last = await last_audit(connection, name)
    due = due_after(last.started_at if last else started, name)
    return max(due, started + SETTLE) <= datetime.now(UTC)


async def _audit(projection: Projection, pool: Pool, database_url: str, nats: BusClient, started: datetime) -> None:
    async with (
        await connect(database_url) as connection,
        the_only_one(connection, f"relais.nightly.{projection.name}"),
    ):
        if not await _is_due(pool, projection.name, started):
            return  # another process was a little faster
        outcome = (await audit(projection, database_url=database_url, nats=nats)).audit
    say = log.error if outcome.differing else log.info
    say(
        "audited",
        projection=projection.name,
        compared=outcome.compared,
        differing=outcome.differing,
        late=outcome.late,
    )
