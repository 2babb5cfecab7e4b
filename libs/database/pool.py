"""The connection pool of a service's process."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]
Pool: TypeAlias = AsyncConnectionPool[Connection]

READ_TIMEOUT_MS = 15_000
"""No statement of a request may run longer: one slow query must not hold everybody up."""

PATIENCE = 5.0
"""Seconds that a caller waits for a connection."""


@asynccontextmanager
async def open_pool(url: str, *, most: int = 8, statement_timeout_ms: int = READ_TIMEOUT_MS) -> AsyncGenerator[Pool]:
    """Open a pool of autocommit connections to `url`, closed at the end of the block.

    Connections are made when needed, closed after a minute without use, and remade when the server comes back; a
    caller waits `PATIENCE` for one. Writes open their own transaction (`async with connection.transaction()`).
    """
    options = f"-c statement_timeout={statement_timeout_ms} -c idle_in_transaction_session_timeout=60000"
    pool: Pool = AsyncConnectionPool(
        url,
        min_size=0,
        max_size=most,
        open=False,
        timeout=PATIENCE,
        max_idle=60,
        reconnect_timeout=30,
        check=AsyncConnectionPool.check_connection,
        kwargs={"autocommit": True, "options": options, "connect_timeout": 5, "keepalives_idle": 10},
    )
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()
