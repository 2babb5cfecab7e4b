"""Named queries from .sql files: each block starts with a line `-- name: find_structure`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, LiteralString, TypeVar, cast

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import BaseRowFactory, kwargs_row

T = TypeVar("T")

_BLOCK = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


class Queries:
    """The queries of one package's `sql` folder, by name: `SQL = Queries("services.directory")`.

    Raises:
        KeyError: on `SQL["unknown"]`.
        ValueError: at construction, when two blocks have one name.
    """

    def __init__(self, package: str, folder: str = "sql") -> None:
        self._queries: dict[str, LiteralString] = {}
        for file in sorted((files(package) / folder).iterdir(), key=lambda entry: entry.name):
            if not file.name.endswith(".sql"):
                continue
            for name, text in _BLOCK.findall(file.read_text(encoding="utf-8")):
                if name in self._queries:
                    raise ValueError(f"two queries of {package} are named {name}")
                # The files are part of the program, as literal as if they stood in it.
                self._queries[name] = cast("LiteralString", _without_comments(text))

    def __getitem__(self, name: str) -> LiteralString:
        return self._queries[name]


def _without_comments(text: str) -> str:
    """Return a query without what only people read: psycopg remembers how to send those of 4,096 characters at most."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("--"))


def rows_as(shape: type[T]) -> BaseRowFactory[T]:
    """Return a row factory that makes each row a `shape` (a msgspec Struct) by its column names.

    Values keep the types psycopg gave them; jsonb columns become nested Structs.
    """

    def make(**values: Any) -> T:
        return msgspec.convert(values, shape, strict=False)

    return kwargs_row(make)


async def fetch_all(
    connection: AsyncConnection[Any], shape: type[T], query: LiteralString, parameters: Mapping[str, Any] | None = None
) -> list[T]:
    """Return the rows of a query, each as a `shape`."""
    async with connection.cursor(row_factory=rows_as(shape)) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()


async def fetch_one(
    connection: AsyncConnection[Any], shape: type[T], query: LiteralString, parameters: Mapping[str, Any] | None = None
) -> T | None:
    """Return the first row of a query as a `shape`, None when there is none."""
    async with connection.cursor(row_factory=rows_as(shape)) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchone()
