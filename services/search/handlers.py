"""What search does when structures change, and by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from libs.bus import Event, NewEvent, record
from libs.bus.inbox import Handler
from libs.contracts.events import StructureChanged, StructureIndexed, StructureWithdrawn
from libs.contracts.structure import is_listed
from libs.database import Connection
from services.search.domain.documents import Document, Removal, document_of
from services.search.engines import Engine
from services.search.places import inhabitants_of

log = structlog.get_logger()

REFRESH_EVERY = 600.0
RETRY = 30.0


def handlers(engine: Engine, *, receipts: bool = True) -> Mapping[str, Handler]:
    """Return the handlers that keep an engine's index, by event type; of several replicas one gives `receipts`."""

    async def take_in(connection: Connection, events: Sequence[Event[Any]]) -> None:
        await apply(engine, connection, [event.data for event in events])
        if receipts:
            await _acknowledge(connection, events)

    return dict.fromkeys(("structure.changed.v1", "structure.withdrawn.v1"), take_in)


async def apply(
    engine: Engine, connection: Connection, states: Sequence[StructureChanged | StructureWithdrawn]
) -> None:
    """Let searches find what is listed in these states of structures, and no longer what is not."""
    now = datetime.now(UTC)
    documents: list[Document] = []
    removals: list[Removal] = []
    for said in states:
        if isinstance(said, StructureWithdrawn):
            removals.append(Removal(said.structure_id, said.version))
        elif is_listed(said.structure):
            documents.append(document_of(said.structure, now, inhabitants_of(said.structure.address)))
        else:
            removals.append(Removal(said.structure.id, said.structure.version))
    if documents:
        await engine.index(connection, documents)
    if removals:
        await engine.remove(connection, removals)


async def _acknowledge(connection: Connection, events: Sequence[Event[Any]]) -> None:
    """Record the receipts of those that follow from a contribution; bulk imports get none."""
    receipts = [
        NewEvent(
            data=StructureIndexed(structure_id=event.aggregate_id, version=event.version),
            aggregate_id=event.aggregate_id,
            version=event.version,
            correlation_id=event.correlation_id,
            causation_id=event.id,
        )
        for event in events
        if event.correlation_id is not None
    ]
    await record(connection, *receipts)


async def keep_openings(engine: Engine) -> None:
    """Compute openings further ahead before they run out, now and then every ten minutes, until cancelled."""
    while True:
        try:
            refreshed = await engine.refresh_openings(datetime.now(UTC))
            if refreshed:
                log.info("openings_refreshed", documents=refreshed)
            await asyncio.sleep(REFRESH_EVERY)
        except (OperationalError, PoolTimeout) as error:
            log.warning("job_put_off", job="keep_openings", error=str(error) or type(error).__name__)
            await asyncio.sleep(RETRY)
