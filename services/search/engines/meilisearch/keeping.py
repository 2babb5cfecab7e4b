"""The index is built anew when it must be: there is none yet, it was lost, or its settings have changed."""

from __future__ import annotations

import asyncio

import structlog
from nats.errors import Error as NatsError
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from libs.bus.connection import BusClient
from libs.bus.operations import NoAnswer
from libs.projections.rebuilding import NotRebuilt, rebuild
from libs.projections.shadow import AtWork
from libs.projections.states import StreamUnreadable
from services.search.engines.meilisearch.engine import MeilisearchEngine
from services.search.engines.meilisearch.server import MeilisearchAway, Refused
from services.search.engines.postgres.projection import projection_of

log = structlog.get_logger()

LOOK_EVERY = 60.0

_PASSING = (
    *(AtWork, NotRebuilt, StreamUnreadable, NoAnswer, MeilisearchAway, Refused, OperationalError, PoolTimeout),
    *(NatsError, TimeoutError),
)


async def keep_index(engine: MeilisearchEngine, *, database_url: str, nats: BusClient) -> None:
    """See to the index now and then, until cancelled. Searches are answered meanwhile, by what there is.

    Raises:
        MasterKeyGiven: see there.
    """
    refused = False
    while True:
        try:
            if not refused:
                await engine.refuse_master_key()
                refused = True
            await engine.begin()
            if await engine.is_due():
                found = await rebuild(
                    projection_of(engine.fresh()), database_url=database_url, nats=nats, progress=_in_silence
                )
                log.info("meilisearch_index_built", structures=found.structures, seconds=round(found.seconds, 1))
        except _PASSING as error:
            log.warning("job_put_off", job="keep_index", error=str(error) or type(error).__name__)
        await asyncio.sleep(LOOK_EVERY)


def _in_silence(_: str, __: int, ___: int | None) -> None:
    """Nobody watches."""
