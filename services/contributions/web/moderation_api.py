"""The API of moderators: what waits, what would change, and the decision."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from libs.bus import Sealer
from libs.contracts.events import ContributionKind
from libs.contracts.patch import Patch
from libs.contracts.structure import Structure, StructureContent
from libs.contracts.validation import N_
from libs.database import Pool
from libs.web import Problem, Viewer, require
from libs.web.cursors import decode_cursor, encode_cursor
from libs.web.documentation import problem
from services.contributions import store
from services.contributions.domain.contribution import Difference, Status
from services.contributions.domain.duplicates import PossibleDuplicate
from services.contributions.domain.intake import ProposedContact
from services.contributions.domain.journey import Step
from services.contributions.handlers import decision, reading

PREFIX = "/api/v1/moderation/contributions"
PRIVATE = {"Cache-Control": "private, no-store"}
MOST = 200

NOT_YOURS = problem("The contribution is of a department that the caller has no right on; nothing of it is shown.")
UNKNOWN = problem("There is no such contribution.")
SIGN_IN = problem("No credential came with the request.")


class Position(msgspec.Struct, frozen=True):
    """Where a page of contributions ended."""

    id: UUID


class ContributionRow(msgspec.Struct, kw_only=True, frozen=True):
    """A contribution in a list. `fields` are those it changes; `department` is the first of `departments`."""

    id: UUID
    kind: ContributionKind
    status: Status
    name: str
    department: str | None
    departments: list[str]
    structure_id: UUID | None
    fields: list[str]
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str | None


class ContributionPage(msgspec.Struct, kw_only=True, frozen=True):
    """Contributions, the newest first. `next` is null at the end."""

    items: list[ContributionRow]
    next: str | None


class ContributionFacts(msgspec.Struct, kw_only=True, frozen=True):
    """A contribution as it was made, and what was decided. `contact` is personal: for moderators only."""

    id: UUID
    kind: ContributionKind
    status: Status
    name: str
    department: str | None
    departments: list[str]
    structure_id: UUID | None
    based_on_version: int
    proposed: Patch
    contact: ProposedContact | None
    comment: str | None
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    edits: Patch
    conflicts: list[str]


class ContributionDetail(msgspec.Struct, kw_only=True, frozen=True):
    """A contribution with all that helps to decide.

    `current` is the structure now (null for an addition), `proposed` the content that would result. In
    `difference`, `before` is the value now; with `conflict` it changed since the proposer saw `base`.
    """

    contribution: ContributionFacts
    current: Structure | None
    proposed: StructureContent | None
    difference: list[Difference]
    possible_duplicates: list[PossibleDuplicate]


class Approval(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An approval. `edits` is a merge patch on the content that is proposed.

    `seen_version` is the structure's version that the edits were made from; the present one when absent.
    """

    edits: dict[str, Any] = {}
    reason: str | None = None
    seen_version: int | None = None


class Rejection(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A refusal; the contributor reads the reason."""

    reason: str


class Rebase(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Of the fields in conflict, those that keep the proposer's value; all of them when null."""

    fields: list[str] | None = None


class JourneyReport(msgspec.Struct, kw_only=True, frozen=True):
    """The steps of an approved change; `complete` once each was reached or tried.

    They are `approved`, `applied`, `indexed`, `exported`, `webhooks` and `contributor_notified`. A `state` is
    `done`, `under_way` (some webhooks have not been tried yet), `failed`, or `not_asked` (the contributor left
    no address). What failed may be tried again, at `next_attempt_at`, also when the journey is complete: once
    that succeeds the state is `done`. Of `webhooks`, `failed` counts the deliveries whose last attempt failed,
    `retrying` those of them that will be tried again.
    """

    steps: list[Step]
    complete: bool


def must_cover(viewer: Viewer, department: str | None) -> None:
    """Refuse a department that is not the viewer's.

    Raises:
        Problem: 403.
    """
    if department is not None and not viewer.covers(department):
        raise Problem(403, "forbidden", N_("You do not have the right to moderate this department."))


def facts(contribution: store.Contribution) -> ContributionFacts:
    contact = ProposedContact(
        email=contribution.contact_email, name=contribution.contact_name, role=contribution.contact_role
    )
    return ContributionFacts(
        id=contribution.id,
        kind=contribution.kind,
        status=contribution.status,
        name=contribution.name,
        department=contribution.department,
        departments=list(contribution.departments),
        structure_id=contribution.structure_id,
        based_on_version=contribution.based_on_version,
        proposed=contribution.proposed,
        contact=contact if contact != ProposedContact() else None,
        comment=contribution.comment,
        submitted_at=contribution.submitted_at,
        decided_at=contribution.decided_at,
        decided_by=contribution.decided_by_name,
        reason=contribution.reason,
        edits=contribution.edits,
        conflicts=list(contribution.conflicts),
    )


async def detail(pool: Pool, contribution_id: UUID, viewer: Viewer) -> Response[ContributionDetail]:
    async with pool.connection() as connection:
        review = await reading.review(connection, contribution_id, viewer)
    body = ContributionDetail(
        contribution=facts(review.contribution),
        current=review.current.state if review.current else None,
        proposed=review.proposed,
        difference=list(review.difference),
        possible_duplicates=list(review.possible_duplicates),
    )
    return Response(body, headers=PRIVATE)


@get(PREFIX, tags=["moderation"], guards=[require("moderator")], responses={401: SIGN_IN, 403: NOT_YOURS})
async def list_contributions(
    *,
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    status: FromQuery[Status | None] = None,
    department: FromQuery[str | None] = None,
    kind: FromQuery[ContributionKind | None] = None,
    after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MOST)] = 50,
) -> Response[ContributionPage]:
    """Contributions of the caller's departments, the newest first, page by page.

    `after` is the `next` of the page before. 403 for a department that is not the caller's.
    """
    must_cover(viewer, department)
    position = decode_cursor(after, Position).id if after else None
    async with pool.connection() as connection:
        rows = await store.page_of(
            connection,
            viewer.scope,
            statuses=[status] if status else None,
            department=department,
            kind=kind,
            after=position,
            most=limit + 1,
        )
    shown = rows[:limit]
    items = [
        ContributionRow(
            id=row.id,
            kind=row.kind,
            status=row.status,
            name=row.name,
            department=next(iter(row.departments), None),
            departments=list(row.departments),
            structure_id=row.structure_id,
            fields=sorted(row.proposed),
            submitted_at=row.submitted_at,
            decided_at=row.decided_at,
            decided_by=row.decided_by_name,
        )
        for row in shown
    ]
    following = encode_cursor(Position(shown[-1].id)) if len(rows) > limit else None
    return Response(ContributionPage(items=items, next=following), headers=PRIVATE)


