"""What a relay publishes is in the stream, in order on each aggregate, whatever is refused, lost or doubled.

The outbox and the stream are imagined, as is the clock; two relays take turns, and one may be suspended in between.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal
from unittest.mock import AsyncMock, MagicMock
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from nats.errors import TimeoutError as NatsTimeoutError
from psycopg import OperationalError

from libs.bus.outbox import SQL
from libs.bus.relay import STRETCH, OutboxRow, PublishRefused, Relay
from libs.identifiers import uuid7

AGGREGATES = [UUID(int=number) for number in range(3)]
MOST_BYTES = 2_000
WINDOW = 300.0
FEW = 2
QUERIES = {SQL[name]: name for name in ("mark_published", "bury")}

Fault = Literal["none", "lost", "unheard", "refused"]
"""What becomes of a request: it does not arrive, its answer does not, or the server cannot take it now."""

FAULTS = st.lists(st.sampled_from(["none", "none", "none", "lost", "unheard", "refused"]), max_size=6)


@dataclass
class Row(OutboxRow):
    published: bool = False


@dataclass
class Stream:
    """A stream that knows for a while which ids it holds, and takes a batch whole or not at all."""

    max_payload: int = MOST_BYTES
    now: float = 0.0
    stored: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    known: dict[str, float] = field(default_factory=dict)
    staged: dict[str, list[str]] = field(default_factory=dict)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event | None = None

    async def publish(self, _subject: str, _data: bytes, headers: dict[str, str]) -> None:
        """Take a message of a batch, which is stored only at its end; what is lost makes the batch incomplete."""
        if self._fault() in {"none", "unheard"}:
            self.staged.setdefault(headers["Nats-Batch-Id"], []).append(headers["Nats-Msg-Id"])

    async def request(self, _subject: str, _data: bytes, _timeout: float, headers: dict[str, str]) -> Any:
        if self.gate:
            self.asked.set()
            await self.gate.wait()
        fault = self._fault()
        if fault == "lost":
            raise NatsTimeoutError
        answer = {"error": {"description": "not now"}} if fault == "refused" else self._store(headers)
        if fault == "unheard":
            raise NatsTimeoutError
        return MagicMock(data=json.dumps(answer).encode())

    def jetstream(self) -> Any:
        """It answers what it is asked about itself, whatever becomes of what it is sent."""
        return SimpleNamespace(stream_info=AsyncMock())

    def _fault(self) -> Fault:
        return self.faults.pop(0) if self.faults else "none"

    def _is_known(self, message_id: str) -> bool:
        return self.known.get(message_id, float("-inf")) > self.now - WINDOW

    def _store(self, headers: dict[str, str]) -> dict[str, Any]:
        message_id = headers["Nats-Msg-Id"]
        if batch := headers.get("Nats-Batch-Id"):
            ids = [*self.staged.pop(batch, []), message_id]
            if len(ids) != int(headers["Nats-Batch-Sequence"]) or any(map(self._is_known, ids)):
                return {"error": {"description": "the batch is incomplete, or holds what is known"}}
        else:
            ids = [message_id]
        self.stored += [one for one in ids if not self._is_known(one)]
        self.known |= dict.fromkeys(ids, self.now)
        return {"stream": "search"}


@dataclass
class Session:
    """A relay's connection to the outbox; `lost` once its session has ended."""

    rows: list[Row]
    letters: list[UUID]
    lost: bool = False

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        if self.lost:
            raise OperationalError("terminating connection due to idle-session timeout")
        yield

    async def execute(self, query: str, parameters: dict[str, Any]) -> None:
        if QUERIES[query] == "bury":
            self.letters.append(UUID(parameters["headers"].obj["ce-id"]))
        else:
            for row in self.rows:
                row.published |= row.position in parameters["positions"]

    def unpublished(self) -> list[OutboxRow]:
        return [row for row in self.rows if not row.published][:5]


