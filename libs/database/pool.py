"""The connections of a service's process: a pool, and sessions that stand alone."""

from __future__ import annotations

import select
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeAlias, TypeVar, cast

from psycopg import AsyncConnection, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout  # pyright: ignore[reportPrivateUsage] -- what `wait` raises
from psycopg_pool import AsyncConnectionPool

Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]
Pool: TypeAlias = AsyncConnectionPool[Connection]

T = TypeVar("T")

READ_TIMEOUT_MS = 15_000
"""No statement of a request may run longer: one slow query must not hold everybody up."""

SILENCE_MS = 10_000
"""A transaction in which nothing is said for longer is undone: who began it was suspended, or is cut off."""

PATIENCE = 5.0
"""Seconds that the server has to answer beyond the time that a statement may take."""

CHECK_PATIENCE = 2.0
"""Seconds that a connection has, before it is given out, to show that somebody is at its other end."""

HEARD_LATELY = 0.1
"""Seconds after an answer in which a connection need not show it: one that is asked all the time is not asked twice."""

NETWORK: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""By these the system notices within half a minute that the other host has gone without a word."""


class PatientConnection(AsyncConnection[tuple[Any, ...]]):
    """A connection that waits `patience` seconds for an answer, and then takes the server for gone.

    What stands in between, a firewall say, may swallow all that passes and keep the connection: nothing else tells.
    """

    patience = READ_TIMEOUT_MS / 1_000 + PATIENCE
    heard_at = float("-inf")
    """When the server answered last, by `time.monotonic()`."""

    async def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:  # noqa: ASYNC109 -- psycopg's
        if timeout is not None:
            return await super().wait(gen, interval, timeout)
        try:
            answer = await super().wait(gen, interval, self.patience)
        except _WaitTimeout as error:
            self.pgconn.finish()
            raise OperationalError(f"PostgreSQL said nothing for {self.patience:g} s") from error
        self.heard_at = monotonic()
        return answer


@asynccontextmanager
async def open_pool(url: str, *, most: int = 8, statement_timeout_ms: int = READ_TIMEOUT_MS) -> AsyncGenerator[Pool]:
    """Open a pool of autocommit connections to `url`, closed at the end of the block.

    Connections are made when needed, closed after a minute without use, and remade when the server comes back; a
    caller waits 5 s for one. Writes open their own transaction (`async with connection.transaction()`).
    """
    options = f"-c statement_timeout={statement_timeout_ms} -c idle_in_transaction_session_timeout={SILENCE_MS}"

    async def configure(connection: PatientConnection) -> None:
        connection.patience = statement_timeout_ms / 1_000 + PATIENCE

    pool = AsyncConnectionPool(
        url,
        connection_class=PatientConnection,
        min_size=0,
        max_size=most,
        open=False,
        timeout=5,
        max_idle=60,
        reconnect_timeout=30,
        configure=configure,
        check=_check,
        kwargs={"autocommit": True, "options": options, **NETWORK},
    )
    await pool.open()
    try:
        yield cast("Pool", pool)
    finally:
        await pool.close()


async def _check(connection: PatientConnection) -> None:
    if monotonic() - connection.heard_at < HEARD_LATELY and not _speaks_unasked(connection):
        return
    usual, connection.patience = connection.patience, CHECK_PATIENCE
    await AsyncConnectionPool.check_connection(connection)
    connection.patience = usual


def _speaks_unasked(connection: PatientConnection) -> bool:
    """Whether something waits to be read: between two questions that is most often the server's goodbye."""
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    return bool(socket.poll(0))


@asynccontextmanager
async def open_session(url: str) -> AsyncGenerator[PatientConnection]:
    """Open an autocommit connection to `url` for who holds a lock in it, or listens, and speaks every few seconds.

    The server ends it after ten seconds of silence, so that a lock does not stay with a process that was suspended.

    Raises:
        OperationalError: the server cannot be reached.
    """
    options = f"-c idle_session_timeout={SILENCE_MS} -c idle_in_transaction_session_timeout={SILENCE_MS}"
    async with await PatientConnection.connect(url, autocommit=True, options=options, **NETWORK) as connection:
        yield connection