@get(
    f"{PREFIX}/{{contribution_id:uuid}}",
    tags=["moderation"],
    guards=[require("moderator")],
    responses={401: SIGN_IN, 403: NOT_YOURS, 404: UNKNOWN},
)
async def read_contribution(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], contribution_id: FromPath[UUID]
) -> Response[ContributionDetail]:
    """A contribution: the structure now, what would result, the difference, and possible duplicates."""
    return await detail(pool, contribution_id, viewer)


@post(
    f"{PREFIX}/{{contribution_id:uuid}}/approve",
    status_code=200,
    tags=["moderation"],
    guards=[require("moderator")],
    responses={
        401: SIGN_IN,
        403: NOT_YOURS,
        404: UNKNOWN,
        409: problem(
            "Somebody decided already (`decision` says who and when), or fields changed since the proposal "
            "(`conflicts`: field, current, proposed). Nothing was done."
        ),
        422: problem("The edits or the reason break rules, or nothing would change."),
    },
)
async def approve_contribution(
    pool: NamedDependency[Pool],
    sealer: NamedDependency[Sealer],
    viewer: NamedDependency[Viewer],
    contribution_id: FromPath[UUID],
    data: JSONBody[Approval | None] = None,
) -> Response[ContributionDetail]:
    """Approve a contribution, perhaps after edits. The directory applies it; the journey says when."""
    approval = data or Approval()
    await decision.approve(
        pool,
        sealer,
        contribution_id,
        viewer,
        edits=approval.edits,
        reason=approval.reason,
        seen_version=approval.seen_version,
    )
    return await detail(pool, contribution_id, viewer)


@post(
    f"{PREFIX}/{{contribution_id:uuid}}/reject",
    status_code=200,
    tags=["moderation"],
    guards=[require("moderator")],
    responses={
        401: SIGN_IN,
        403: NOT_YOURS,
        404: UNKNOWN,
        409: problem("Somebody decided already; `decision` says who and when."),
        422: problem("The reason is missing, or breaks rules."),
    },
)
async def reject_contribution(
    pool: NamedDependency[Pool],
    sealer: NamedDependency[Sealer],
    viewer: NamedDependency[Viewer],
    contribution_id: FromPath[UUID],
    data: JSONBody[Rejection],
) -> Response[ContributionDetail]:
    """Refuse a contribution, saying why."""
    await decision.reject(pool, sealer, contribution_id, viewer, reason=data.reason)
    return await detail(pool, contribution_id, viewer)


@post(
    f"{PREFIX}/{{contribution_id:uuid}}/rebase",
    status_code=200,
    tags=["moderation"],
    guards=[require("moderator")],
    responses={
        401: SIGN_IN,
        403: NOT_YOURS,
        404: UNKNOWN,
        409: problem("Somebody decided already, or the structure was withdrawn."),
        422: problem("A field that the correction does not change, an addition, or nothing would be left."),
    },
)
async def rebase_contribution(
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    contribution_id: FromPath[UUID],
    data: JSONBody[Rebase | None] = None,
) -> Response[ContributionDetail]:
    """Anchor a correction in conflict on the present version of its structure; it waits for a decision again."""
    await decision.rebase(pool, contribution_id, viewer, fields=data.fields if data else None)
    return await detail(pool, contribution_id, viewer)


@get(
    f"{PREFIX}/{{contribution_id:uuid}}/journey",
    tags=["moderation"],
    guards=[require("moderator")],
    responses={401: SIGN_IN, 403: NOT_YOURS, 404: UNKNOWN},
)
async def read_journey(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], contribution_id: FromPath[UUID]
) -> Response[JourneyReport]:
    """How far an approved contribution has come; no step before it is approved."""
    async with pool.connection() as connection:
        _, journey = await reading.journey(connection, contribution_id, viewer)
    return Response(JourneyReport(steps=list(journey.steps), complete=journey.complete), headers=PRIVATE)


HANDLERS = (
    list_contributions,
    read_contribution,
    approve_contribution,
    reject_contribution,
    rebase_contribution,
    read_journey,
)
