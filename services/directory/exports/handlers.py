"""Keeps the export lines as structures change."""

from __future__ import annotations

from collections.abc import Sequence

from libs.bus import Event, NewEvent, record
from libs.contracts.events import ExportRefreshed, StructureChanged, StructureWithdrawn
from libs.contracts.structure import departments_of, is_listed
from libs.database import Connection
from services.directory.domain.records import BY_HAND
from services.directory.exports import data_inclusion, table
from services.directory.exports.freshness import informed_on
from services.directory.store import export_lines
from services.directory.store.export_lines import ExportLine


async def refresh_changed(connection: Connection, events: Sequence[Event[StructureChanged]]) -> None:
    """Write the lines of changed structures, and say so of those that follow from a contribution."""
    await _refresh(connection, events, [_line(event.data) for event in events])


async def refresh_withdrawn(connection: Connection, events: Sequence[Event[StructureWithdrawn]]) -> None:
    """Take withdrawn structures out of the files."""
    lines = [ExportLine(structure_id=event.data.structure_id, version=event.data.version) for event in events]
    await _refresh(connection, events, lines)


async def _refresh(
    connection: Connection,
    events: Sequence[Event[StructureChanged]] | Sequence[Event[StructureWithdrawn]],
    lines: Sequence[ExportLine],
) -> None:
    newest: dict[object, ExportLine] = {}
    for line in lines:
        known = newest.get(line.structure_id)
        if known is None or known.version < line.version:
            newest[line.structure_id] = line
    held = await export_lines.lock_lines(connection, [line.structure_id for line in newest.values()])
    fresh = [
        line
        for line in newest.values()
        if line.structure_id not in held or held[line.structure_id].version < line.version
    ]
    left = (held[line.structure_id] for line in fresh if line.structure_id in held)
    await export_lines.write_lines(connection, fresh)
    await export_lines.refresh_files(connection, {code for line in (*left, *fresh) for code in line.departments})
    receipts = [
        NewEvent(
            data=ExportRefreshed(structure_id=line.structure_id, version=line.version, departments=line.departments),
            aggregate_id=line.structure_id,
            version=line.version,
            correlation_id=event.correlation_id,
            causation_id=event.id,
        )
        for event, line in zip(events, lines, strict=True)
        if event.correlation_id is not None
    ]
    await record(connection, *receipts)


def _line(changed: StructureChanged) -> ExportLine:
    structure = changed.structure
    if not is_listed(structure):
        return ExportLine(structure_id=structure.id, version=structure.version)
    day = informed_on(structure, by_hand=changed.origin in BY_HAND)
    lines = data_inclusion.lines_of(structure, day)
    return ExportLine(
        structure_id=structure.id,
        version=structure.version,
        departments=departments_of(structure),
        csv=table.line_of(structure),
        data_inclusion_structure=lines.structure,
        data_inclusion_services=lines.services,
    )
