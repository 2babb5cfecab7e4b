"""Working off what is due in the database, in lanes that do not hold each other up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import structlog
from psycopg import InterfaceError, InternalError, OperationalError, sql
from psycopg_pool import PoolTimeout

from libs.database import Connection, open_session
from libs.runtime.tasks import heed_cancellation

log = structlog.get_logger()

K = TypeVar("K", bound=Hashable)

POLL = 1.0
"""Seconds between looks when no notification comes."""

PAUSE = 0.5
"""Seconds to wait after PostgreSQL was away."""

HELD_BACK = 60.0
"""Seconds that a piece is left alone which a defect of ours kept from being done."""

UNAVAILABLE = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""What is raised while PostgreSQL is away, or has ended the session of a process that was suspended."""


class Piece(Protocol):
    """Something to do."""

    @property
    def id(self) -> UUID: ...


T = TypeVar("T", bound=Piece)


class Lanes(Generic[K, T]):
    """Does what is due, each piece in the lane of its key: a slow lane delays no other.

    Woken by notifications on the PostgreSQL channel `channel` and by a poll. Several may run: an advisory lock
    leaves one at work, and passes to another as soon as its process dies, or is silent for ten seconds. What is
    due is read from the database and nothing is claimed there, so that what a dead process had begun is due still.

    `keys` returns the keys for which something is due, `due` the first pieces of one key, at most as many as
    asked for; `do` does one piece and records it, so that it is due no longer. A lane does up to `width` pieces
    side by side.
    """

    def __init__(
        self,
        database_url: str,
        *,
        channel: str,
        keys: Callable[[Connection], Awaitable[Sequence[K]]],
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
        self._open: dict[K, asyncio.Event] = {}

    async def run(self) -> None:
        """Work until cancelled; a lost database is waited for, and what is under way meanwhile goes on."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    async with open_session(self._database_url) as connection:
                        await self._take_lock(connection)
                        await connection.execute(sql.SQL("listen {}").format(sql.Identifier(self._channel)))
                        while True:
                            heed_cancellation()
                            await self._look(connection, group)
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

    async def _look(self, connection: Connection, group: asyncio.TaskGroup) -> None:
        for key in await self._keys(connection):
            if key not in self._open:
                self._open[key] = asyncio.Event()
                group.create_task(self._work_off(key, self._open[key]))
            self._open[key].set()

    async def _work_off(self, key: K, wake: asyncio.Event) -> None:
        """Do the pieces of one key until none is due. `wake` says that there may be more to do."""
        busy: set[UUID] = set()
        try:
            while wake.is_set():
                async with asyncio.TaskGroup() as group:
                    while busy or wake.is_set():
                        heed_cancellation()
                        await wake.wait()
                        wake.clear()
                        for piece in await self._free_pieces(key, busy, wake):
                            busy.add(piece.id)
                            group.create_task(self._do_one(piece, busy, wake))
        finally:
            del self._open[key]

    async def _free_pieces(self, key: K, busy: set[UUID], wake: asyncio.Event) -> Sequence[T]:
        """Return pieces to begin now, as many as the lane has room for."""
        # Pieces under way are due still, and the first in line; so are, to this query, those done while it runs.
        under_way = set(busy)
        try:
            due = await self._due(key, self._width)
        except UNAVAILABLE as error:
            log.warning("lane_interrupted", channel=self._channel, error=type(error).__name__)
            await asyncio.sleep(PAUSE)
            wake.set()
            return []
        return [piece for piece in due if piece.id not in under_way][: self._width - len(busy)]

    async def _do_one(self, piece: T, busy: set[UUID], wake: asyncio.Event) -> None:
        try:
            await self._do(piece)
        except UNAVAILABLE as error:
            log.warning("piece_interrupted", channel=self._channel, error=type(error).__name__)
            await asyncio.sleep(PAUSE)
        except Exception:
            log.exception("piece_failed", channel=self._channel, piece=str(piece.id))
            await asyncio.sleep(HELD_BACK)
        busy.discard(piece.id)
        wake.set()
