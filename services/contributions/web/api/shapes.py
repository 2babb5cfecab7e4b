"""What moderators read and write by the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from libs.contracts.contacts import InternalContacts
from libs.contracts.events import ContributionKind
from libs.contracts.patch import Patch
from libs.contracts.structure import Structure, StructureContent
from services.contributions import store
from services.contributions.domain.contribution import Contribution, Difference, Status
from services.contributions.domain.duplicates import PossibleDuplicate
from services.contributions.domain.intake import ProposedContact
from services.contributions.domain.journey import Step
from services.contributions.handlers.reading import Review


class _Contribution(msgspec.Struct, kw_only=True, frozen=True):
    id: UUID
    kind: ContributionKind
    status: Status
    name: str
    department: str | None
    departments: list[str]
    structure_id: UUID | None
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str | None


class ContributionRow(_Contribution, kw_only=True, frozen=True):
    """A contribution in a list. `fields` are those it changes; `department` is the first of `departments`."""

    fields: list[str]


class ContributionPage(msgspec.Struct, kw_only=True, frozen=True):
    """Contributions, the newest first. `next` is null at the end."""

    items: list[ContributionRow]
    next: str | None


class ContributionFacts(_Contribution, kw_only=True, frozen=True):
    """A contribution as it was made, and what was decided.

    `contact` is personal, and `internal_contacts` are not published: both are for moderators only. `proposed` and
    `edits` hold none of these; once decided, `internal_contacts` are those that were approved.
    """

    based_on_version: int
    proposed: Patch
    internal_contacts: InternalContacts
    contact: ProposedContact | None
    comment: str | None
    reason: str | None
    edits: Patch
    conflicts: list[str]


class ContributionDetail(msgspec.Struct, kw_only=True, frozen=True):
    """A contribution with all that helps to decide.

    `current` is the structure now (null for an addition), `proposed` the content that would result. In
    `difference`, `before` is the value now; with `conflict` it changed since the proposer saw `base`; with
    `internal` it is about contacts that are not published, which would be added to those that the directory holds.
    """

    contribution: ContributionFacts
    current: Structure | None
    proposed: StructureContent | None
    difference: list[Difference]
    possible_duplicates: list[PossibleDuplicate]


class Approval(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An approval. `edits` is a merge patch on the content that is proposed, internal contacts included.

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


def row_of(row: store.Row) -> ContributionRow:
    """Return a contribution as lists show it."""
    return ContributionRow(**_common(row), fields=sorted(row.fields))


def detail_of(review: Review) -> ContributionDetail:
    """Return a contribution with all that helps to decide."""
    return ContributionDetail(
        contribution=_facts(review.contribution),
        current=review.current.state if review.current else None,
        proposed=review.proposed,
        difference=list(review.difference),
        possible_duplicates=list(review.possible_duplicates),
    )


def _facts(contribution: Contribution) -> ContributionFacts:
    contact = ProposedContact(
        email=contribution.contact_email, name=contribution.contact_name, role=contribution.contact_role
    )
    return ContributionFacts(
        **_common(contribution),
        based_on_version=contribution.based_on_version,
        proposed=contribution.proposed,
        internal_contacts=contribution.internal_contacts,
        contact=contact if contact != ProposedContact() else None,
        comment=contribution.comment,
        reason=contribution.reason,
        edits=contribution.edits,
        conflicts=list(contribution.conflicts),
    )


def _common(contribution: store.Row | Contribution) -> dict[str, Any]:
    return {
        "id": contribution.id,
        "kind": contribution.kind,
        "status": contribution.status,
        "name": contribution.name,
        "department": next(iter(contribution.departments), None),
        "departments": list(contribution.departments),
        "structure_id": contribution.structure_id,
        "submitted_at": contribution.submitted_at,
        "decided_at": contribution.decided_at,
        "decided_by": contribution.decided_by_name,
    }
