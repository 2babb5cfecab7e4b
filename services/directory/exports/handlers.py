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


async def refresh(
    connection: Connection, events: Sequence[Event[StructureChanged]] | Sequence[Event[StructureWithdrawn]]
) -> None:
    """Write the lines of structures that changed or were withdrawn; say so where that follows from a contribution."""
    lines = await apply(connection, [event.data for event in events])
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


async def apply(connection: Connection, states: Sequence[StructureChanged | StructureWithdrawn]) -> list[ExportLine]:
    """Write the lines of these states where they are newer than what is held; return the line of each."""
    lines = [_line(said) for said in states]
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
    return lines


def _line(said: StructureChanged | StructureWithdrawn) -> ExportLine:
    if isinstance(said, StructureWithdrawn):
        return ExportLine(structure_id=said.structure_id, version=said.version)
    structure = said.structure
    if not is_listed(structure):
        return ExportLine(structure_id=structure.id, version=structure.version)
    day = informed_on(structure, by_hand=said.origin in BY_HAND)
    lines = data_inclusion.lines_of(structure, day)
    return ExportLine(
        structure_id=structure.id,
        version=structure.version,
        departments=departments_of(structure),
        csv=table.line_of(structure),
        data_inclusion_structure=lines.structure,
        data_inclusion_services=lines.services,
    )
