"""The only place that knows notify's tables."""

from __future__ import annotations

from typing import Any, TypeVar

from libs.database import Connection, Queries, rows_as

SQL = Queries("services.notify")
T = TypeVar("T")


async def fetch_all(connection: Connection, shape: type[T], query: str, parameters: dict[str, Any]) -> list[T]:
    """Return the rows of a named query, each as a `shape`."""
    async with connection.cursor(row_factory=rows_as(shape)) as cursor:
        await cursor.execute(SQL[query], parameters)
        return await cursor.fetchall()


async def fetch_one(connection: Connection, shape: type[T], query: str, parameters: dict[str, Any]) -> T | None:
    rows = await fetch_all(connection, shape, query, parameters)
    return rows[0] if rows else None


async def fetch_column(connection: Connection, query: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    """Return the first column of a named query."""
    cursor = await connection.execute(SQL[query], parameters or {})
    return [row[0] for row in await cursor.fetchall()]
