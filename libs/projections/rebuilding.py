"""Rebuilds: a projection made from nothing beside the live one, and put in its place while people ask.

Nothing is lost on the way. What the live tables hold came from messages of the directory's stream; the new
tables are filled, then take in what the stream got meanwhile, again and again until little is left. For the last
of it whoever writes to the live tables waits, for a moment; whoever reads does only while names change hands.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import TypeAlias
from uuid import UUID

import msgspec
import structlog
from psycopg.errors import LockNotAvailable

from libs.bus.connection import BusClient
from libs.contracts.events import StructureChanged
from libs.database import Connection
from libs.projections.projection import SAYINGS, Projection, Said
from libs.projections.shadow import LIVE, SCHEMA, Shadow, connect, lock, the_only_one
from libs.projections.states import BATCH, Reading, StateReader
from libs.projections.truth import Truth, TruthRequest, truth_over
from libs.runtime.tasks import end

log = structlog.get_logger()

HANDS = 2
"""Batches in work at a time: while PostgreSQL writes one, the next is made ready."""

FEW = 500
"""States that may be taken in while others wait."""

STILL = 60.0
"""Seconds to wait for a stream that is being filled again, as long as nothing comes."""

PATIENCE = 600.0
"""Seconds to try to exchange the tables: a backup, say, may be reading them."""

RETRY = 0.5


class NotRebuilt(Exception):  # noqa: N818 -- said as it stands
    """The projection is as it was; the message says why."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What was built, in how many seconds. `unreadable` are the subjects whose messages nobody understands."""

    structures: int
    seconds: float
    unreadable: tuple[str, ...]


Progress: TypeAlias = Callable[[str, int, int | None], None]
"""Is told what is being done, how much of it is done, and how much there is to do, where that is known."""


class _Waiting(Exception):  # noqa: N818 -- control flow within an exchange
    """Too much is left for others to wait so long."""


async def rebuild(projection: Projection, *, database_url: str, nats: BusClient, progress: Progress) -> Rebuilt:
    """Build `projection` from nothing.

    Raises:
        AtWork: another process does.
        NotRebuilt: the stream lacks structures of which the directory knows, or others read the tables without end.
        StreamUnreadable, NoAnswer: see there.
        psycopg.OperationalError, nats.errors.Error, TimeoutError: a server went away. Nothing has changed.
    """
    truth = projection.truth or truth_over(nats)
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(await connect(database_url))
        await stack.enter_async_context(the_only_one(connection, f"relais.rebuild.{projection.name}"))
        shadow = await Shadow.of(connection, (*projection.tables, *projection.scratch), SCHEMA)
        await shadow.create(connection)
        stack.push_async_callback(shadow.drop, connection)
        hands = [
            await stack.enter_async_context(await connect(database_url, search_path=f"{SCHEMA},{LIVE}"))
            for _ in range(HANDS)
        ]
        return await _Rebuild(projection, shadow, StateReader(nats, SAYINGS), truth, progress).run(connection, hands)


