"""Applies the drafts of a file: what is new is created, what its source changed is updated, the rest stays."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar
from uuid import UUID

import msgspec

from libs.bus import NewEvent, record
from libs.contracts.events import ImportCompleted
from libs.contracts.structure import Source, Structure, StructureContent, Verification, content_of
from libs.database import Connection, Pool
from libs.identifiers import uuid7
from services.directory.domain.records import Change, Record, create, merge_import, revise, with_source
from services.directory.domain.slugs import base_slug
from services.directory.handlers.announcing import announcement
from services.directory.imports import Draft, Reject
from services.directory.store import import_rows, structures
from services.directory.store.import_rows import AbsentRow, KnownRow, SaidRow

BATCH = 500
"""Rows in one transaction."""

T = TypeVar("T")


class ImportRefused(Exception):  # noqa: N818 -- said to the operator as it stands
    """The import cannot start."""


class KeptByHand(msgspec.Struct, frozen=True, kw_only=True):
    """Fields in which a source disagrees with what people set; theirs stay."""

    external_id: str
    structure_id: UUID
    fields: tuple[str, ...]


class ImportReport(msgspec.Struct, kw_only=True):
    """What became of a file. Each row is created, updated, unchanged or rejected; `losses` counts by kind."""

    source: str
    dry_run: bool = False
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    losses: Counter[str] = msgspec.field(default_factory=Counter[str])
    kept_by_hand: list[KeptByHand] = []
    absent: list[AbsentRow] = []


def _nothing(_: object) -> None:
    """Tell nobody."""


async def import_drafts(
    pool: Pool,
    results: Iterable[Draft | Reject],
    *,
    source: str,
    dry_run: bool = False,
    on_progress: Callable[[int], None] = _nothing,
    on_reject: Callable[[Reject], None] = _nothing,
) -> ImportReport:
    """Apply what the rows of a file of `source` gave, in batches, each in one transaction.

    An import that was cut short is completed by the same import run again. `on_progress` is told how many
    rows each batch had; `on_reject` each row that gave no structure. A dry run reports the same and writes
    nothing.

    Raises:
        ImportRefused: the same source is being imported already.
    """
    report = ImportReport(source=source, dry_run=dry_run)
    run_id = uuid7()
    seen: list[str] = []
    async with pool.connection() as connection, import_rows.import_lock(connection, source) as alone:
        if not alone:
            raise ImportRefused(f"Another import of {source} is running. Start this one again when it is done.")
        if not dry_run:
            await import_rows.start_run(connection, run_id, source)
        for batch in _batches(results):
            drafts = [result for result in batch if isinstance(result, Draft)]
            rejects = [result for result in batch if isinstance(result, Reject)]
            if drafts:
                await _apply(connection, drafts, report)
            for draft in drafts:
                seen.append(draft.source.external_id)
                report.losses.update(loss.kind for loss in draft.losses)
            for reject in rejects:
                on_reject(reject)
            report.rejected += len(rejects)
            on_progress(len(batch))
        report.absent = await import_rows.absent_rows(connection, source, seen)
        if not dry_run:
            await _complete(connection, run_id, report)
    return report


async def _complete(connection: Connection, run_id: UUID, report: ImportReport) -> None:
    completed = ImportCompleted(
        source=report.source,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        rejected=report.rejected,
    )
    async with connection.transaction():
        await import_rows.finish_run(connection, run_id, report)
        if report.created or report.updated:
            await record(connection, NewEvent(data=completed, aggregate_id=run_id))


async def _apply(connection: Connection, drafts: list[Draft], report: ImportReport) -> None:
    hashes = {draft.source.external_id: _hash(draft) for draft in drafts}
    async with connection.transaction():
        known = await import_rows.known_rows(connection, report.source, hashes)
        ids = {draft.source.external_id: uuid7() for draft in drafts}
        ids |= {row.external_id: row.structure_id for row in known.values()}
        plan = await _plan(connection, drafts, _Rows(known, hashes, ids), report)
        changes = await _changes(connection, plan)
        created = sum(change.is_new for change in changes)
        report.created += created
        report.updated += len(changes) - created
        report.unchanged += len(drafts) - len(changes)
        if report.dry_run:
            return
        await structures.save(connection, changes)
        said = [
            SaidRow(
                external_id=draft.source.external_id,
                structure_id=ids[draft.source.external_id],
                content_hash=hashes[draft.source.external_id],
                content=draft.content,
            )
            for draft in drafts
            if _is_news(known.get(draft.source.external_id), hashes)
        ]
        await import_rows.keep_said(connection, report.source, said)
        await record(connection, *(announcement(change) for change in changes))


class _Rows(msgspec.Struct, frozen=True):
    """The rows of a batch by their external ids: those imported before, what each says now, its structure."""

    known: dict[str, KnownRow]
    hashes: dict[str, str]
    ids: dict[str, UUID]


class _Planned(msgspec.Struct, frozen=True):
    """A draft that makes a change: of the record that is held, or of none when it is new."""

    id: UUID
    draft: Draft
    content: StructureContent
    held: Record | None = None


async def _plan(connection: Connection, drafts: list[Draft], rows: _Rows, report: ImportReport) -> list[_Planned]:
    """Return the changes to make, their structures locked; say in the report what people's hands keep."""
    plan = [
        _Planned(rows.ids[draft.source.external_id], draft, draft.content)
        for draft in drafts
        if draft.source.external_id not in rows.known
    ]
    differing: list[tuple[KnownRow, Draft]] = []
    for draft in drafts:
        row = rows.known.get(draft.source.external_id)
        if row is not None and (row.touched_by_hand or _is_news(row, rows.hashes)):
            differing.append((row, draft))
    if not differing:
        return plan
    last = await import_rows.last_said(connection, report.source, [row.external_id for row, _ in differing])
    records = await structures.lock(connection, {row.structure_id for row, _ in differing})
    for row, draft in differing:
        held = records[row.structure_id]
        merged = merge_import(held, draft.content, last[row.external_id])
        if merged.kept:
            kept = KeptByHand(external_id=row.external_id, structure_id=row.structure_id, fields=merged.kept)
            report.kept_by_hand.append(kept)
        if _is_news(row, rows.hashes) and _differs(held.structure, draft, merged.content):
            plan.append(_Planned(row.structure_id, draft, merged.content, held))
    return plan


async def _changes(connection: Connection, plan: list[_Planned]) -> list[Change]:
    if not plan:
        return []
    at = await structures.begin_change(connection)
    named = [one for one in plan if one.held is None or one.content.name != one.held.structure.name]
    wanted = {one.id: base_slug(one.content.name, one.content.address.city) for one in named}
    slugs = await structures.free_slugs(connection, wanted)
    return [_change(one, slugs, at) for one in plan]


def _change(planned: _Planned, slugs: dict[UUID, str], at: datetime) -> Change:
    source, verified = planned.draft.source, planned.draft.verified
    origin = f"import:{source.source}"
    if planned.held is None:
        return create(
            planned.content,
            id=planned.id,
            slug=slugs[planned.id],
            at=at,
            origin=origin,
            sources=(source,),
            verified=verified,
        )
    structure = planned.held.structure
    return revise(
        planned.held,
        planned.content,
        slug=slugs.get(planned.id, structure.slug),
        at=at,
        origin=origin,
        sources=with_source(structure.sources, source),
        verified=_newer(structure.verified, verified),
    )


def _is_news(row: KnownRow | None, hashes: dict[str, str]) -> bool:
    """Whether a source says something else than the last time, or speaks of the place for the first time."""
    return row is None or row.content_hash != hashes[row.external_id]


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


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
