"""A file to import: what kind it is, how many rows it has, and what each becomes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from services.directory.imports import data_inclusion
from services.directory.imports.building import draft
from services.directory.imports.drafts import Draft, Loss, Reject, RowRefused, UnreadableFile
from services.directory.imports.formats import CSV_FORMATS, CsvFormat, Row
from services.directory.imports.publishers import Publisher
from services.directory.imports.reading import Table, first_line, is_json, opened

_DELIMITERS = (",", ";", "\t")


class ImportFile:
    """A file that was recognised and found readable to its end.

    Attributes:
        title: the kind of file, in a word or two.
        publisher: who publishes it.
        total: how many rows it has; iterating gives as many results.
    """

    def __init__(self, title: str, publisher: Publisher, total: int, results: Iterator[Draft | Reject]) -> None:
        self.title = title
        self.publisher = publisher
        self.total = total
        self._results = results

    def __iter__(self) -> Iterator[Draft | Reject]:
        """Yield, once, what each row becomes, in the order of the file.

        A row with the id of an earlier one is rejected.
        """
        seen: dict[str, int] = {}
        for result in self._results:
            if isinstance(result, Draft):
                identifier = result.source.external_id
                first = seen.setdefault(identifier, result.row)
                if first != result.row:
                    reason = f"The identifier {identifier} already stands at row {first}."
                    yield Reject(row=result.row, reason=reason, raw={"id": identifier, "name": result.content.name})
                    continue
            yield result


def read_file(path: Path, *, retrieved_on: date | None = None) -> ImportFile:
    """Recognise a file (CSV or data·inclusion JSON, gzip or not) and check it whole, without keeping it.

    `retrieved_on` is the day that the sources of its structures bear.

    Raises:
        UnreadableFile: it is none of the known kinds, or damaged; nothing was yielded then.
    """
    if is_json(path):
        structures = data_inclusion.load(path)
        results = structures.drafts(retrieved_on)
        return ImportFile("data·inclusion", data_inclusion.PUBLISHER, structures.total, results)
    kind, delimiter = _recognise(first_line(path))
    with opened(path) as file:
        total = sum(1 for _ in Table(file, delimiter).rows())
    if total == 0:
        raise UnreadableFile(f"The file has the header of {kind.title}, and no row.")
    results = _drafts(path, kind, delimiter, kind.retrieved_on or retrieved_on)
    return ImportFile(kind.title, kind.publisher, total, results)


def _recognise(first: str) -> tuple[CsvFormat, str]:
    for delimiter in _DELIMITERS:
        header: list[str] = []
        try:
            header = next(csv.reader([first], delimiter=delimiter), header)
        except csv.Error:
            continue
        columns = {name.strip() for name in header}
        for kind in CSV_FORMATS:
            if kind.columns <= columns:
                if len(columns) < len(header):
                    raise UnreadableFile("The header names a column twice.")
                return kind, delimiter
    known = ", ".join(kind.title for kind in CSV_FORMATS)
    raise UnreadableFile(
        f"The first line names the columns of no known kind of file. Known: {known} (CSV), and data·inclusion (JSON)."
    )


def _drafts(path: Path, kind: CsvFormat, delimiter: str, retrieved_on: date | None) -> Iterator[Draft | Reject]:
    with opened(path) as file:
        table = Table(file, delimiter)
        for number, cells in table.rows():
            row = Row(zip(table.header, cells, strict=False))
            if len(cells) != len(table.header):
                reason = f"The row has {len(cells)} cells, and the header {len(table.header)}."
                yield Reject(row=number, reason=reason, raw=dict(row))
                continue
            losses: list[Loss] = []
            try:
                read = kind.read(row, losses)
            except RowRefused as refused:
                yield Reject(row=number, reason=str(refused), raw=dict(row))
                continue
            yield draft(number, read, losses, publisher=kind.publisher, retrieved_on=retrieved_on, raw=dict(row))
