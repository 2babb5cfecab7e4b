"""The tables of contributions, and the only place that knows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from libs.bus import Event
from libs.contracts.events import ContributionKind, StructureChanged, StructureWithdrawn
from libs.contracts.patch import Patch
from libs.contracts.structure import StructureContent, department_of
from libs.database import Connection, Queries, rows_as
from services.contributions.domain.contribution import Contribution, Difference, KnownStructure, Status
from services.contributions.domain.duplicates import (
    LEAST_SIMILARITY,
    METRES_PER_DEGREE,
    NEAR,
    Candidate,
    PossibleDuplicate,
    fold,
    rank,
)
from services.contributions.domain.journey import Receipt

SQL = Queries("services.contributions")
T = TypeVar("T")

Scope = list[str] | None
"""The departments that may be read: an argument of every query of staff; None means all."""

MOST_CANDIDATES = 20


def json(value: Any) -> Jsonb:
    """Return any Struct or plain value, ready for a jsonb column."""
    return Jsonb(value, dumps=msgspec.json.encode)


async def _all(connection: Connection, shape: type[T], query: str, parameters: dict[str, Any]) -> list[T]:
    async with connection.cursor(row_factory=rows_as(shape)) as cursor:
        await cursor.execute(SQL[query], parameters)
        return await cursor.fetchall()


async def _one(connection: Connection, shape: type[T], query: str, parameters: dict[str, Any]) -> T | None:
    found = await _all(connection, shape, query, parameters)
    return found[0] if found else None


# structures --------------------------------------------------------------------------------------------


async def project(connection: Connection, events: Sequence[Event[StructureChanged]]) -> None:
    """Take over the state that events carry, where it is newer than what is held."""
    newest: dict[UUID, StructureChanged] = {}
    for event in events:
        held = newest.get(event.data.structure.id)
        if held is None or held.structure.version < event.data.structure.version:
            newest[event.data.structure.id] = event.data
    changes = list(newest.values())
    structures = [change.structure for change in changes]
    await connection.execute(
        SQL["project_structures"],
        {
            "ids": [structure.id for structure in structures],
            "slugs": [structure.slug for structure in structures],
            "versions": [structure.version for structure in structures],
            "names": [structure.name for structure in structures],
            "folded_names": [fold(structure.name) for structure in structures],
            "cities": [structure.address.city for structure in structures],
            "folded_cities": [fold(structure.address.city) or None for structure in structures],
            "departments": [department_of(structure) for structure in structures],
            "latitudes": [structure.address.latitude for structure in structures],
            "longitudes": [structure.address.longitude for structure in structures],
            "phones": [json([phone.number for phone in structure.phones]) for structure in structures],
            "states": [json(structure) for structure in structures],
            "field_versions": [json(change.field_versions) for change in changes],
        },
    )


async def withdraw(connection: Connection, data: StructureWithdrawn) -> None:
    await connection.execute(
        SQL["withdraw_structure"],
        {
            "id": data.structure_id,
            "version": data.version,
            "department": next(iter(data.departments), None),
            "replaced_by": data.replaced_by,
        },
    )


async def structure_by_id(connection: Connection, structure_id: UUID) -> KnownStructure | None:
    """Return a structure, withdrawn ones included."""
    return await _one(connection, KnownStructure, "structure_by_id", {"id": structure_id})


async def structure_by_slug(connection: Connection, slug: str) -> KnownStructure | None:
    """Return the structure at an address, withdrawn ones included."""
    return await _one(connection, KnownStructure, "structure_by_slug", {"slug": slug})


async def possible_duplicates(
    connection: Connection, content: StructureContent, *, but: UUID | None
) -> list[PossibleDuplicate]:
    """Return known structures that may be the same as `content`, other than the structure `but`."""
    latitude, longitude = content.address.latitude, content.address.longitude
    box: dict[str, float | None] = dict.fromkeys(("south", "north", "west", "east"))
    if latitude is not None and longitude is not None:
        high = NEAR / METRES_PER_DEGREE
        wide = high / max(math.cos(math.radians(latitude)), 0.1)
        box = {
            "south": latitude - high,
            "north": latitude + high,
            "west": longitude - wide,
            "east": longitude + wide,
        }
    parameters = {
        "phones": [phone.number for phone in content.phones],
        "folded_name": fold(content.name),
        "folded_city": fold(content.address.city) or None,
        "least_similarity": LEAST_SIMILARITY,
        "except": but,
        "most": MOST_CANDIDATES,
        **box,
    }
    return rank(content, await _all(connection, Candidate, "duplicate_candidates", parameters))


# contributions -----------------------------------------------------------------------------------------


class Row(msgspec.Struct, kw_only=True, frozen=True):
    """A contribution in a list. `proposed` holds the fields it sets."""

    id: UUID
    kind: ContributionKind
    status: Status
    name: str
    departments: tuple[str, ...]
    structure_id: UUID | None
    proposed: Patch
    has_comment: bool
    submitted_at: datetime
    decided_at: datetime | None
    decided_by_name: str | None


class PublicStatus(msgspec.Struct, kw_only=True, frozen=True):
    """What anybody may know of a contribution. `slug` is its structure's, once it exists."""

    id: UUID
    kind: ContributionKind
    status: Status
    name: str
    submitted_at: datetime
    decided_at: datetime | None
    wants_answer: bool
    slug: str | None


