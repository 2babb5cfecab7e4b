"""Contributions, and what was decided on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from libs.contracts.contacts import InternalContacts
from libs.contracts.events import ContributionKind
from libs.contracts.patch import Patch
from libs.database import Connection, fetch_all, fetch_one
from services.contributions.domain.contribution import Contribution, Difference, Status
from services.contributions.store.rows import SQL, Scope, json


class Row(msgspec.Struct, kw_only=True, frozen=True):
    """A contribution in a list."""

    id: UUID
    kind: ContributionKind
    status: Status
    name: str
    departments: tuple[str, ...]
    structure_id: UUID | None
    proposed: Patch
    internal_contacts: InternalContacts
    has_comment: bool
    submitted_at: datetime
    decided_at: datetime | None
    decided_by_name: str | None

    @property
    def fields(self) -> set[str]:
        """The fields that it sets, or adds internal contacts to."""
        return {*self.proposed, *self.internal_contacts.fields}


class PublicStatus(msgspec.Struct, kw_only=True, frozen=True):
    """What anybody may know of a contribution. `slug` is its structure's, once it exists.

    `opening_hours` are those proposed, in OSM syntax: people see whether their words were understood.
    """

    id: UUID
    kind: ContributionKind
    status: Status
    name: str
    submitted_at: datetime
    decided_at: datetime | None
    wants_answer: bool
    opening_hours: str | None
    slug: str | None


class _Count(msgspec.Struct):
    status: Status
    count: int


class _Department(msgspec.Struct):
    department: str


class _Outcome(msgspec.Struct):
    outcome: tuple[Difference, ...]


async def insert(connection: Connection, contribution: Contribution) -> None:
    row = msgspec.structs.asdict(contribution)
    row |= {name: json(row[name]) for name in ("proposed", "internal_contacts", "base")}
    row |= {"departments": list(row["departments"])}
    await connection.execute(SQL["insert_contribution"], row)


async def find(connection: Connection, contribution_id: UUID, scope: Scope) -> Contribution | None:
    """Return a contribution of the departments in `scope`."""
    return await fetch_one(
        connection, Contribution, SQL["find_contribution"], {"id": contribution_id, "departments": scope}
    )


async def lock(connection: Connection, contribution_id: UUID, scope: Scope) -> Contribution | None:
    """Return a contribution of the departments in `scope`, held until the end of the transaction."""
    return await fetch_one(
        connection, Contribution, SQL["lock_contribution"], {"id": contribution_id, "departments": scope}
    )


async def exists(connection: Connection, contribution_id: UUID) -> bool:
    cursor = await connection.execute(SQL["contribution_exists"], {"id": contribution_id})
    row = await cursor.fetchone()
    return bool(row and row[0])


async def public_status(connection: Connection, contribution_id: UUID) -> PublicStatus | None:
    return await fetch_one(connection, PublicStatus, SQL["public_status"], {"id": contribution_id})


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
    return await fetch_all(connection, Row, SQL["list_contributions"], parameters)


async def counts(
    connection: Connection, scope: Scope, *, department: str | None, kind: ContributionKind | None
) -> dict[Status, int]:
    """Return how many contributions of the departments in `scope` have each status."""
    parameters = {"departments": scope, "department": department, "kind": kind}
    return {row.status: row.count for row in await fetch_all(connection, _Count, SQL["count_by_status"], parameters)}


async def departments_seen(connection: Connection, scope: Scope) -> list[str]:
    """Return the departments in `scope` that contributions came from."""
    rows = await fetch_all(connection, _Department, SQL["departments_seen"], {"departments": scope})
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
    internal_contacts: InternalContacts,
    outcome: Sequence[Difference],
    departments: Sequence[str],
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
        "internal_contacts": json(internal_contacts),
        "outcome": json(outcome),
        "departments": list(departments),
    }
    await connection.execute(SQL["record_decision"], parameters)


async def rebase(
    connection: Connection,
    contribution_id: UUID,
    *,
    proposed: Patch,
    edits: Patch,
    base: dict[str, Any],
    based_on_version: int,
    departments: Sequence[str],
) -> None:
    """Anchor a correction on another version of its structure; it waits for a decision again."""
    parameters = {
        "id": contribution_id,
        "proposed": json(proposed),
        "edits": json(edits),
        "base": json(base),
        "based_on_version": based_on_version,
        "departments": list(departments),
    }
    await connection.execute(SQL["rebase_contribution"], parameters)


async def under_way(connection: Connection, structure_id: UUID) -> list[Difference]:
    """Return what approved corrections change of a structure that the directory has not yet said to be applied."""
    parameters = {"structure_id": structure_id}
    rows = await fetch_all(connection, _Outcome, SQL["outcomes_under_way"], parameters)
    return [item for row in rows for item in row.outcome]


async def mark_applied(connection: Connection, contribution_ids: Sequence[UUID]) -> None:
    await connection.execute(SQL["mark_applied"], {"ids": list(contribution_ids)})


async def mark_conflicted(connection: Connection, contribution_id: UUID, fields: Sequence[str]) -> None:
    await connection.execute(SQL["mark_conflicted"], {"id": contribution_id, "fields": list(fields)})


async def forget_contacts(connection: Connection) -> None:
    """Drop the contact and the internal contacts of contributions decided long ago."""
    await connection.execute(SQL["forget_contacts"])
