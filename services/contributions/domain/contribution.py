"""A contribution, the structure it is about, and what deciding on it means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from libs.contracts.contacts import InternalContacts, with_internal_contacts
from libs.contracts.events import ContributionKind
from libs.contracts.patch import Patch, apply_patch, to_json
from libs.contracts.structure import CONTENT_FIELDS, Structure, StructureContent, content_of, public_part

Status = Literal["pending", "approved", "applied", "rejected", "conflicted"]
OPEN: tuple[Status, ...] = ("pending", "conflicted")
"""The statuses that wait for a decision."""

Selection = Literal["open", "pending", "conflicted", "approved", "applied", "rejected"]
SELECTED: dict[Selection, tuple[Status, ...]] = {
    "open": OPEN,
    "pending": ("pending",),
    "conflicted": ("conflicted",),
    "approved": ("approved", "applied"),
    "applied": ("applied",),
    "rejected": ("rejected",),
}
"""The words by which pages and the API ask for contributions; what was approved stays so once it is applied."""


class Difference(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What a proposal changes in one field.

    `before` is the directory's value, `after` the proposed one. In a conflict the field changed since the
    proposer saw it, and `base` is what they saw. With `internal` it is about contacts that are not published:
    `after` are those that would be added to what the directory holds, which is not known here.
    """

    field: str
    before: Any
    after: Any
    conflict: bool = False
    base: Any = None
    internal: bool = False


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

    It is public, as are `edits`, the patch on its result that was approved with it, and `outcome`, the difference
    as it was decided on; contacts that are not published are apart, in `internal_contacts`. `base` holds, by field,
    what the structure said when the correction was made, `conflicts` the fields for which the directory refused
    an approval. Moderators of any of `departments` decide on it. `traceparent` is where the trace of its
    submission goes on.
    """

    id: UUID
    kind: ContributionKind
    status: Status
    structure_id: UUID | None
    based_on_version: int
    proposed: Patch
    internal_contacts: InternalContacts = InternalContacts()
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

    def unedited(self, current: StructureContent | None) -> StructureContent:
        """Return the public content as it was proposed, from the structure's present one for a correction."""
        if self.kind == "addition" or current is None:
            return msgspec.convert(self.proposed, StructureContent)
        return apply_patch(current, self.proposed)

    def content(self, current: StructureContent | None) -> StructureContent:
        """Return the content that would result, with edits and internal contacts."""
        return with_internal_contacts(apply_patch(self.unedited(current), self.edits), self.internal_contacts)


def differences(contribution: Contribution, known: KnownStructure | None, after: StructureContent) -> list[Difference]:
    """Return what changes in public, field by field, in the order forms show them.

    A field conflicts when it changed after the version the proposal was based on, to something else.
    """
    after = public_part(after)
    if known is None or contribution.kind == "addition":
        empty = to_json(StructureContent(name=""))
        new = to_json(after)
        return [Difference(field=f, before=None, after=new[f]) for f in CONTENT_FIELDS if new[f] != empty[f]]
    old, new = to_json(known.content), to_json(after)
    found: list[Difference] = []
    for field in CONTENT_FIELDS:
        if old[field] == new[field]:
            continue
        conflict = field in {**contribution.proposed, **contribution.edits} and (
            known.field_versions.get(field, 0) > contribution.based_on_version
        )
        base = _seen(contribution, field) if conflict else None
        found.append(Difference(field=field, before=old[field], after=new[field], conflict=conflict, base=base))
    return found


def _seen(contribution: Contribution, field: str) -> Any:
    """Return what the structure said in a field when it was proposed to change it, or approved with edits."""
    if field in contribution.base:
        return contribution.base[field]
    return next((item.before for item in contribution.outcome or () if item.field == field), None)


def with_internal(public: Sequence[Difference], internal: InternalContacts) -> list[Difference]:
    """Return the differences, and after those of the same fields the internal contacts that are added."""
    added = [
        Difference(field=name, before=None, after=to_json(internal)[name], internal=True) for name in internal.fields
    ]
    return sorted([*public, *added], key=lambda item: CONTENT_FIELDS.index(item.field))


class Rebased(NamedTuple):
    """What a correction becomes on another version of its structure."""

    proposed: Patch
    edits: Patch
    base: dict[str, Any]


def rebased(
    contribution: Contribution, known: KnownStructure, proposal: StructureContent, keep: Sequence[str] | None
) -> Rebased:
    """Return a correction anchored on the structure's present version; its internal contacts stay.

    `proposal` is the content that would result. Fields in conflict keep the proposer's value when named in `keep`
    (None: all of them), else the present one. Fields that say what the structure says already are left out.
    """
    old = to_json(known.content)
    kept = [
        difference.field
        for difference in differences(contribution, known, proposal)
        if not difference.conflict or keep is None or difference.field in keep
    ]

    def within(patch: Patch) -> Patch:
        return {field: patch[field] for field in kept if field in patch}

    return Rebased(within(contribution.proposed), within(contribution.edits), {field: old[field] for field in kept})
