"""What sources said, and the runs that imported it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec

from libs.contracts.structure import CONTENT_FIELDS, StructureContent
from libs.database import Connection, fetch_all
from services.directory.domain.records import BY_HAND, NO_CONTENT
from services.directory.store.queries import SQL

_CONTENT = msgspec.json.Decoder(StructureContent)


class KnownRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a source that was imported before: its structure, and whether people changed that since."""

    external_id: str
    structure_id: UUID
    content_hash: str
    touched_by_hand: bool


class SaidRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of a structure, to compare with the next time."""

    external_id: str
    structure_id: UUID
    content_hash: str
    content: StructureContent


class AbsentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row imported before that a newer file no longer has; its structure stays."""

    external_id: str
    structure_id: UUID
    slug: str
    name: str


@asynccontextmanager
async def import_lock(connection: Connection, source: str) -> AsyncGenerator[bool]:
    """Hold the right to import `source`; yields False when another session holds it."""
    cursor = await connection.execute(SQL["try_import_lock"], {"source": source})
    row = await cursor.fetchone()
    held = row is not None and bool(row[0])
    try:
        yield held
    finally:
        if held and not connection.closed:
            await connection.execute(SQL["release_import_lock"], {"source": source})


async def start_run(connection: Connection, run_id: UUID, source: str) -> None:
    await connection.execute(SQL["start_import"], {"id": run_id, "source": source})


async def finish_run(connection: Connection, run_id: UUID, report: msgspec.Struct) -> None:
    text = msgspec.json.encode(report).decode()
    await connection.execute(SQL["finish_import"], {"id": run_id, "report": text})


async def known_rows(connection: Connection, source: str, external_ids: Iterable[str]) -> dict[str, KnownRow]:
    parameters = {"source": source, "external_ids": list(external_ids), "by_hand": sorted(BY_HAND)}
    rows = await fetch_all(connection, KnownRow, SQL["known_rows"], parameters)
    return {row.external_id: row for row in rows}


async def last_said(connection: Connection, source: str, external_ids: Iterable[str]) -> dict[str, StructureContent]:
    """Return what the source last said of each of these rows."""
    cursor = await connection.execute(SQL["last_said"], {"source": source, "external_ids": list(external_ids)})
    return {external_id: _CONTENT.decode(text) for external_id, text in await cursor.fetchall()}


async def keep_said(connection: Connection, source: str, rows: Sequence[SaidRow]) -> None:
    parameters = {
        "source": source,
        "external_ids": [row.external_id for row in rows],
        "structure_ids": [row.structure_id for row in rows],
        "content_hashes": [row.content_hash for row in rows],
        "contents": [msgspec.json.encode(_said(row.content)).decode() for row in rows],
    }
    await connection.execute(SQL["keep_said"], parameters)


async def absent_rows(connection: Connection, source: str, seen: Iterable[str]) -> list[AbsentRow]:
    """Return the rows of a source that are not among those `seen`, except of places closed for good."""
    return await fetch_all(connection, AbsentRow, SQL["absent_rows"], {"source": source, "seen": list(seen)})


def _said(content: StructureContent) -> dict[str, Any]:
    """Return the fields that are not at their default: sources leave most of them unsaid."""
    fields = ((name, getattr(content, name)) for name in CONTENT_FIELDS)
    return {name: value for name, value in fields if value != getattr(NO_CONTENT, name)}
