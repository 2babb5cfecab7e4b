"""Each event takes effect once, whatever is doubled, lost, killed or away: a consumer on an imagined database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Literal
from unittest.mock import MagicMock
from uuid import UUID

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from libs.bus import Event, NewEvent
from libs.bus.backlog import Backlog
from libs.bus.consumer import Consumer
from libs.bus.events import headers_of, subject_of
from libs.bus.outbox import SQL
from libs.contracts.events import StructureIndexed, type_of
from libs.identifiers import uuid7

AGGREGATES = [UUID(int=number) for number in range(3)]
KIND = "structure.indexed.v1"
TIME = datetime(2026, 11, 3, tzinfo=UTC)
QUERIES = {SQL[name]: name for name in ("take_in", "count_failure", "bury")}

Fault = Literal["none", "away", "dies before commit", "dies after commit"]


@dataclass
class Database:
    """What is committed: the inbox, effects in their order, counted failures, and what was buried."""

    inbox: set[UUID] = field(default_factory=set)
    effects: list[tuple[UUID, int]] = field(default_factory=list)
    failures: Counter[UUID] = field(default_factory=Counter[UUID])
    letters: list[tuple[str, str]] = field(default_factory=list)
    fault: Fault = "none"

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Session]:
        if self.fault == "away":
            raise PoolTimeout
        yield Session(self)


class Session:
    """A connection: outside a transaction every statement stands alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        database = self._database
        before = set(database.inbox), list(database.effects)
        try:
            yield
        except BaseException:
            database.inbox, database.effects = before
            raise
        if database.fault == "dies before commit":
            database.inbox, database.effects = before
        if database.fault.startswith("dies"):
            raise OperationalError("server closed the connection")

    async def execute(self, query: str, parameters: dict[str, Any]) -> Answer:
        if QUERIES[query] == "take_in":
            new = [one for one in parameters["ids"] if one not in self._database.inbox]
            self._database.inbox.update(new)
            return Answer([(one,) for one in dict.fromkeys(new)])
        if QUERIES[query] == "count_failure":
            self._database.failures[parameters["event_id"]] += 1
            return Answer([(self._database.failures[parameters["event_id"]],)])
        letter = (parameters["subject"], parameters["error"])
        if letter not in self._database.letters:
            self._database.letters.append(letter)
        return Answer([])

    def apply(self, aggregate: UUID, version: int) -> None:
        self._database.effects.append((aggregate, version))


@dataclass
class Answer:
    rows: list[tuple[Any, ...]]

    async def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows


@dataclass
class Sequences:
    stream: int


@dataclass
class Metadata:
    sequence: Sequences
    num_delivered: int
    stream: str = "search"


@dataclass
class Stored:
    """A message as the server keeps it, until it is acknowledged."""

    event_id: UUID
    aggregate: UUID
    version: int
    poison: bool
    headers: dict[str, str]
    subject: str
    data: bytes
    deliveries: int = 0


class Message:
    """One delivery of a stored message; `deaf` when no answer to it arrives."""

    def __init__(self, place: int, stored: Stored, *, deaf: bool) -> None:
        stored.deliveries += 1
        self.metadata = Metadata(Sequences(place), stored.deliveries)
        self.headers, self.subject, self.data = stored.headers, stored.subject, stored.data
        self.is_acked = False
        self.answer = ""
        self.delay = 0.0
        self._deaf = deaf

    def _say(self, answer: str) -> None:
        self.is_acked = True
        self.answer = "" if self._deaf else answer

    async def ack(self) -> None:
        self._say("done")

    async def term(self) -> None:
        self._say("done")

    async def nak(self, delay: float) -> None:
        assert delay > 0, "at once is too soon"
        self.delay = delay
        self._say("later")


