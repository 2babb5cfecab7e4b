"""What the directory adds to the command line: `relais import`."""

from __future__ import annotations

import asyncio
import csv
import errno
import json
import os
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple, Self, TextIO

import msgspec
from cyclopts import App, Parameter
from psycopg import OperationalError
from psycopg.errors import DiskFull
from psycopg_pool import PoolTimeout
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from libs.database import Pool, open_pool
from libs.runtime import read_settings
from services.directory.handlers.imports import ImportRefused, ImportReport, import_drafts
from services.directory.imports import ImportFile, Reject, UnreadableFile, read_file
from services.directory.sample import FILES

LISTED = 10
"""How many rows are named one by one on the screen."""

STATEMENT_TIMEOUT_MS = 120_000

_PROGRESS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())

import_command = App(name="import", default_parameter=Parameter(negative=(), show_default=False))


@import_command.default
def import_file(
    file: Path | None = None,
    /,
    *,
    dry_run: bool = False,
    rejects: Path | None = None,
    noted: Annotated[Path | None, Parameter(name="--notes")] = None,
    absent: Path | None = None,
    published_on: date | None = None,
    sample: bool = False,
) -> None:
    """Import a file of open data into the directory.

    The kind of file is told by its header: places of digital help, France services, town halls, the Paris
    leaflet (CSV), or data·inclusion (JSON); compressed with gzip or not. Each row is created, updated,
    unchanged or rejected; what people corrected since is kept, and nothing is deleted. An export of Relais
    (data·inclusion) finds its places again by their identifiers: only what was changed in the file is news.

    Parameters
    ----------
    file
        The file to import.
    dry_run
        Tell what would happen, and change nothing. No file is written either, but those named by --rejects,
        --notes and --absent.
    rejects
        Where to write rejected rows as CSV, made only when there are any: row, reason, content (by default
        imports/NAME-rejects.csv in the data folder, or sample-rejects.csv there). `row` is the number of the
        row: the header of a CSV file is row 1, and blank lines are not counted; in JSON, the first structure is
        row 1.
    noted
        Where to write what did not arrive as it was as CSV, made only when there is any: row, external_id, kind,
        field, text (by default NAME-notes.csv beside the rejects).
    absent
        Where to write the places that are no longer in the file as CSV, made only when there are any:
        source, external_id, slug, name. They stay in the directory.
    published_on
        The day the file was published, such as 2024-08-01, where neither it nor its rows say so. Without it such
        places bear no date.
    sample
        Import the bundled sample of about 500 real places instead of a file.
    """
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if (file is None) == (not sample):
        errors.print("Give either a FILE or --sample. See: relais import --help", markup=False)
        raise SystemExit(2)
    try:
        files = _files(file, published_on)
        lists = _Lists(rejects, noted, absent) if dry_run else _Lists(*_defaults(file, rejects, noted), absent)
        asyncio.run(_run(files, lists, dry_run=dry_run))
    except (UnreadableFile, ImportRefused) as error:
        errors.print(str(error), markup=False)
        raise SystemExit(1) from error
    except OSError as error:
        full = error.errno == errno.ENOSPC
        errors.print(_FULL if full else f"{error.filename or 'The file'}: {error.strerror or error}", markup=False)
        raise SystemExit(1) from error
    except (OperationalError, PoolTimeout) as error:
        errors.print(_FULL if isinstance(error, DiskFull) else _AWAY, markup=False)
        raise SystemExit(1) from error


_FULL = (
    "The disk is full. What was imported so far stays: make room and run the same command again, it goes on from there."
)
_AWAY = "The database of the directory does not answer. Run the same command again: it goes on from there."


class _Lists(NamedTuple):
    """Where each list goes; None for nowhere."""

    rejects: Path | None
    notes: Path | None
    absent: Path | None


class _Outcome(msgspec.Struct):
    """A file and what became of it."""

    file: ImportFile
    report: ImportReport
    first_rejects: list[Reject]


def _files(file: Path | None, published_on: date | None) -> list[ImportFile]:
    """Return the file, or those of the sample, found readable before anything is imported."""
    return [_readable(file, published_on)] if file else [_readable(path, day) for path, day in FILES.items()]


def _readable(path: Path, retrieved_on: date | None) -> ImportFile:
    try:
        return read_file(path, retrieved_on=retrieved_on)
    except UnreadableFile as error:
        raise UnreadableFile(f"{path}: {error} Nothing was imported.") from error


def _defaults(file: Path | None, rejects: Path | None, notes: Path | None) -> tuple[Path, Path]:
    """Return where rejects and notes go, those of an earlier import of the same name removed."""
    folder = Path(os.environ.get("RELAIS_HOME", ".")).absolute() / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = file.name.split(".")[0] if file else "sample"
    paths = [folder / f"{name}-{kind}.csv" for kind in ("rejects", "notes")]
    for path in paths:
        path.unlink(missing_ok=True)
    return rejects or paths[0], notes or paths[1]


