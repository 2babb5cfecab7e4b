"""Structures, their history and their slugs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from libs.contracts.structure import Structure
from libs.database import Connection, fetch_all
from services.directory.domain.records import Change, FieldVersion, Record
from services.directory.domain.slugs import suffixed
from services.directory.store.queries import SQL

_FIELD_VERSIONS = msgspec.json.Decoder(dict[str, FieldVersion])
_STATE = msgspec.json.Decoder(Structure)


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a change and why, kept in the history: an account id, a moderator's sentence, a contribution."""

    by: str | None = None
    reason: str | None = None
    contribution_id: UUID | None = None


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A past change, as anyone may see it: when, from what, which fields; never who by name."""

    version: int
    at: datetime
    origin: str
    fields: tuple[str, ...]


async def begin_change(connection: Connection) -> datetime:
    """Open a change: return its time (UTC), which whatever it writes must bear."""
    cursor = await connection.execute(SQL["begin_change"])
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 -- the query always answers
    return row[1]


async def lock(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Record]:
    """Return the records of `ids` that exist, locked until the transaction ends.

    All are locked at once, in one order: two transactions that each hold one never wait for the other's.
    """
    cursor = await connection.execute(SQL["lock_structures"], {"ids": list(ids)})
    return {record.structure.id: record for record in map(_record, await cursor.fetchall())}


async def find(connection: Connection, structure_id: UUID) -> Record | None:
    return await _find(connection, SQL["structure_by_id"], {"id": structure_id})


async def find_by_slug(connection: Connection, slug: str) -> Record | None:
    """Return the record that `slug` leads to, by its present or a former slug."""
    return await _find(connection, SQL["structure_by_slug"], {"slug": slug})


async def changed_since(connection: Connection, updated_at: datetime, after: UUID, *, most: int) -> list[Record]:
    """Return up to `most` records that follow (`updated_at`, `after`) in the order of their last change.

    Changes still being written are left for later, so that a reader who goes on from the last one
    returned misses none.
    """
    cursor = await connection.execute(SQL["horizon"])
    row = await cursor.fetchone()
    parameters = {"updated_at": updated_at, "id": after, "horizon": row and row[0], "most": most}
    cursor = await connection.execute(SQL["structures_since"], parameters)
    return [_record(row) for row in await cursor.fetchall()]


async def history(connection: Connection, structure_id: UUID, *, before: int, most: int) -> list[HistoryEntry]:
    """Return the changes of a structure below version `before`, the latest first."""
    return await fetch_all(
        connection, HistoryEntry, SQL["history"], {"id": structure_id, "before": before, "most": most}
    )


async def applied_contributions(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these contributions the history already holds."""
    cursor = await connection.execute(SQL["applied_contributions"], {"ids": list(ids)})
    return {row[0] for row in await cursor.fetchall()}


async def forgotten(connection: Connection, *, size: int) -> AsyncGenerator[list[tuple[Record, str]]]:
    """Yield, `size` at a time, structures whose state the outbox no longer holds, with their last origin.

    For use inside a transaction.
    """
    async with connection.cursor("forgotten") as cursor:
        await cursor.execute(SQL["forgotten_structures"])
        while rows := await cursor.fetchmany(size):
            yield [(_record(row), row[2]) for row in rows]


async def page(
    connection: Connection, *, after: UUID | None, ids: Sequence[UUID] | None, most: int
) -> list[tuple[Record, str]]:
    """Return up to `most` records with their last origins, in the order of ids; with `ids`, of these alone."""
    parameters = {"after": after, "ids": None if ids is None else list(ids), "most": most}
    cursor = await connection.execute(SQL["structures_page"], parameters)
    return [(_record(row), row[2]) for row in await cursor.fetchall()]


async def counts(connection: Connection) -> tuple[int, int]:
    """Return how many structures there are, and how many events were not published yet."""
    [counted] = await (await connection.execute(SQL["counts"])).fetchall()
    return counted


async def free_slugs(connection: Connection, wanted: Mapping[UUID, str]) -> dict[UUID, str]:
    """Return a slug for each structure that wants one: that very one, or, when taken, with a suffix.

    Until the transaction ends nobody else is given any. Structures must be locked before.
    """
    if not wanted:
        return {}
    await connection.execute(SQL["lock_slugs"])
    options = {id: (base, suffixed(base, id)) for id, base in wanted.items()}  # noqa: A001 -- as in the record
    slugs = [slug for pair in options.values() for slug in pair]
    cursor = await connection.execute(SQL["taken_slugs"], {"slugs": slugs})
    owners: dict[str, UUID] = dict(await cursor.fetchall())
    given: dict[UUID, str] = {}
    for structure_id, (base, fallback) in options.items():
        candidates = (base, fallback, f"{fallback}-{structure_id.hex}")
        slug = next(one for one in candidates if owners.get(one, structure_id) == structure_id)
        owners[slug] = structure_id
        given[structure_id] = slug
    return given


async def save(connection: Connection, changes: Sequence[Change], author: Author | None = None) -> None:
    """Write changes of locked or new structures, with their history."""
    created = [change for change in changes if change.is_new]
    revised = [change for change in changes if not change.is_new]
    if created:
        await connection.execute(SQL["insert_structures"], _columns(created))
    if revised:
        await connection.execute(SQL["update_structures"], _columns(revised))
    moved = [change for change in changes if change.former_slug]
    if moved:
        parameters = {
            "slugs": [change.former_slug for change in moved],
            "ids": [change.record.structure.id for change in moved],
        }
        await connection.execute(SQL["keep_former_slugs"], parameters)
        taken_back = [change.record.structure.slug for change in moved]
        await connection.execute(SQL["drop_former_slugs"], {"slugs": taken_back})
    if changes:
        await _keep_history(connection, changes, author or Author())


async def forget_contacts(connection: Connection, structure_id: UUID, field: str, gone: Sequence[str]) -> None:
    """Take internal contacts of a field, such as `phones`, out of the values that the history keeps."""
    if gone:
        await connection.execute(SQL["forget_contacts"], {"id": structure_id, "field": field, "gone": list(gone)})


async def _keep_history(connection: Connection, changes: Sequence[Change], author: Author) -> None:
    parameters = {
        "ids": [change.record.structure.id for change in changes],
        "versions": [change.record.structure.version for change in changes],
        "ats": [change.at for change in changes],
        "origins": [change.origin for change in changes],
        "fields": [_json(change.fields) for change in changes],
        "changes": [_json(change.changes) for change in changes],
        "changed_by": author.by,
        "reason": author.reason,
        "contribution_id": author.contribution_id,
    }
    await connection.execute(SQL["insert_history"], parameters)


def _columns(changes: Sequence[Change]) -> dict[str, list[Any]]:
    structures = [change.record.structure for change in changes]
    return {
        "ids": [structure.id for structure in structures],
        "slugs": [structure.slug for structure in structures],
        "versions": [structure.version for structure in structures],
        "statuses": [structure.status for structure in structures],
        "visibilities": [structure.visibility for structure in structures],
        "names": [structure.name for structure in structures],
        "states": [_json(structure) for structure in structures],
        "field_versions": [_json(change.record.field_versions) for change in changes],
        "ats": [change.at for change in changes],
    }


async def _find(connection: Connection, query: LiteralString, parameters: Mapping[str, Any]) -> Record | None:
    cursor = await connection.execute(query, parameters)
    row = await cursor.fetchone()
    return None if row is None else _record(row)


def _record(row: Sequence[Any]) -> Record:
    return Record(_STATE.decode(row[0]), _FIELD_VERSIONS.decode(row[1]))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
