"""Applies the drafts of a file, batch by batch: what is new is created, what changed is updated, the rest stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar
from uuid import UUID

import msgspec

from libs.bus import NewEvent, record
from libs.contracts.events import ImportCompleted
from libs.database import Connection, Pool
from libs.identifiers import uuid7
from services.directory.handlers.announcing import announcement
from services.directory.handlers.import_plan import KeptByHand, Note, changes_of, plan_of
from services.directory.imports import Draft, Reject
from services.directory.store import import_rows, structures
from services.directory.store.import_rows import AbsentRow

BATCH = 500
"""Rows in one transaction."""

T = TypeVar("T")


class ImportRefused(Exception):  # noqa: N818 -- said to the operator as it stands
    """The import cannot start."""


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
    on_note: Callable[[Note], None] = _nothing,
) -> ImportReport:
    """Apply what the rows of a file of `source` gave, in batches, each in one transaction.

    An import that was cut short is completed by the same import run again. `on_progress` is told how many
    rows each batch had; `on_reject` each row that gave no structure; `on_note` each loss. A dry run reports the
    same and writes nothing.

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
                for note in await _apply(connection, drafts, report):
                    on_note(note)
            seen.extend(draft.source.external_id for draft in drafts)
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


async def _apply(connection: Connection, drafts: list[Draft], report: ImportReport) -> list[Note]:
    """Apply a batch and count it in the report; return what did not arrive as it was."""
    async with connection.transaction():
        plan = await plan_of(connection, report.source, drafts)
        changes = await changes_of(connection, plan.revisions)
        created = sum(change.is_new for change in changes)
        report.created += created
        report.updated += len(changes) - created
        report.unchanged += len(drafts) - len(changes)
        report.kept_by_hand += plan.kept_by_hand
        report.losses.update(note.loss.kind for note in plan.losses)
        if not report.dry_run:
            await structures.save(connection, changes)
            await import_rows.keep_said(connection, report.source, plan.said)
            await record(connection, *(announcement(change) for change in changes))
    return plan.losses


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