async def _run(files: Sequence[ImportFile], lists: _Lists, *, dry_run: bool) -> None:
    console = Console(highlight=False)
    settings = read_settings("directory")
    async with open_pool(settings.database_url, most=2, statement_timeout_ms=STATEMENT_TIMEOUT_MS) as pool:
        with (
            _CsvOutput(lists.rejects, ("row", "reason", "content")) as rejects,
            _CsvOutput(lists.notes, ("row", "external_id", "kind", "field", "text")) as notes,
            Progress(*_PROGRESS, console=console) as progress,
        ):
            outcomes = [await _import_one(pool, file, rejects, notes, progress, dry_run=dry_run) for file in files]
    with _CsvOutput(lists.absent, ("source", "external_id", "slug", "name")) as absent:
        for outcome in outcomes:
            for row in outcome.report.absent:
                absent.add(outcome.report.source, row.external_id, row.slug, row.name)
    _tell(console, outcomes, lists)
    if dry_run:
        console.print("\nThis was a dry run: the directory is as it was.")


async def _import_one(
    pool: Pool, file: ImportFile, rejects: _CsvOutput, notes: _CsvOutput, progress: Progress, *, dry_run: bool
) -> _Outcome:
    task = progress.add_task(file.title, total=file.total)
    first_rejects: list[Reject] = []

    def keep(reject: Reject) -> None:
        if len(first_rejects) < LISTED:
            first_rejects.append(reject)
        rejects.add(reject.row, reject.reason, json.dumps(reject.raw, ensure_ascii=False, default=str))

    report = await import_drafts(
        pool,
        file,
        source=file.publisher.source,
        dry_run=dry_run,
        on_progress=lambda rows: progress.advance(task, rows),
        on_reject=keep,
        on_note=lambda note: notes.add(note.row, note.external_id, note.loss.kind, note.loss.field, note.loss.detail),
    )
    return _Outcome(file, report, first_rejects)


class _CsvOutput:
    """A file of rows, made when there is one; without a path, none is."""

    def __init__(self, path: Path | None, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = columns
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, *cells: object) -> None:
        if self._path is None:
            return
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(self._columns)
        csv.writer(self._file).writerow(cells)


def _tell(console: Console, outcomes: Sequence[_Outcome], lists: _Lists) -> None:
    # With one space between columns, seven digits in each and the longest source fit into 80 columns.
    summary = Table(Column("Source", no_wrap=True), box=SIMPLE_HEAD, show_edge=False, padding=0)
    for column in ("Rows", "Created", "Updated", "Unchanged", "Rejected", "Kept", "Absent"):
        summary.add_column(column, justify="right", no_wrap=True)
    losses: Counter[str] = Counter()
    for outcome in outcomes:
        report = outcome.report
        numbers = (
            outcome.file.total,
            report.created,
            report.updated,
            report.unchanged,
            report.rejected,
            len(report.kept_by_hand),
            len(report.absent),
        )
        summary.add_row(report.source, *(f"{number:,}" for number in numbers))
        losses.update(report.losses)
    console.print()
    console.print(summary)
    if losses:
        table = Table("What did not arrive as it was", box=SIMPLE_HEAD, show_edge=False, padding=0)
        table.add_column("Times", justify="right")
        for kind, count in losses.most_common():
            table.add_row(kind, f"{count:,}")
        console.print()
        console.print(table)
        _say(console, f"Row by row in {lists.notes}" if lists.notes else "(--notes FILE lists them row by row)")
    for outcome in outcomes:
        _tell_rows(console, outcome, lists)


def _tell_rows(console: Console, outcome: _Outcome, lists: _Lists) -> None:
    report = outcome.report
    kept = [f"{kept.external_id}: {', '.join(kept.fields)}" for kept in report.kept_by_hand]
    _tell_list(console, f"{report.source}: kept as people corrected it", kept, len(kept))
    if report.rejected and lists.rejects is not None:
        _say(console, f"\n{report.source}: rejected rows with the reasons ({report.rejected:,}) are in {lists.rejects}")
    elif report.rejected:
        rows = [f"row {reject.row}: {reject.reason}" for reject in outcome.first_rejects]
        _tell_list(console, f"{report.source}: rejected (--rejects FILE writes all)", rows, report.rejected)
    if report.absent:
        where = f"they are in {lists.absent}" if lists.absent else "--absent FILE lists them"
        title = f"{report.source}: no longer in the file, and left in the directory"
        _say(console, f"\n{title}: {len(report.absent):,} ({where})")


def _tell_list(console: Console, title: str, lines: Sequence[str], count: int) -> None:
    if not lines:
        return
    _say(console, f"\n{title}:")
    for line in lines[:LISTED]:
        _say(console, f"  {line}")
    if count > LISTED:
        _say(console, f"  … and {count - LISTED:,} more")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
