"""Nothing overtakes a late event on its own aggregate, whatever is redelivered, doubled or delayed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from libs.bus.backlog import GRACE, Backlog
from libs.bus.consumer import MOST_DELIVERIES

AGGREGATES = [UUID(int=number) for number in range(3)]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Waiting:
    """An event that the server will hand over from `due` on; None before it was ever handed over."""

    aggregate: UUID
    due: float | None = None


class Deliveries(RuleBasedStateMachine):
    """A server that hands new events over in order, what it was told to bring again at its time, and some twice."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.backlog = Backlog(self.clock)
        self.places = 0
        self.waiting: dict[int, Waiting] = {}
        self.done: list[int] = []
        self.applied: dict[UUID, list[int]] = defaultdict(list)

    @rule(aggregate=st.sampled_from(AGGREGATES))
    def publish(self, aggregate: UUID) -> None:
        self.places += 1
        self.waiting[self.places] = Waiting(aggregate)

    @rule(most=st.integers(1, 5), outcomes=st.lists(st.sampled_from(["done", "failed", "kept"]), min_size=5))
    def deliver(self, most: int, outcomes: list[str]) -> None:
        """Hand over what is due again, then what is new."""
        due = [place for place, event in self.waiting.items() if event.due is not None and event.due <= self.clock.now]
        new = [place for place, event in self.waiting.items() if event.due is None]
        for place, outcome in zip(sorted(due)[:most] + sorted(new)[: max(most - len(due), 0)], outcomes, strict=False):
            self.handle(place, outcome)

    def handle(self, place: int, outcome: str) -> None:
        event = self.waiting[place]
        key = ("stream", event.aggregate)
        if delay := self.backlog.hold(key, place):
            event.due = self.clock.now + delay
        elif outcome == "done":
            self.backlog.done(key, place)
            self.applied[event.aggregate].append(place)
            self.done.append(place)
            del self.waiting[place]
        else:
            put_off = self.backlog.failed if outcome == "failed" else self.backlog.keep
            put_off(key, place, 5)
            event.due = self.clock.now + 5

    @rule(place=st.integers(1, 100), aggregate=st.sampled_from(AGGREGATES))
    def deliver_again_what_was_done(self, place: int, aggregate: UUID) -> None:
        """The acknowledgement was lost: the inbox knows the event, and it is done once more."""
        if place in self.done and place in self.applied[aggregate]:
            key = ("stream", aggregate)
            if not self.backlog.hold(key, place):
                self.backlog.done(key, place)

    @rule(seconds=st.floats(0, GRACE / 2))
    def wait(self, seconds: float) -> None:
        """Time passes, but the server is never later than the grace with what is due."""
        for place in sorted(self.waiting):
            event = self.waiting.get(place)
            if event and event.due is not None and event.due + GRACE / 2 < self.clock.now + seconds:
                self.clock.now = max(self.clock.now, event.due)
                self.handle(place, "done")
        self.clock.now += seconds

    @invariant()
    def each_aggregate_is_in_order(self) -> None:
        for places in self.applied.values():
            assert places == sorted(places)

    def teardown(self) -> None:
        for _ in range(1_000):
            if not self.waiting:
                break
            self.clock.now += 1
            self.deliver(100, ["done"] * 100)
        assert not self.waiting
        for places in self.applied.values():
            assert places == sorted(places)


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=60, stateful_step_count=40, derandomize=True)


def test_waiting_for_a_lost_event_ends_and_does_not_look_like_poison() -> None:
    clock = Clock()
    backlog = Backlog(clock)
    key = ("stream", AGGREGATES[0])
    backlog.failed(key, 1, 5)
    deliveries = 0
    while delay := backlog.hold(key, 2):
        deliveries += 1
        clock.now += delay
    assert clock.now < 1_000 + 5 + 2 * GRACE
    assert deliveries == backlog.answers(key, 2)
    assert deliveries < MOST_DELIVERIES


def test_tries_in_vain_are_counted_and_waiting_is_not() -> None:
    backlog = Backlog(Clock())
    key = ("stream", AGGREGATES[0])
    backlog.failed(key, 1, 1)
    backlog.keep(key, 1, 1)
    backlog.hold(key, 2)
    assert (backlog.tries(key, 1), backlog.answers(key, 1)) == (1, 2)
    assert (backlog.tries(key, 2), backlog.answers(key, 2)) == (0, 1)


def test_aggregates_and_streams_do_not_wait_for_each_other() -> None:
    backlog = Backlog(Clock())
    backlog.failed(("stream", AGGREGATES[0]), 1, 60)
    assert not backlog.hold(("stream", AGGREGATES[1]), 2)
    assert not backlog.hold(("other", AGGREGATES[0]), 2)
    assert backlog.hold(("stream", AGGREGATES[0]), 2)


def test_nothing_is_remembered_of_what_is_done() -> None:
    backlog = Backlog(Clock())
    for place in range(1, 4):
        backlog.failed(("stream", AGGREGATES[place % 2]), place, 1)
    for place in range(1, 4):
        backlog.done(("stream", AGGREGATES[place % 2]), place)
    assert len(backlog) == 0
