"""Tells the state of structures and announcements again when the stream that held it is lost."""

from __future__ import annotations

from libs.bus import NewEvent, record
from libs.database import Connection
from services.directory.handlers.announcements import event_of
from services.directory.handlers.telling import state_of
from services.directory.store import announcements, structures

BATCH = 500


async def republish_forgotten(connection: Connection) -> None:
    """Record the present state of whatever the outbox, which is sent again too, no longer holds."""
    async for batch in structures.forgotten(connection, size=BATCH):
        states = [state_of(held, origin, republished=True) for held, origin in batch]
        events = [
            NewEvent(data=state, aggregate_id=state.structure.id, version=state.structure.version) for state in states
        ]
        await record(connection, *events)
    told = [event_of(held, republished=True) for held in await announcements.forgotten(connection)]
    await record(connection, *told)
