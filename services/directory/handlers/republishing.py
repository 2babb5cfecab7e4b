"""Tells the state of structures again when the stream that held it is lost."""

from __future__ import annotations

from libs.bus import NewEvent, record
from libs.contracts.events import StructureChanged
from libs.contracts.structure import public_part
from libs.database import Connection
from services.directory.domain.records import Record
from services.directory.store import structures

BATCH = 500


async def republish_forgotten(connection: Connection) -> None:
    """Record the present state of every structure that the outbox, which is sent again too, no longer holds."""
    async for batch in structures.forgotten(connection, size=BATCH):
        await record(connection, *(_again(held, origin) for held, origin in batch))


def _again(held: Record, origin: str) -> NewEvent:
    structure = held.structure
    return NewEvent(
        data=StructureChanged(
            structure=public_part(structure), field_versions=held.versions, origin=origin, republished=True
        ),
        aggregate_id=structure.id,
        version=structure.version,
    )
