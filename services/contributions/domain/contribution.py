"""A contribution, the structure it is about, and what deciding on it means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from libs.contracts.events import ContributionKind
from libs.contracts.patch import Patch, apply_patch, to_json
from libs.contracts.structure import CONTENT_FIELDS, Structure, StructureContent, content_of

Status = Literal["pending", "approved", "applied", "rejected", "conflicted"]
OPEN: tuple[Status, ...] = ("pending", "conflicted")
"""The statuses that wait for a decision."""


class Difference(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What a proposal changes in one field.

    `before` is the directory's value, `after` the proposed one. In a conflict the field changed since the
    proposer saw it, and `base` is what they saw.
    """

    field: str
    before: Any
    after: Any
    conflict: bool = False
    base: Any = None


class KnownStructure(msgspec.Struct, kw_only=True, frozen=True):
    """A structure as the directory last told it. `field_versions`: at which version each field last changed."""

    id: UUID
    slug: str
    version: int
    state: Structure
    field_versions: dict[str, int]
    withdrawn: bool = False
    replaced_by: UUID | None = None

    @property
    def content(self) -> StructureContent:
        return content_of(self.state)


class Contribution(msgspec.Struct, kw_only=True, frozen=True):
    """A proposal. `proposed` is a whole content (addition) or a merge patch on the structure's (correction).

    `base` holds, by field, what the structure said when the correction was made. `outcome` is the
    difference as it was decided on, `conflicts` the fields for which the directory refused an approval. Moderators
    of any of `departments` decide on it. `traceparent` is where the trace of its submission goes on.
    """

    id: UUID
    kind: ContributionKind
    status: Status
    structure_id: UUID | None
    based_on_version: int
    proposed: Patch
    base: dict[str, Any]
    name: str
    departments: tuple[str, ...]
    contact_email: str | None
    contact_name: str | None
    contact_role: str | None
    contact_language: str
    wants_answer: bool
    comment: str | None
    submitted_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    decided_by_name: str | None = None
    reason: str | None = None
    edits: Patch = {}
    outcome: tuple[Difference, ...] | None = None
    conflicts: tuple[str, ...] = ()
    traceparent: str | None = None

    @property
    def department(self) -> str | None:
        """The first of its departments."""
        return self.departments[0] if self.departments else None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def content(self, current: StructureContent | None) -> StructureContent:
        """Return the content that would result, from the structure's present one for a correction."""
        if self.kind == "addition" or current is None:
            return msgspec.convert(self.proposed, StructureContent)
        return apply_patch(current, self.proposed)


def differences(contribution: Contribution, known: KnownStructure | None, after: StructureContent) -> list[Difference]:
    """Return what changes, field by field, in the order forms show them.

    A field conflicts when it changed after the version the proposal was based on, to something else.
    """
    if known is None or contribution.kind == "addition":
        empty = to_json(StructureContent(name=""))
        new = to_json(after)
        return [Difference(field=f, before=None, after=new[f]) for f in CONTENT_FIELDS if new[f] != empty[f]]
    old, new = to_json(known.content), to_json(after)
    found: list[Difference] = []
    for field in CONTENT_FIELDS:
        if old[field] == new[field]:
            continue
        conflict = field in contribution.proposed and (
            known.field_versions.get(field, 0) > contribution.based_on_version
        )
        base = contribution.base.get(field) if conflict else None
        found.append(Difference(field=field, before=old[field], after=new[field], conflict=conflict, base=base))
    return found


def rebased(
    contribution: Contribution, known: KnownStructure, keep: Sequence[str] | None
) -> tuple[Patch, dict[str, Any]]:
    """Return the patch and the base of a correction anchored on the structure's present version.

    Fields in conflict keep the proposer's value when named in `keep` (None: all of them), else the present
    one. Fields that say what the structure says already are left out.
    """
    proposal = contribution.content(known.content)
    old = to_json(known.content)
    kept = [
        difference.field
        for difference in differences(contribution, known, proposal)
        if not difference.conflict or keep is None or difference.field in keep
    ]
    return {field: contribution.proposed[field] for field in kept}, {field: old[field] for field in kept}
