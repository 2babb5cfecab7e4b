"""What the directory adds to the command line: `relais import`."""

from __future__ import annotations

import asyncio
import csv
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self, TextIO

import msgspec
from cyclopts import App, Parameter
from psycopg import OperationalError
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

LISTED = 20
"""How many of the kept and the absent are named one by one; the report in the database has them all."""

STATEMENT_TIMEOUT_MS = 120_000

_PROGRESS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())

import_command = App(name="import", default_parameter=Parameter(negative=(), show_default=False))


@import_command.default
def import_file(
    file: Path | None = None, /, *, dry_run: bool = False, rejects: Path | None = None, sample: bool = False
) -> None:
    """Import a file of open data into the directory.

    The kind of file is told by its header: places of digital help, France services, town halls, the Paris
    leaflet (CSV), or data·inclusion (JSON); compressed with gzip or not. Each row is created, updated,
    unchanged or rejected; what people corrected since is kept, and nothing is deleted.

    Parameters
    ----------
    file
        The file to import.
    dry_run
        Tell what would happen, and write nothing.
    rejects
        Where to write rejected rows, with their number and the reason (by default NAME-rejects.csv in the
        current folder, made only when there are any).
    sample
        Import the bundled sample of about 500 real places instead of a file.
    """
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if (file is None) == (not sample):
        errors.print("Give either a FILE or --sample. See: relais import --help", markup=False)
        raise SystemExit(2)
    try:
        asyncio.run(_run([file] if file else list(FILES), dry_run=dry_run, rejects=rejects))
    except (UnreadableFile, ImportRefused) as error:
        errors.print(str(error), markup=False)
        raise SystemExit(1) from error
    except OSError as error:
        errors.print(f"{error.filename or 'The file'}: {error.strerror or error}", markup=False)
        raise SystemExit(1) from error
    except (OperationalError, PoolTimeout) as error:
        message = "The database of the directory does not answer. Run the same command again: it goes on from there."
        errors.print(message, markup=False)
        raise SystemExit(1) from error


class _Outcome(msgspec.Struct):
    """A file and what became of it."""

    file: ImportFile
    report: ImportReport


async def _run(paths: Sequence[Path], *, dry_run: bool, rejects: Path | None) -> None:
    console = Console(highlight=False)
    settings = read_settings("directory")
    outcomes: list[_Outcome] = []
    rejected = rejects or Path(f"{paths[0].name.split('.')[0]}-rejects.csv")
    async with open_pool(settings.database_url, most=2, statement_timeout_ms=STATEMENT_TIMEOUT_MS) as pool:
        with _RejectsFile(rejected) as rejects_file, Progress(*_PROGRESS, console=console) as progress:
            for path in paths:
                file = read_file(path, retrieved_on=None if path in FILES else _modified_on(path))
                report = await _import_one(pool, file, rejects_file, progress, dry_run=dry_run)
                outcomes.append(_Outcome(file, report))
    _tell(console, outcomes)
    if rejects_file.count:
        console.print(f"Rejected rows, with their numbers and reasons: {rejected}", markup=False)
    if dry_run:
        console.print("This was a dry run: nothing was written.")


async def _import_one(
    pool: Pool, file: ImportFile, rejects_file: _RejectsFile, progress: Progress, *, dry_run: bool
) -> ImportReport:
    task = progress.add_task(file.title, total=file.total)
    return await import_drafts(
        pool,
        file,
        source=file.publisher.source,
        dry_run=dry_run,
        on_progress=lambda rows: progress.advance(task, rows),
        on_reject=rejects_file.add,
    )


def _modified_on(path: Path) -> date:
    """Return when a file was written here: the day its publisher was asked, as far as one can tell."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


class _RejectsFile:
    """The file of rejected rows, made when there is one."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, reject: Reject) -> None:
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(("row", "reason", "content"))
        self.count += 1
        content = json.dumps(reject.raw, ensure_ascii=False, default=str)
        csv.writer(self._file).writerow((reject.row, reject.reason, content))


def _tell(console: Console, outcomes: Sequence[_Outcome]) -> None:
    summary = Table(Column("Source", no_wrap=True), box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("Rows", "Created", "Updated", "Unchanged", "Rejected", "Kept", "Absent"):
        summary.add_column(column, justify="right")
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
    console.print(summary)
    if losses:
        table = Table("What did not arrive as it was", box=SIMPLE_HEAD)
        table.add_column("Times", justify="right")
        for kind, count in losses.most_common():
            table.add_row(kind, f"{count:,}")
        console.print(table)
    for outcome in outcomes:
        report = outcome.report
        kept = [f"{kept.external_id}: {', '.join(kept.fields)}" for kept in report.kept_by_hand]
        _tell_list(console, f"{report.source}: kept as people corrected it", kept)
        absent = [f"{row.external_id}: {row.name}" for row in report.absent]
        _tell_list(console, f"{report.source}: no longer in the file, and left in the directory", absent)


def _tell_list(console: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    console.print(f"\n{title}:", markup=False)
    for line in lines[:LISTED]:
        console.print(f"  {line}", markup=False)
    if len(lines) > LISTED:
        console.print(f"  … and {len(lines) - LISTED:,} more")