class _Count(msgspec.Struct):
    status: Status
    count: int


class _Department(msgspec.Struct):
    department: str


class _Claim(msgspec.Struct):
    contribution_id: UUID
    body_hash: bytes


async def insert(connection: Connection, contribution: Contribution) -> None:
    row = msgspec.structs.asdict(contribution)
    row |= {"proposed": json(row["proposed"]), "base": json(row["base"]), "departments": list(row["departments"])}
    await connection.execute(SQL["insert_contribution"], row)


async def find(connection: Connection, contribution_id: UUID, scope: Scope) -> Contribution | None:
    """Return a contribution of the departments in `scope`."""
    return await _one(connection, Contribution, "find_contribution", {"id": contribution_id, "departments": scope})


async def lock(connection: Connection, contribution_id: UUID, scope: Scope) -> Contribution | None:
    """Return a contribution of the departments in `scope`, held until the end of the transaction."""
    return await _one(connection, Contribution, "lock_contribution", {"id": contribution_id, "departments": scope})


async def exists(connection: Connection, contribution_id: UUID) -> bool:
    cursor = await connection.execute(SQL["contribution_exists"], {"id": contribution_id})
    row = await cursor.fetchone()
    return bool(row and row[0])


async def public_status(connection: Connection, contribution_id: UUID) -> PublicStatus | None:
    return await _one(connection, PublicStatus, "public_status", {"id": contribution_id})


async def page_of(
    connection: Connection,
    scope: Scope,
    *,
    statuses: Sequence[Status] | None,
    department: str | None,
    kind: ContributionKind | None,
    after: UUID | None,
    most: int,
) -> list[Row]:
    """Return contributions of the departments in `scope`, the newest first, from after the one named."""
    parameters = {
        "departments": scope,
        "statuses": None if statuses is None else list(statuses),
        "department": department,
        "kind": kind,
        "after": after,
        "most": most,
    }
    return await _all(connection, Row, "list_contributions", parameters)


async def counts(
    connection: Connection, scope: Scope, *, department: str | None, kind: ContributionKind | None
) -> dict[Status, int]:
    """Return how many contributions of the departments in `scope` have each status."""
    parameters = {"departments": scope, "department": department, "kind": kind}
    return {row.status: row.count for row in await _all(connection, _Count, "count_by_status", parameters)}


async def departments_seen(connection: Connection, scope: Scope) -> list[str]:
    """Return the departments in `scope` that contributions came from."""
    rows = await _all(connection, _Department, "departments_seen", {"departments": scope})
    return [row.department for row in rows]


