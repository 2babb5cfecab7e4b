"""What the directory says, for partners and for contributors: one consumer, since an import says much."""

from __future__ import annotations

from collections.abc import Sequence

from libs.bus import Event
from libs.contracts.events import StructureChanged, StructureWithdrawn
from libs.database import Connection
from services.notify.handlers.messages import thank_for_applied
from services.notify.handlers.news import announce_changes, announce_withdrawals


async def on_structure_changed(connection: Connection, events: Sequence[Event[StructureChanged]]) -> None:
    await announce_changes(connection, events)
    await thank_for_applied(connection, events)


async def on_structure_withdrawn(connection: Connection, events: Sequence[Event[StructureWithdrawn]]) -> None:
    await announce_withdrawals(connection, events)