class _Rebuild:
    def __init__(
        self, projection: Projection, shadow: Shadow, reader: StateReader[Said], truth: Truth, progress: Progress
    ) -> None:
        self._projection = projection
        self._shadow = shadow
        self._reader = reader
        self._truth = truth
        self._progress = progress
        self._place = 0
        self._known: set[UUID] = set()
        self._later: list[Said] = []
        self._unreadable: list[str] = []

    async def run(self, connection: Connection, hands: Sequence[Connection]) -> Rebuilt:
        begun = time.monotonic()
        self._place = await self._reader.last_place()
        expected = (await self._truth(TruthRequest(most=1))).total
        await self._fill(hands)
        self._progress("indexes", 0, None)
        await self._shadow.complete(hands[0], self._projection.tables)
        await self._take_in(hands[0], self._later)
        await self._become_whole(hands[0], expected)
        await self._exchange(connection, hands[0])
        return Rebuilt(
            structures=len(self._known), seconds=time.monotonic() - begun, unreadable=tuple(self._unreadable)
        )

    async def _fill(self, hands: Sequence[Connection]) -> None:
        taking_turns = asyncio.Lock()
        done = 0
        async with aclosing(self._first_states()) as batches:

            async def work(connection: Connection) -> None:
                nonlocal done
                while True:
                    async with taking_turns:
                        try:
                            left, batch = await anext(batches)
                        except StopAsyncIteration:
                            return
                    async with connection.transaction():
                        await self._projection.apply(connection, batch)
                    done += len(batch)
                    self._progress("structures", done, done + left)

            works = [asyncio.ensure_future(work(connection)) for connection in hands]
            try:
                await asyncio.gather(*works)
            finally:
                for one in works:
                    await end(one)

    async def _first_states(self) -> AsyncGenerator[tuple[int, list[Said]]]:
        """Yield the state of each structure once; what else there is of it waits, to be taken in by one hand."""
        own = self._projection.truth
        source = self._told(own) if own else self._reader.last_of_each()
        async with aclosing(source) as readings:
            async for left, reading in readings:
                batch = [said for said in reading.states if self._is_first(said)]
                self._unreadable += reading.unreadable
                yield left, batch

    def _is_first(self, said: Said) -> bool:
        if isinstance(said, StructureChanged) and said.structure.id not in self._known:
            self._known.add(said.structure.id)
            return True
        self._later.append(said)
        return False

    async def _told(self, truth: Truth) -> AsyncGenerator[tuple[int, Reading[Said]]]:
        """Yield what the directory's own tables hold."""
        request: TruthRequest | None = TruthRequest(most=BATCH)
        read = 0
        while request:
            page = await truth(request)
            read += len(page.states)
            yield max(page.total - read, 0), Reading[Said](states=[*page.states])
            request = TruthRequest(after=page.until, most=BATCH) if page.until else None

    async def _catch_up(self, connection: Connection, *, most: int | None = None) -> int:
        """Take in what came since, and return how much that was."""
        last = await self._reader.last_place()
        if last == self._place:
            return 0
        reading = await self._reader.after(self._place)
        if most is not None and len(reading.states) > most:
            raise _Waiting
        self._known |= {said.structure.id for said in reading.states if isinstance(said, StructureChanged)}
        await self._take_in(connection, reading.states)
        self._place = last
        return len(reading.states)

    async def _take_in(self, connection: Connection, states: Sequence[Said]) -> None:
        for start in range(0, len(states), BATCH):
            async with connection.transaction():
                await self._projection.apply(connection, states[start : start + BATCH])

    async def _become_whole(self, connection: Connection, expected: int) -> None:
        """Take in what comes until little does, and every structure is there of which the directory knew."""
        moved = time.monotonic()
        while True:
            came = await self._catch_up(connection)
            if len(self._known) >= expected and came <= FEW:
                return
            if came:
                moved = time.monotonic()
            elif time.monotonic() - moved > STILL:
                raise NotRebuilt(
                    f"The directory knows {expected:,} structures, and its stream holds {len(self._known):,}: "
                    "it is being filled again, or its relay does not run. Nothing was changed; try again later."
                )
            self._progress("stream", len(self._known), expected)
            await asyncio.sleep(0 if came else RETRY)

    async def _exchange(self, connection: Connection, hand: Connection) -> None:
        begun = time.monotonic()
        while True:
            self._progress("exchange", 0, None)
            place = self._place
            try:
                async with connection.transaction():
                    return await self._exchange_now(connection)
            except LockNotAvailable as error:
                log.info("rebuild_waits", projection=self._projection.name, error=str(error))
                if time.monotonic() - begun > PATIENCE:
                    raise NotRebuilt(
                        f"Others have been reading the tables of {self._projection.name} without a pause: a backup, "
                        "or a session that was left open? Nothing was changed; try again later."
                    ) from error
                await asyncio.sleep(RETRY)
            except _Waiting:
                pass
            self._place = place  # what was taken in was undone
            await self._catch_up(hand)

    async def _exchange_now(self, connection: Connection) -> None:
        projection = self._projection
        # Whoever writes now finishes first; whoever comes next waits, for the new tables.
        await connection.execute("set local lock_timeout = '5s'")
        await projection.hold(connection)
        await lock(connection, projection.tables, "exclusive")
        await connection.execute(f"set local search_path = {SCHEMA}, {LIVE}")
        await self._catch_up(connection, most=FEW)
        await projection.before_exchange(connection)
        # Readers queue up behind this lock, and so it is given up soon where a long read is in its way.
        await connection.execute("set local lock_timeout = '300ms'")
        await lock(connection, projection.tables, "access exclusive")
        await self._shadow.exchange(connection, projection.tables)
