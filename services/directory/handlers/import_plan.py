"""What becomes of the drafts of a batch: decided with the structures they are about locked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from libs.contracts.structure import Source, Structure, StructureContent, Verification, content_of
from libs.database import Connection
from libs.identifiers import uuid7
from services.directory.domain.records import Change, Merged, Record, create, merge_import, revise, with_source
from services.directory.domain.slugs import base_slug
from services.directory.handlers.own_rows import returned
from services.directory.imports import Draft, Loss
from services.directory.store import import_rows, structures
from services.directory.store.import_rows import KnownRow, SaidRow


class KeptByHand(msgspec.Struct, frozen=True, kw_only=True):
    """Fields in which a source disagrees with what people set; theirs stay."""

    external_id: str
    structure_id: UUID
    fields: tuple[str, ...]


class Note(NamedTuple):
    """Something of a row that did not arrive as it was."""

    row: int
    external_id: str
    loss: Loss


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """A change to make: of the record that is held, or of none when it is new.

    None in `sources` and `verified` leaves those of the record.
    """

    id: UUID
    content: StructureContent
    origin: str
    sources: tuple[Source, ...] | None
    verified: Verification | None
    held: Record | None = None


class Plan(msgspec.Struct):
    """What becomes of a batch. `said` is what to compare the rows with the next time."""

    revisions: list[Revision] = []
    kept_by_hand: list[KeptByHand] = []
    said: list[SaidRow] = []
    losses: list[Note] = []


class _Row(msgspec.Struct, frozen=True):
    """A draft, what is known of its row, and the record it is about; `is_own` when Relais exported that record."""

    draft: Draft
    hash: str
    known: KnownRow | None
    held: Record | None
    is_own: bool
    last: StructureContent | None

    @property
    def is_news(self) -> bool:
        """Whether the source says something else than the last time, or speaks of the place for the first time."""
        return self.known is None or self.known.content_hash != self.hash

    @property
    def structure_id(self) -> UUID | None:
        if self.held is not None:
            return self.held.structure.id
        return self.draft.own_id if self.known is None else self.known.structure_id


async def plan_of(connection: Connection, source: str, drafts: Sequence[Draft]) -> Plan:
    """Return what becomes of the drafts of a source; nothing is written."""
    plan = Plan()
    for row in await _rows(connection, source, drafts):
        if row.is_own and row.held is not None:
            _plan_own(plan, row, row.held)
        else:
            _plan_other(plan, row)
    return plan


async def changes_of(connection: Connection, revisions: Sequence[Revision]) -> list[Change]:
    """Return the changes that revisions come to, each with its slug."""
    if not revisions:
        return []
    at = await structures.begin_change(connection)
    named = [one for one in revisions if one.held is None or one.content.name != one.held.structure.name]
    wanted = {one.id: base_slug(one.content.name, one.content.address.city) for one in named}
    slugs = await structures.free_slugs(connection, wanted)
    return [_change(one, slugs, at) for one in revisions]


async def _rows(connection: Connection, source: str, drafts: Sequence[Draft]) -> list[_Row]:
    """Return the drafts with all that is known of them, the structures that may change locked."""
    hashes = {draft.source.external_id: _hash(draft) for draft in drafts}
    known = await import_rows.known_rows(connection, source, hashes)
    differing = [row for row in known.values() if row.touched_by_hand or row.content_hash != hashes[row.external_id]]
    own = {draft.own_id for draft in drafts if draft.own_id is not None}
    ids = {row.structure_id for row in differing} | own
    records = await structures.lock(connection, ids) if ids else {}
    last: dict[str, StructureContent] = {}
    if differing:
        last = await import_rows.last_said(connection, source, [row.external_id for row in differing])
    rows: list[_Row] = []
    for draft in drafts:
        identifier = draft.source.external_id
        row = known.get(identifier)
        is_own = draft.own_id in records
        held = draft.own_id if is_own else row and row.structure_id
        rows.append(
            _Row(draft, hashes[identifier], row, records.get(held) if held else None, is_own, last.get(identifier))
        )
    return rows


def _plan_other(plan: Plan, row: _Row) -> None:
    draft = row.draft
    _note(plan, draft, draft.losses)
    if row.known is None:
        revision = Revision(
            id=row.structure_id or uuid7(),
            content=draft.content,
            origin=_origin(draft),
            sources=(draft.source,),
            verified=draft.verified,
        )
        plan.revisions.append(revision)
        plan.said.append(_said(row, revision.id))
        return
    if row.held is None:
        return
    structure = row.held.structure
    merged = merge_import(row.held, draft.content, row.last)
    _keep(plan, row, structure.id, merged)
    if not row.is_news:
        return
    plan.said.append(_said(row, structure.id))
    if _differs(structure, draft, merged.content):
        revision = Revision(
            id=structure.id,
            content=merged.content,
            origin=_origin(draft),
            sources=with_source(structure.sources, draft.source),
            verified=_newer(structure.verified, draft.verified),
            held=row.held,
        )
        plan.revisions.append(revision)


def _plan_own(plan: Plan, row: _Row, held: Record) -> None:
    """Plan what a row that Relais exported comes to: it is no source of its structure, unless it came from another."""
    if row.known is not None:
        if not row.is_news:
            return
        plan.said.append(_said(row, row.known.structure_id))
    structure = held.structure
    now = returned(structure, row.draft)
    merged = merge_import(held, now.content, content_of(structure))
    _note(plan, row.draft, now.losses)
    _keep(plan, row, structure.id, merged)
    verified = _newer(structure.verified, now.verified)
    if merged.content != content_of(structure) or verified != structure.verified:
        revision = Revision(
            id=structure.id,
            content=merged.content,
            origin=_origin(row.draft),
            sources=None,
            verified=verified,
            held=held,
        )
        plan.revisions.append(revision)


def _note(plan: Plan, draft: Draft, losses: Iterable[Loss]) -> None:
    plan.losses += (Note(draft.row, draft.source.external_id, loss) for loss in losses)


def _keep(plan: Plan, row: _Row, structure_id: UUID, merged: Merged) -> None:
    if merged.kept:
        identifier = row.draft.source.external_id
        plan.kept_by_hand.append(KeptByHand(external_id=identifier, structure_id=structure_id, fields=merged.kept))


def _change(revision: Revision, slugs: dict[UUID, str], at: datetime) -> Change:
    if revision.held is None:
        return create(
            revision.content,
            id=revision.id,
            slug=slugs[revision.id],
            at=at,
            origin=revision.origin,
            sources=revision.sources or (),
            verified=revision.verified,
        )
    return revise(
        revision.held,
        revision.content,
        slug=slugs.get(revision.id, revision.held.structure.slug),
        at=at,
        origin=revision.origin,
        sources=revision.sources,
        verified=revision.verified,
    )


def _origin(draft: Draft) -> str:
    return f"import:{draft.source.source}"


def _said(row: _Row, structure_id: UUID) -> SaidRow:
    return SaidRow(
        external_id=row.draft.source.external_id,
        structure_id=structure_id,
        content_hash=row.hash,
        content=row.draft.content,
    )


def _differs(structure: Structure, draft: Draft, content: StructureContent) -> bool:
    """Whether the source brings anything that we do not hold; when it was fetched is not news by itself."""
    if content != content_of(structure) or _newer(structure.verified, draft.verified) != structure.verified:
        return True
    return all(_undated(source) != _undated(draft.source) for source in structure.sources)


def _newer(held: Verification | None, said: Verification | None) -> Verification | None:
    if held is None or said is None:
        return held or said
    return said if said.at > held.at else held


def _undated(source: Source) -> Source:
    return msgspec.structs.replace(source, retrieved_on=None)


def _hash(draft: Draft) -> str:
    said = msgspec.json.encode((draft.content, draft.verified, _undated(draft.source)))
    return hashlib.blake2b(said, digest_size=16).hexdigest()