class Taking(RuleBasedStateMachine):
    """A server that hands messages over, in any order across aggregates, again and again until it hears an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("libs.bus.consumer.RETRY_DELAYS", (1, 2))
        self.patch.setattr("libs.bus.consumer.MOST_DELIVERIES", 10_000)
        self.patch.setattr("libs.bus.consumer.log", MagicMock())  # what fails is said, which takes longer than all else
        self.patch.setattr("libs.identifiers.time", SimpleNamespace(time_ns=lambda: int(self.wall.timestamp() * 1e9)))
        self.now = 1_000.0
        self.wall = TIME
        self.database = Database()
        self.stream: dict[int, Stored] = {}
        self.due: dict[int, float] = {}
        self.said: list[Stored] = []
        self.versions: Counter[UUID] = Counter()
        self.tried: Counter[str] = Counter()

    @initialize()
    def start(self) -> None:
        self.consumer = Consumer("test", pool=self.database, nats=None, handlers={KIND: self.handle})  # type: ignore[arg-type] -- doubles
        self.consumer._backlog = Backlog(lambda: self.now)  # noqa: SLF001 -- its clock

    @rule()
    def restart(self) -> None:
        """The process is killed: it remembers nothing."""
        self.start()

    async def handle(self, session: Session, events: Sequence[Event[StructureIndexed]]) -> None:
        for event in events:
            session.apply(event.aggregate_id, event.version)
            if poison := [stored for stored in self.said if stored.event_id == event.id and stored.poison]:
                self.tried[poison[0].subject] += 1
                raise ValueError("this one cannot be handled")

    @rule(aggregate=st.sampled_from(AGGREGATES), kind=st.sampled_from(["well", "well", "well", "poison", "garbled"]))
    def publish(self, aggregate: UUID, kind: str) -> None:
        self.versions[aggregate] += 1
        version, event_id = self.versions[aggregate], uuid7()
        data = StructureIndexed(structure_id=aggregate, version=version)
        event = NewEvent(data=data, aggregate_id=aggregate, version=version)
        headers = headers_of(event, type_of(data), event_id, self.wall)
        subject = f"{subject_of(type_of(data), aggregate)}.{version}"
        body = b"{" if kind == "garbled" else msgspec.json.encode(data)
        stored = Stored(event_id, aggregate, version, kind != "well", headers, subject, body)
        self.said.append(stored)
        self.stream[len(self.said)] = stored

    @rule(
        data=st.data(),
        fault=st.sampled_from(["none", "none", "none", "away", "dies before commit", "dies after commit"]),
        deaf=st.sampled_from([False, False, False, True]),
    )
    def deliver(self, data: st.DataObject, fault: Fault, *, deaf: bool) -> None:
        if self.stream:
            places = data.draw(st.lists(st.sampled_from(sorted(self.stream)), min_size=1, max_size=6))
            self.hand_over(places, fault, deaf=deaf)

    def hand_over(self, places: list[int], fault: Fault, *, deaf: bool) -> None:
        messages = [Message(place, self.stream[place], deaf=deaf) for place in places]
        self.database.fault = fault
        self.loop.run_until_complete(self.take(messages))
        self.database.fault = "none"
        for place, message in zip(places, messages, strict=True):
            if message.answer == "done":
                self.stream.pop(place, None)
                self.due.pop(place, None)
            elif message.answer == "later":
                self.due[place] = self.now + message.delay

    async def take(self, messages: list[Message]) -> None:
        try:
            await self.consumer._take(messages)  # type: ignore[arg-type]  # noqa: SLF001 -- what it does with a batch
        except (OperationalError, PoolTimeout):
            await self.consumer._give_back(messages)  # type: ignore[arg-type]  # noqa: SLF001 -- what follows an outage

    @rule(days=st.sampled_from([-40, -1, 1, 40]))
    def step_the_publisher_s_clock(self, days: int) -> None:
        """Whoever set it was wrong: ids and times of what follows sort before, or long after, what was."""
        self.wall += timedelta(days=days)

    @rule(seconds=st.sampled_from([0.01, 1.0, 10.0, 3_600.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def nothing_took_effect_twice(self) -> None:
        assert max(Counter(self.database.effects).values(), default=1) == 1

    @invariant()
    def what_is_acknowledged_took_effect_or_is_buried(self) -> None:
        buried = {subject for subject, _ in self.database.letters}
        for place, stored in enumerate(self.said, start=1):
            if place not in self.stream:
                done = (stored.aggregate, stored.version) in self.database.effects
                assert done != (stored.subject in buried)

    @invariant()
    def poison_is_buried_after_so_many_tries_however_often_the_process_is_killed(self) -> None:
        buried = {subject for subject, _ in self.database.letters}
        # Each time with others, then alone.
        assert all(tried <= 2 * 2 for subject, tried in self.tried.items() if subject not in buried)

    def teardown(self) -> None:
        for _ in range(100):
            if not self.stream:
                break
            self.now += 1
            self.hand_over(sorted(self.stream), "none", deaf=False)
        buried = Counter(subject for subject, _ in self.database.letters)
        assert not self.stream
        assert buried == Counter(stored.subject for stored in self.said if stored.poison)
        assert set(self.database.effects) == {(one.aggregate, one.version) for one in self.said if not one.poison}
        self.patch.undo()
        self.loop.close()


class TakingInOrder(Taking):
    """One process that is never killed, and a server that hears it: what comes again comes before what is new."""

    def restart(self) -> None:
        """Never."""

    @rule(
        most=st.integers(1, 6),
        fault=st.sampled_from(["none", "none", "none", "away", "dies before commit", "dies after commit"]),
    )
    def deliver(self, most: int, fault: Fault) -> None:
        new = [place for place in sorted(self.stream) if place not in self.due]
        self.hand_over([*self.again(), *new][:most], fault, deaf=False)

    def again(self) -> list[int]:
        return sorted(place for place, due in self.due.items() if due <= self.now)

    @rule(seconds=st.sampled_from([0.01, 1.0, 10.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.hand_over(self.again(), "none", deaf=False)

    @invariant()
    def each_aggregate_is_in_order(self) -> None:
        for aggregate in AGGREGATES:
            versions = [version for owner, version in self.database.effects if owner == aggregate]
            assert versions == sorted(versions)


TestTaking = Taking.TestCase
TestTaking.settings = settings(max_examples=50, stateful_step_count=30, derandomize=True)
TestTakingInOrder = TakingInOrder.TestCase
TestTakingInOrder.settings = settings(max_examples=50, stateful_step_count=30, derandomize=True)
