"""How the directory says that a structure changed."""

from __future__ import annotations

from uuid import UUID

from libs.bus import NewEvent
from libs.contracts.events import StructureChanged
from libs.contracts.structure import public_part
from services.directory.domain.records import Change


def announcement(change: Change, *, correlation_id: UUID | None = None, causation_id: UUID | None = None) -> NewEvent:
    """Return the event of a change: the public part of the structure as it is now."""
    record = change.record
    return NewEvent(
        data=StructureChanged(
            structure=public_part(record.structure),
            field_versions=record.versions,
            fields=change.fields,
            origin=change.origin,
            left_departments=change.left_departments,
        ),
        aggregate_id=record.structure.id,
        version=record.structure.version,
        correlation_id=correlation_id,
        causation_id=causation_id,
    )
