"""Working off what is due in the database, in lanes that do not hold each other up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

import structlog
from psycopg import AsyncConnection, InterfaceError, OperationalError, sql
from psycopg_pool import PoolTimeout

from libs.database import Connection

log = structlog.get_logger()

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

POLL = 1.0
"""Seconds between looks when no notification comes."""

PAUSE = 0.5
"""Seconds to wait after a failure of our own."""

UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
"""What is raised while PostgreSQL is away."""


class Lanes(Generic[K, T]):
    """Does what is due, each piece in the lane of its key: a slow lane delays no other.

    Woken by notifications on the PostgreSQL channel `channel` and by a poll. Several may run: an advisory lock
    leaves one at work, and passes to another as soon as its process dies. What is due is read from the
    database and nothing is claimed there, so that what a dead process had begun is due still.

    `keys` returns the keys for which something is due, `due` up to `width` pieces of one key, `do` does one
    piece and records it, so that it is due no longer. The pieces of one call of `due` are done side by side.
    """

    def __init__(
        self,
        database_url: str,
        *,
        channel: str,
        keys: Callable[[], Awaitable[Sequence[K]]],
        due: Callable[[K, int], Awaitable[Sequence[T]]],
        do: Callable[[T], Awaitable[None]],
        width: int = 4,
        poll: float = POLL,
    ) -> None:
        self._database_url = database_url
        self._channel = channel
        self._keys = keys
        self._due = due
        self._do = do
        self._width = width
        self._poll = poll
        self._open: set[K] = set()
        self._again: set[K] = set()

    async def run(self) -> None:
        """Work until cancelled; a lost database is waited for, and what is under way meanwhile goes on."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    async with await AsyncConnection.connect(
                        self._database_url, autocommit=True, connect_timeout=5
                    ) as connection:
                        await self._take_lock(connection)
                        await connection.execute(sql.SQL("listen {}").format(sql.Identifier(self._channel)))
                        while True:
                            await self._look(group)
                            async for _ in connection.notifies(timeout=self._poll, stop_after=1):
                                pass
                except UNAVAILABLE as error:
                    log.warning("lanes_interrupted", channel=self._channel, error=str(error) or type(error).__name__)
                    await asyncio.sleep(PAUSE)

    async def _take_lock(self, connection: Connection) -> None:
        while True:
            cursor = await connection.execute("select pg_try_advisory_lock(hashtext(%s))", [f"relais.{self._channel}"])
            row = await cursor.fetchone()
            if row and row[0]:
                return
            await asyncio.sleep(self._poll)

    async def _look(self, group: asyncio.TaskGroup) -> None:
        for key in await self._keys():
            if key in self._open:
                self._again.add(key)
            else:
                self._open.add(key)
                group.create_task(self._work_off(key))

    async def _work_off(self, key: K) -> None:
        try:
            while True:
                self._again.discard(key)
                if pieces := await self._due(key, self._width):
                    await asyncio.gather(*(self._do(piece) for piece in pieces))
                elif key not in self._again:
                    return
        except UNAVAILABLE as error:
            log.warning("lane_interrupted", channel=self._channel, error=str(error) or type(error).__name__)
            await asyncio.sleep(PAUSE)
        finally:
            self._open.discard(key)
