"""What a kind of CSV file is made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from services.directory.imports.building import Read
from services.directory.imports.drafts import Loss
from services.directory.imports.publishers import Publisher


class Row(dict[str, str]):
    """A row by column; a column that the file lacks reads as an empty cell."""

    def __missing__(self, column: str) -> str:
        return ""


class CsvFormat(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of CSV file.

    Args:
        title: what it is, in a word or two.
        publisher: who publishes it.
        columns: the columns that make a header this kind's; others may be missing or stand beside them.
        read: reads one row; raises `RowRefused`.
        retrieved_on: the day of the one edition there is, where there is but one.
    """

    title: str
    publisher: Publisher
    columns: frozenset[str]
    read: Callable[[Row, list[Loss]], Read]
    retrieved_on: date | None = None