class Relaying(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stream = Stream()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("libs.bus.relay.time", SimpleNamespace(monotonic=lambda: self.stream.now))
        self.patch.setattr("libs.bus.relay.log", MagicMock())
        self.wall = 1_800_000_000
        self.patch.setattr("libs.identifiers.time", SimpleNamespace(time_ns=lambda: self.wall * 10**9))
        self.patch.setattr("libs.bus.relay.FEW", FEW)
        self.rows: list[Row] = []
        self.letters: list[UUID] = []
        self.certain = False
        self.open_session()
        self.suspended: tuple[Session, asyncio.Task[bool]] | None = None

    def open_session(self) -> None:
        self.session = Session(self.rows, self.letters)
        self.relay = Relay("search", "", self.stream)  # type: ignore[arg-type] -- a double
        self.certain = False

    @rule(aggregate=st.sampled_from(AGGREGATES), large=st.sampled_from([False, False, False, False, True]))
    def record(self, aggregate: UUID, *, large: bool) -> None:
        event_id = uuid7()
        row = Row(
            position=len(self.rows) + 1,
            id=event_id,
            subject=f"relais.search.structure.{aggregate}.indexed.v1",
            headers={"Nats-Msg-Id": str(event_id), "ce-id": str(event_id)},
            data="x" * (MOST_BYTES if large else 1),
            aggregate_id=aggregate,
        )
        self.rows.append(row)

    @rule(faults=FAULTS)
    def relay_some(self, faults: list[Fault]) -> None:
        """Publish what is next, as the relay's loop does; after a failure it begins anew."""
        self.stream.faults = list(faults)
        if rows := self.session.unpublished():
            try:
                self.certain = self.loop.run_until_complete(self.publish(rows))
            except (PublishRefused, NatsTimeoutError, OperationalError):
                self.open_session()
        self.stream.faults = []

    async def publish(self, rows: list[OutboxRow]) -> bool:
        return await self.relay._publish(self.session, rows, atomically=self.certain)  # type: ignore[arg-type]  # noqa: SLF001 -- one turn of its loop

    @precondition(lambda self: not self.suspended)
    @rule()
    def suspend_while_publishing(self) -> None:
        """The process stops as it waits for an answer; its session ends, and another relay takes over."""
        if not (rows := self.session.unpublished()) or not any(row.size <= MOST_BYTES for row in rows):
            return
        self.stream.gate, self.stream.asked = asyncio.Event(), asyncio.Event()
        # A batch is one question to the server, however many messages it has.
        fit = [row.aggregate_id for row in rows if row.size <= MOST_BYTES]
        at_once = self.certain or len(set(fit)) == len(fit) <= FEW
        self.in_flight = len(fit) if at_once else 1
        task = self.loop.create_task(self.publish(rows))
        self.loop.run_until_complete(self.stream.asked.wait())
        self.session.lost = True
        self.suspended, self.gate = (self.session, task), self.stream.gate
        self.stream.gate = None
        self.open_session()

    @precondition(lambda self: self.suspended)
    @rule(seconds=st.sampled_from([12.0, 2 * WINDOW]))
    def go_on_after_suspension(self, seconds: float) -> None:
        """The one that was suspended goes on where it stopped, and learns that its session is lost."""
        self.stream.now += seconds
        assert seconds > STRETCH
        assert self.suspended
        before = len(self.stream.stored)
        _, task = self.suspended
        self.suspended = None
        self.gate.set()
        with pytest.raises((OperationalError, PublishRefused)):
            self.loop.run_until_complete(task)
        known = set(self.stream.stored[:before])
        again = [one for one in self.stream.stored[before:] if one in known]
        assert len(again) <= self.in_flight, "it sent more than what it was waiting for"

    @rule(seconds=st.sampled_from([-86_400, -5, 86_400]))
    def step_the_clock_of_writers(self, seconds: int) -> None:
        """Ids of what is recorded next sort before, or long after, those that are there."""
        self.wall += seconds

    @rule(seconds=st.sampled_from([0.1, 5.0, WINDOW]))
    def wait(self, seconds: float) -> None:
        self.stream.now += seconds

    @invariant()
    def each_aggregate_is_in_order(self) -> None:
        position = {str(row.id): row.position for row in self.rows}
        for aggregate in AGGREGATES:
            own = {str(row.id) for row in self.rows if row.aggregate_id == aggregate}
            first = [position[one] for one in dict.fromkeys(self.stream.stored) if one in own]
            assert first == sorted(first)

    @invariant()
    def what_is_marked_is_in_the_stream_or_buried(self) -> None:
        for row in self.rows:
            if row.published:
                assert (str(row.id) in self.stream.stored) != (row.id in self.letters)

    def teardown(self) -> None:
        if self.suspended:
            self.go_on_after_suspension(12.0)
        while self.session.unpublished():
            self.relay_some([])
        assert {str(row.id) for row in self.rows if row.size <= MOST_BYTES} == set(self.stream.stored)
        assert self.letters == [row.id for row in self.rows if row.size > MOST_BYTES]
        self.patch.undo()
        self.loop.close()


TestRelaying = Relaying.TestCase
TestRelaying.settings = settings(max_examples=80, stateful_step_count=40, derandomize=True)