async def record_decision(
    connection: Connection,
    contribution_id: UUID,
    *,
    status: Status,
    structure_id: UUID | None,
    decided_at: datetime,
    decided_by: str,
    decided_by_name: str,
    reason: str | None,
    edits: Patch,
    outcome: Sequence[Difference],
) -> None:
    parameters = {
        "id": contribution_id,
        "status": status,
        "structure_id": structure_id,
        "decided_at": decided_at,
        "decided_by": decided_by,
        "decided_by_name": decided_by_name,
        "reason": reason,
        "edits": json(edits),
        "outcome": json(outcome),
    }
    await connection.execute(SQL["record_decision"], parameters)


async def rebase(
    connection: Connection,
    contribution_id: UUID,
    *,
    proposed: Patch,
    base: dict[str, Any],
    based_on_version: int,
    departments: Sequence[str],
) -> None:
    """Anchor a correction on another version of its structure; it waits for a decision again."""
    parameters = {
        "id": contribution_id,
        "proposed": json(proposed),
        "base": json(base),
        "based_on_version": based_on_version,
        "departments": list(departments),
    }
    await connection.execute(SQL["rebase_contribution"], parameters)


async def mark_applied(connection: Connection, contribution_ids: Sequence[UUID]) -> None:
    await connection.execute(SQL["mark_applied"], {"ids": list(contribution_ids)})


async def mark_conflicted(connection: Connection, contribution_id: UUID, fields: Sequence[str]) -> None:
    await connection.execute(SQL["mark_conflicted"], {"id": contribution_id, "fields": list(fields)})


async def forget_contacts(connection: Connection) -> None:
    """Drop the contact of contributions decided long ago."""
    await connection.execute(SQL["forget_contacts"])


# journeys ----------------------------------------------------------------------------------------------


async def add_receipts(connection: Connection, receipts: Sequence[tuple[UUID, UUID, Receipt]]) -> None:
    """Keep receipts, as (contribution, event, receipt); those of unknown contributions are left out."""
    if not receipts:
        return
    await connection.execute(
        SQL["insert_steps"],
        {
            "contribution_ids": [contribution for contribution, _, _ in receipts],
            "event_ids": [event for _, event, _ in receipts],
            "services": [receipt.service for _, _, receipt in receipts],
            "steps": [receipt.step for _, _, receipt in receipts],
            "times": [receipt.at for _, _, receipt in receipts],
            "details": [json(receipt.detail) for _, _, receipt in receipts],
        },
    )


async def receipts_of(connection: Connection, contribution_id: UUID) -> list[Receipt]:
    return await _all(connection, Receipt, "steps_of", {"id": contribution_id})


# submissions -------------------------------------------------------------------------------------------


async def claim_key(
    connection: Connection, key: str, contribution_id: UUID, body_hash: bytes
) -> tuple[UUID, bytes] | None:
    """Tie an idempotency key to a contribution; return what it was tied to before, or None."""
    parameters = {"key": key, "contribution_id": contribution_id, "body_hash": body_hash}
    cursor = await connection.execute(SQL["claim_key"], parameters)
    if cursor.rowcount:
        return None
    claim = await _one(connection, _Claim, "claimed_key", {"key": key})
    return (claim.contribution_id, claim.body_hash) if claim else None


async def salt_of(connection: Connection, day: date, new: bytes) -> bytes:
    """Return the salt of a day, `new` where it had none."""
    await connection.execute(SQL["make_salt"], {"day": day, "salt": new})
    cursor = await connection.execute(SQL["salt_of_day"], {"day": day})
    row = await cursor.fetchone()
    return bytes(row[0]) if row else new


async def count_submission(connection: Connection, hour: datetime, sender: bytes) -> int:
    """Count one more submission of `sender` in `hour`; return how many there are."""
    cursor = await connection.execute(SQL["count_submission"], {"hour": hour, "sender": sender})
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def forget_senders(connection: Connection) -> None:
    """Drop the counts, salts and idempotency keys that no longer serve."""
    await connection.execute(SQL["forget_senders"])
