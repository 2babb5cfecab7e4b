"""How tables are asked."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from psycopg.types.json import Jsonb

from libs.database import Connection, Queries, rows_as

SQL = Queries("services.contributions")
T = TypeVar("T")

Scope = list[str] | None
"""The departments that may be read: an argument of every query of staff; None means all."""


def json(value: Any) -> Jsonb:
    """Return any Struct or plain value, ready for a jsonb column."""
    return Jsonb(value, dumps=msgspec.json.encode)


async def fetch_all(connection: Connection, shape: type[T], query: str, parameters: dict[str, Any]) -> list[T]:
    """Return the rows of a named query, each as a `shape`."""
    async with connection.cursor(row_factory=rows_as(shape)) as cursor:
        await cursor.execute(SQL[query], parameters)
        return await cursor.fetchall()


async def fetch_one(connection: Connection, shape: type[T], query: str, parameters: dict[str, Any]) -> T | None:
    found = await fetch_all(connection, shape, query, parameters)
    return found[0] if found else None
