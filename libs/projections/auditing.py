"""Audits: a projection compared, structure by structure, with what the directory tells; mended where asked.

What the directory tells is taken in as the projection itself would, into empty twins of its tables, and these are
compared row by row with the live ones, a page of ids at a time. What differs is looked at again once all events
recorded so far have been taken in: what still differs then does so for good.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from nats.js.errors import NotFoundError

from libs.bus.audits import Audit, keep_audit
from libs.bus.connection import BusClient
from libs.contracts.events import StructureChanged
from libs.contracts.structure import department_of
from libs.database import Connection, rows_as
from libs.projections.projection import Difference, Projection
from libs.projections.shadow import TEMPORARY, Shadow, connect, lock, the_only_one
from libs.projections.states import STREAM
from libs.projections.truth import MOST, Truth, TruthPage, TruthRequest, truth_over

PIECE = 50
"""Structures worked on at a time: the same process may be a worker that has other things to do."""

PATIENCE = 60.0
"""Seconds to wait for events on their way."""

PAUSE = 0.5
TOLD = 1_000
"""How many differences are kept one by one."""


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of an audit, with what differed, and how many structures were compared in each department.

    Departments are the first of each structure; "" stands for none.
    """

    audit: Audit
    differences: tuple[Difference, ...]
    compared: Mapping[str, int]


async def audit(
    projection: Projection, *, database_url: str, nats: BusClient, repair: bool = False, progress: Any = None
) -> Findings:
    """Compare `projection` with the truth, keep the outcome in its database, and return it.

    With `repair` each structure that differs is forgotten and taken in anew, whatever version is held.
    `progress` is called with the number of structures compared and of all.

    Raises:
        AtWork: another process audits it.
        NoAnswer: the directory does not answer.
        psycopg.OperationalError, nats.errors.Error, TimeoutError: a server went away.
    """
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(await connect(database_url))
        await stack.enter_async_context(the_only_one(connection, f"relais.audit.{projection.name}"))
        shadow = await Shadow.of(connection, (*projection.tables, *projection.scratch), TEMPORARY)
        await shadow.create(connection)
        live = await stack.enter_async_context(await connect(database_url))
        return await _Audit(projection, shadow, connection, live, nats).run(repair=repair, progress=progress)


class _Audit:
    def __init__(
        self, projection: Projection, shadow: Shadow, connection: Connection, live: Connection, nats: BusClient
    ) -> None:
        self._projection = projection
        self._shadow = shadow
        self._connection = connection
        self._live = live
        self._nats = nats
        self._truth: Truth = projection.truth or truth_over(nats)
        self._compared: Counter[str] = Counter()

    async def run(self, *, repair: bool, progress: Any) -> Findings:
        started_at = datetime.now(UTC)
        suspects = await self._compare_all(progress)
        found, late = await self._judge(suspects)
        repaired = await self._repair([one.id for one in found]) if repair else 0
        outcome = Audit(
            projection=self._projection.name,
            started_at=started_at,
            finished_at=datetime.now(UTC),
            compared=sum(self._compared.values()),
            differing=len(found),
            repaired=repaired,
            late=late,
        )
        findings = Findings(audit=outcome, differences=tuple(found), compared=self._compared)
        async with self._live.transaction():
            await keep_audit(self._live, outcome, msgspec.to_builtins(found[:TOLD]))
        return findings

    async def _compare_all(self, progress: Any) -> list[UUID]:
        suspects: list[UUID] = []
        after: UUID | None = None
        while True:
            page = await self._truth(TruthRequest(after=after, most=MOST))
            suspects += [one.id for one in await self._compare(page, after=after)]
            self._compared.update(department_of(said.structure) or "" for said in page.states)
            if progress:
                progress(sum(self._compared.values()), page.total)
            if page.until is None:
                return suspects
            after = page.until

    async def _compare(
        self, page: TruthPage, *, after: UUID | None = None, ids: Sequence[UUID] | None = None
    ) -> list[Difference]:
        """Return what is held otherwise than `page` tells, of the part of all structures that it is about."""
        async with self._connection.transaction():
            await self._shadow.empty(self._connection)
            for start in range(0, len(page.states), PIECE):
                await self._projection.apply(self._connection, page.states[start : start + PIECE])
            bounds = {"after": after, "until": page.until, "ids": None if ids is None else list(ids)}
            async with self._connection.cursor(row_factory=rows_as(Difference)) as cursor:
                await cursor.execute(self._projection.compare, bounds)
                return await cursor.fetchall()

    async def _judge(self, suspects: Sequence[UUID]) -> tuple[list[Difference], int]:
        """Return what differs for good, and how many could not be judged before patience ended."""
        deadline = time.monotonic() + PATIENCE
        versions, found = await self._look(suspects)
        judged: list[Difference] = []
        while found:
            settled = await self._nothing_is_on_its_way()
            before = versions
            versions, found = await self._look([one.id for one in found])
            if settled:
                # Of one that changed again meanwhile the event may be under way.
                judged += [one for one in found if versions.get(one.id) == before.get(one.id)]
                known = {one.id for one in judged}
                found = [one for one in found if one.id not in known]
            if time.monotonic() > deadline:
                return judged, len(found)
            if found:
                await asyncio.sleep(PAUSE)
        return judged, 0

    async def _look(self, ids: Sequence[UUID]) -> tuple[dict[UUID, int], list[Difference]]:
        """Compare some structures anew; return also which versions the directory tells."""
        versions: dict[UUID, int] = {}
        found: list[Difference] = []
        for start in range(0, len(ids), MOST):
            some = ids[start : start + MOST]
            states = await self._states(some)
            versions |= {said.structure.id: said.structure.version for said in states}
            found += await self._compare(TruthPage(states=tuple(states)), ids=some)
        return versions, found

    async def _states(self, ids: Sequence[UUID]) -> list[StructureChanged]:
        """Return the present states of those among `ids` that the directory knows."""
        states: list[StructureChanged] = []
        request: TruthRequest | None = TruthRequest(ids=tuple(ids))
        while request:
            page = await self._truth(request)
            states += page.states
            request = msgspec.structs.replace(request, after=page.until) if page.until else None
        return states

    async def _nothing_is_on_its_way(self) -> bool:
        """Whether the projection has taken in, or given up, all that the directory had recorded by now."""
        if (await self._truth(TruthRequest(ids=()))).unsent:
            return False
        try:
            consumer = await self._nats.jetstream().consumer_info(STREAM, self._projection.consumer)
        except NotFoundError:
            return True  # nobody brings it anything
        return not (consumer.num_pending or consumer.num_ack_pending)

    async def _repair(self, ids: Sequence[UUID]) -> int:
        for start in range(0, len(ids), PIECE):
            some = ids[start : start + PIECE]
            async with self._live.transaction():
                await self._live.execute("set local lock_timeout = '5s'")
                # What others took in was recorded before the truth is asked for, and is not undone.
                await self._projection.hold(self._live)
                await lock(self._live, self._projection.tables, _WRITERS_WAIT)
                states = await self._states(some)
                await self._projection.forget(self._live, some)
                await self._projection.apply(self._live, states)
        return len(ids)


_WRITERS_WAIT: LiteralString = "exclusive"
