"""The lines that export files are made of, and when each department's last changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import msgspec

from libs.database import Connection, Pool, fetch_all, fetch_one
from services.directory.store.queries import SQL

LINES_AT_ONCE = 500


class ExportLine(msgspec.Struct, frozen=True, kw_only=True):
    """A structure as the files of its departments write it; in none, its lines are empty."""

    structure_id: UUID
    version: int
    departments: tuple[str, ...] = ()
    csv: str = ""
    data_inclusion_structure: str = ""
    data_inclusion_services: str = ""


class HeldLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the files hold of a structure."""

    structure_id: UUID
    version: int
    departments: tuple[str, ...]


class ExportFile(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a department; `revision` grows at each change."""

    department: str
    refreshed_at: datetime
    revision: int


class ExportedDepartment(msgspec.Struct, frozen=True, kw_only=True):
    department: str
    refreshed_at: datetime
    places: int


async def lock_lines(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, HeldLine]:
    lines = await fetch_all(connection, HeldLine, SQL["lock_export_lines"], {"ids": list(ids)})
    return {line.structure_id: line for line in lines}


async def write_lines(connection: Connection, lines: Sequence[ExportLine]) -> None:
    """Write lines; one that is held in a newer version stays."""
    parameters = {
        "ids": [line.structure_id for line in lines],
        "versions": [line.version for line in lines],
        "departments": [",".join(line.departments) for line in lines],
        "csv": [line.csv for line in lines],
        "data_inclusion_structures": [line.data_inclusion_structure for line in lines],
        "data_inclusion_services": [line.data_inclusion_services for line in lines],
    }
    await connection.execute(SQL["write_export_lines"], parameters)


async def refresh_files(connection: Connection, departments: Iterable[str]) -> None:
    """Say that the files of these departments changed now."""
    await connection.execute(SQL["refresh_export_files"], {"departments": sorted(departments)})


async def forget(connection: Connection, ids: Sequence[UUID]) -> None:
    """Delete lines whole, and say that the files that held them changed."""
    cursor = await connection.execute(SQL["forget_export_lines"], {"ids": list(ids)})
    await refresh_files(connection, {code for (departments,) in await cursor.fetchall() for code in departments})


async def find_file(connection: Connection, department: str) -> ExportFile | None:
    return await fetch_one(connection, ExportFile, SQL["export_file"], {"department": department})


async def exported_departments(connection: Connection) -> list[ExportedDepartment]:
    """Return the departments that have places to export, by code."""
    return await fetch_all(connection, ExportedDepartment, SQL["export_files"])


def csv_lines(pool: Pool, department: str) -> AsyncIterator[str]:
    return _lines(pool, SQL["csv_lines"], department)


def data_inclusion_structures(pool: Pool, department: str) -> AsyncIterator[str]:
    return _lines(pool, SQL["data_inclusion_structures"], department)


def data_inclusion_services(pool: Pool, department: str) -> AsyncIterator[str]:
    return _lines(pool, SQL["data_inclusion_services"], department)


async def _lines(pool: Pool, query: LiteralString, department: str) -> AsyncIterator[str]:
    """Yield the lines of a department, holding no connection while a slow reader takes them."""
    after = UUID(int=0)
    while True:
        async with pool.connection() as connection:
            cursor = await connection.execute(query, {"department": department, "after": after, "most": LINES_AT_ONCE})
            rows = await cursor.fetchall()
        for _, line in rows:
            yield line
        if len(rows) < LINES_AT_ONCE:
            return
        after = rows[-1][0]
