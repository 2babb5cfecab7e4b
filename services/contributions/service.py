"""The composition root of contributions."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from libs.bus import Consumer, Relay, connect
from libs.database import Pool, open_pool
from libs.projections.nightly import audit_nightly
from libs.runtime import Service, Settings
from services.contributions import store
from services.contributions.handlers import listening
from services.contributions.projection import projection_of
from services.contributions.web.application import create

log = structlog.get_logger()

HOUR = 3_600.0


async def work(settings: Settings) -> None:
    """Relay what was decided, follow structures and receipts, and forget what need not be kept, until cancelled."""
    async with (
        open_pool(settings.database_url) as pool,
        connect(settings.nats_url, name="contributions-worker", replicas=settings.nats_replicas) as nats,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(Relay("contributions", settings.database_url, nats).run())
        structures = Consumer(
            "contributions-structures",
            pool=pool,
            nats=nats,
            handlers={
                "structure.changed.v1": listening.structures_changed,
                "structure.withdrawn.v1": listening.structures_withdrawn,
                "contribution.conflicted.v1": listening.contributions_conflicted,
            },
        )
        group.create_task(structures.run())
        journey = Consumer(
            "contributions-journey",
            pool=pool,
            nats=nats,
            handlers=dict.fromkeys(listening.RECEIPTS, listening.receipts_came),
        )
        group.create_task(journey.run())
        group.create_task(_forget(pool))
        projection = projection_of(pool, settings)
        group.create_task(audit_nightly(projection, pool=pool, database_url=settings.database_url, nats=nats))


async def _forget(pool: Pool) -> None:
    while True:
        try:
            async with pool.connection() as connection:
                await store.forget_contacts(connection)
                await store.forget_senders(connection)
        except (OperationalError, PoolTimeout) as error:
            log.warning("forgetting_postponed", error=str(error))
        await asyncio.sleep(HOUR)


service = Service(
    name="contributions",
    routes=(
        r"/contribuer(/.*)?",
        r"/structures/[^/]+/corriger",
        r"/moderation(/.*)?",
        r"/api/v1/contributions(/.*)?",
        r"/api/v1/moderation(/.*)?",
        r"/api/openapi/contributions\.json",
    ),
    web=create,
    work=work,
    migrations=Path(__file__).parent / "migrations",
    projections={"contributions": projection_of},
)
