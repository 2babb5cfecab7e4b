"""The structure as an aggregate: created, revised, corrected, merged with what a source says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from libs.contracts.contacts import internal_contacts, with_internal_contacts
from libs.contracts.patch import Patch, apply_patch
from libs.contracts.structure import (
    CONTENT_FIELDS,
    Source,
    Structure,
    StructureContent,
    Verification,
    content_of,
    departments_of,
    public_part,
)

CONTRIBUTION = "contribution"
STAFF = "staff"
BY_HAND = frozenset({CONTRIBUTION, STAFF})
"""Origins that are people: what they set, an import does not overwrite."""

NO_CONTENT = StructureContent(name="")


class FieldVersion(msgspec.Struct, frozen=True):
    """The version at which a field last changed, and by what: `contribution`, `staff`, `import:<source>`."""

    version: int
    origin: str


class Record(msgspec.Struct, frozen=True):
    """A structure with the version of each field that was ever set; a field never set has version 0.

    Internal contacts have no version: they are never published, so that nobody's correction or import can
    clash with them.
    """

    structure: Structure
    field_versions: Mapping[str, FieldVersion]

    @property
    def versions(self) -> dict[str, int]:
        return {name: field.version for name, field in self.field_versions.items()}

    def is_by_hand(self, name: str) -> bool:
        """Whether a person, not an import, last changed the field."""
        field = self.field_versions.get(name)
        return field is not None and field.origin in BY_HAND


class FieldChange(msgspec.Struct, frozen=True):
    """A field's value before and after, in JSON terms."""

    before: Any
    after: Any


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a record: `record` as it is now, and what differs from before.

    `fields` are those whose value changed. `changes` holds their values, except at the creation, whose
    values are those that later changes start from. `former_slug` is one that must go on leading here.
    """

    record: Record
    at: datetime
    origin: str
    fields: tuple[str, ...]
    changes: dict[str, FieldChange] = {}
    left_departments: tuple[str, ...] = ()
    former_slug: str | None = None

    @property
    def is_new(self) -> bool:
        return self.record.structure.version == 1


class Merged(msgspec.Struct, frozen=True):
    """What a record's content becomes with what a source says, and the fields kept as people left them."""

    content: StructureContent
    kept: tuple[str, ...] = ()


def create(
    content: StructureContent,
    *,
    id: UUID,  # noqa: A002 -- the field's own name
    slug: str,
    at: datetime,
    origin: str,
    sources: tuple[Source, ...] = (),
    verified: Verification | None = None,
) -> Change:
    """Return the first version of a structure."""
    structure = Structure(
        **_fields(content),
        id=id,
        slug=slug,
        version=1,
        sources=sources,
        verified=verified,
        created_at=at,
        updated_at=at,
    )
    fields = tuple(name for name in CONTENT_FIELDS if getattr(content, name) != getattr(NO_CONTENT, name))
    versions = dict.fromkeys(_told(fields, NO_CONTENT, content), FieldVersion(1, origin))
    return Change(record=Record(structure, versions), at=at, origin=origin, fields=fields)


def revise(
    record: Record,
    content: StructureContent,
    *,
    slug: str,
    at: datetime,
    origin: str,
    sources: tuple[Source, ...] | None = None,
    verified: Verification | None = None,
) -> Change:
    """Return the next version of a structure, with this content; None leaves sources and verification.

    A revision that changes no field is a version too: somebody looked, and found it right.
    """
    before = record.structure
    version = before.version + 1
    fields = tuple(name for name in CONTENT_FIELDS if getattr(before, name) != getattr(content, name))
    after = Structure(
        **_fields(content),
        id=before.id,
        slug=slug,
        version=version,
        sources=before.sources if sources is None else sources,
        verified=before.verified if verified is None else verified,
        created_at=before.created_at,
        updated_at=at,
    )
    changed = dict.fromkeys(_told(fields, before, content), FieldVersion(version, origin))
    served = departments_of(after)
    return Change(
        record=Record(after, {**record.field_versions, **changed}),
        at=at,
        origin=origin,
        fields=fields,
        changes={name: FieldChange(_json(before, name), _json(after, name)) for name in fields},
        left_departments=tuple(code for code in departments_of(before) if code not in served),
        former_slug=before.slug if slug != before.slug else None,
    )


def conflicts(record: Record, patch: Patch, based_on_version: int) -> tuple[str, ...]:
    """Return the fields of `patch` that changed after `based_on_version` to something else than it proposes.

    Raises:
        msgspec.ValidationError: the patched content does not have the shape of a structure's content.
    """
    held = content_of(record.structure)
    proposed = corrected(held, patch)
    return tuple(
        name
        for name, field in record.field_versions.items()
        if name in patch and field.version > based_on_version and getattr(proposed, name) != getattr(held, name)
    )


def merge_import(record: Record, incoming: StructureContent, last: StructureContent | None) -> Merged:
    """Return what becomes of a record when a source says `incoming` after having said `last`.

    A field follows its source where the source changed it, unless a person changed it since. What the
    source never spoke of, or says as it did before, stays as it is held; internal contacts always do.
    """
    before = NO_CONTENT if last is None else last
    content = content_of(record.structure)
    held = public_part(content)
    updates: dict[str, Any] = {}
    kept: list[str] = []
    for name in CONTENT_FIELDS:
        value = getattr(incoming, name)
        if value == getattr(held, name):
            continue
        changed = value != getattr(before, name)
        if record.is_by_hand(name):
            if changed or value != getattr(NO_CONTENT, name):
                kept.append(name)
        elif changed:
            updates[name] = value
    if updates:
        content = with_internal_contacts(msgspec.structs.replace(content, **updates), internal_contacts(content))
    return Merged(content, tuple(kept))


def corrected(content: StructureContent, patch: Patch) -> StructureContent:
    """Return a content changed by a patch that was made from its public part, which keeps internal contacts.

    A contact given in public is no longer internal.

    Raises:
        msgspec.ValidationError: the result does not have the shape of a structure's content.
    """
    return with_internal_contacts(apply_patch(content, patch), internal_contacts(content))


def with_source(sources: tuple[Source, ...], source: Source) -> tuple[Source, ...]:
    """Return `sources` with one of them brought up to date, or added."""
    others = tuple(one for one in sources if (one.source, one.external_id) != (source.source, source.external_id))
    return (*others, source)


def _told(fields: tuple[str, ...], before: StructureContent, after: StructureContent) -> list[str]:
    """Return those of `fields` that changed in public, too."""
    was, now = public_part(before), public_part(after)
    return [name for name in fields if getattr(was, name) != getattr(now, name)]


def _fields(content: StructureContent) -> dict[str, Any]:
    return {name: getattr(content, name) for name in CONTENT_FIELDS}


def _json(structure: Structure, name: str) -> Any:
    return msgspec.to_builtins(getattr(structure, name))
