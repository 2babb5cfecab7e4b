"""What moderators look at before they decide, and after."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from libs.contracts.events import ContributionKind
from libs.contracts.structure import StructureContent
from libs.contracts.validation import N_
from libs.database import Connection
from libs.web import Problem, Viewer
from libs.web.cursors import decode_cursor, encode_cursor
from services.contributions import store
from services.contributions.domain.contribution import (
    Contribution,
    Difference,
    KnownStructure,
    Status,
    differences,
    with_internal,
)
from services.contributions.domain.duplicates import PossibleDuplicate
from services.contributions.domain.journey import Journey, journey_of
from services.contributions.handlers.case import Case, held, structure_of
from services.contributions.handlers.places import settled


class Wanted(msgspec.Struct, kw_only=True, frozen=True):
    """Which contributions a list shows: all of the viewer's where a field is None. `after` is a cursor."""

    statuses: Sequence[Status] | None = None
    department: str | None = None
    kind: ContributionKind | None = None
    after: str | None = None


class Position(msgspec.Struct, frozen=True):
    """Where a page of contributions ended."""

    id: UUID


class Review(msgspec.Struct, kw_only=True, frozen=True):
    """A contribution with all that helps to decide on it.

    `current` is the structure as the directory tells it, None before an addition is applied; `proposed`
    the content that would result, or that was approved. `difference` is, once decided, what was decided on.
    """

    contribution: Contribution
    current: KnownStructure | None
    proposed: StructureContent | None
    difference: tuple[Difference, ...]
    possible_duplicates: tuple[PossibleDuplicate, ...]
    journey: Journey


async def listed(
    connection: Connection, viewer: Viewer, wanted: Wanted, *, most: int
) -> tuple[list[store.Row], str | None]:
    """Return a page of the viewer's contributions, the newest first, and the cursor of the next one.

    Raises:
        Problem: 403 for a department that is not the viewer's, 422 for a cursor that is none.
    """
    if wanted.department is not None and not viewer.covers(wanted.department):
        raise Problem(403, "forbidden", N_("You do not have the right to moderate this department."))
    rows = await store.page_of(
        connection,
        viewer.scope,
        statuses=wanted.statuses,
        department=wanted.department,
        kind=wanted.kind,
        after=decode_cursor(wanted.after, Position).id if wanted.after else None,
        most=most + 1,
    )
    shown = rows[:most]
    return shown, encode_cursor(Position(shown[-1].id)) if len(rows) > most else None


async def review(case: Case) -> Review:
    """Return a contribution ready to be decided on.

    Raises:
        Problem: 403 or 404, as in `held`.
    """
    async with case.pool.connection() as connection:
        contribution = await held(connection, case)
        known = await structure_of(connection, contribution)
        proposed: StructureContent | None = None
        if contribution.kind == "addition" or known is not None:
            current = known.content if known and contribution.kind == "correction" else None
            proposed = settled(current, contribution.content(current))
        found: Sequence[Difference] = () if contribution.is_open else contribution.outcome or ()
        duplicates: list[PossibleDuplicate] = []
        if proposed is not None and contribution.is_open:
            found = differences(contribution, known, proposed)
            changed = {*contribution.proposed, *contribution.edits, *contribution.internal_contacts.fields}
            if contribution.kind == "addition" or {"name", "address", "phones"} & changed:
                duplicates = await store.possible_duplicates(connection, proposed, but=contribution.structure_id)
        return Review(
            contribution=contribution,
            current=known,
            proposed=proposed,
            difference=tuple(with_internal(found, contribution.internal_contacts)),
            possible_duplicates=tuple(duplicates),
            journey=await _journey(connection, contribution),
        )


async def followed(case: Case) -> tuple[Contribution, Journey]:
    """Return a contribution, and how far it has come since it was approved.

    Raises:
        Problem: 403 or 404, as in `held`.
    """
    async with case.pool.connection() as connection:
        contribution = await held(connection, case)
        return contribution, await _journey(connection, contribution)


async def _journey(connection: Connection, contribution: Contribution) -> Journey:
    receipts = await store.receipts_of(connection, contribution.id)
    return journey_of(receipts, wants_answer=contribution.wants_answer)
