"""The only place that knows notify's tables."""

from __future__ import annotations

from typing import Any

from libs.database import Connection, Queries

SQL = Queries("services.notify")


async def fetch_column(connection: Connection, query: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    """Return the first column of a named query."""
    cursor = await connection.execute(SQL[query], parameters or {})
    return [row[0] for row in await cursor.fetchall()]
