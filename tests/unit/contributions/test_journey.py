"""What receipts add up to: the same whatever their order and however often each comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.contributions.domain.journey import STEPS, Receipt, ReceiptStep, Step, journey_of

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
AGAIN = START + timedelta(minutes=5)
PUBLISHERS: dict[ReceiptStep, Any] = {
    "approved": "contributions",
    "applied": "directory",
    "exported": "directory",
    "indexed": "search",
    "webhooks_scheduled": "notify",
    "webhook": "notify",
    "contributor_notified": "notify",
}


def receipt(step: ReceiptStep, tenths: int = 0, **detail: Any) -> Receipt:
    at = START + timedelta(milliseconds=100 * tenths)
    return Receipt(service=PUBLISHERS[step], step=step, at=at, detail=detail)


def attempt(delivery: str, outcome: str, number: int, tenths: int = 5) -> Receipt:
    again = {"next_attempt_at": AGAIN.isoformat()} if outcome == "retrying" else {}
    return receipt("webhook", tenths, outcome=outcome, attempt=number, delivery_id=delivery, **again)


def webhooks_of(receipts: list[Receipt]) -> Step:
    return next(step for step in journey_of(receipts, wants_answer=True).steps if step.step == "webhooks")


WHOLE = [
    receipt("approved"),
    receipt("applied", 1),
    receipt("indexed", 2),
    receipt("exported", 3),
    receipt("webhooks_scheduled", 2, total=2),
    attempt("a", "delivered", 1),
    attempt("b", "retrying", 1, 4),
    attempt("b", "failed", 2, 9),
    receipt("contributor_notified", 4, outcome="delivered"),
]


@given(st.permutations(WHOLE), st.lists(st.sampled_from(WHOLE)))
def test_order_and_repetition_do_not_matter(shuffled: list[Receipt], repeated: list[Receipt]):
    expected = journey_of(WHOLE, wants_answer=True)
    assert expected.complete
    assert tuple(step.step for step in expected.steps) == STEPS
    assert journey_of([*shuffled, *repeated], wants_answer=True) == expected


@given(st.sets(st.sampled_from(range(len(WHOLE))), max_size=len(WHOLE) - 1))
def test_it_is_complete_once_every_station_was_reached_or_tried(kept: set[int]):
    receipts = [WHOLE[index] for index in sorted(kept)]
    steps = {receipt.step for receipt in receipts}
    tried = {receipt.detail["delivery_id"] for receipt in receipts if receipt.step == "webhook"}
    journey = journey_of(receipts, wants_answer=True)
    assert journey.complete == ({receipt.step for receipt in WHOLE} <= steps and tried == {"a", "b"})


@given(
    st.lists(
        st.builds(
            attempt,
            st.sampled_from("abc"),
            st.sampled_from(["delivered", "failed", "retrying"]),
            st.integers(1, 6),
            st.integers(0, 50),
        ),
        max_size=12,
    ),
    st.integers(0, 4),
    st.randoms(use_true_random=False),
)
def test_webhooks_are_settled_by_the_last_attempt_of_each_delivery(attempts: list[Receipt], total: int, random: Any):
    receipts = [receipt("approved"), receipt("webhooks_scheduled", total=total), *attempts]
    shuffled = random.sample(receipts, len(receipts))
    journey = journey_of(receipts, wants_answer=False)
    assert journey_of(shuffled, wants_answer=False) == journey
    webhooks = next(step for step in journey.steps if step.step == "webhooks")
    assert webhooks.delivered is not None
    assert webhooks.failed is not None
    assert webhooks.retrying is not None
    tried = webhooks.delivered + webhooks.failed
    assert tried == len({item.detail["delivery_id"] for item in attempts})
    assert webhooks.state == ("under_way" if tried < total else "failed" if webhooks.failed else "done")
    assert webhooks.retrying <= webhooks.failed
    assert webhooks.next_attempt_at == (AGAIN if webhooks.retrying else None)


@given(st.lists(st.sampled_from(["retrying", "delivered", "failed"]), min_size=1, max_size=6))
def test_a_delivery_is_what_its_last_attempt_was_whatever_came_before(outcomes: list[str]):
    others = [item for item in WHOLE if item.step != "webhook"]
    tries = [attempt("b", outcome, number, number) for number, outcome in enumerate(outcomes, start=1)]
    receipts = [*others, attempt("a", "delivered", 1), *tries]
    webhooks = webhooks_of(receipts)
    assert journey_of(receipts, wants_answer=True).complete
    assert (webhooks.delivered, webhooks.failed) == ((2, 0) if outcomes[-1] == "delivered" else (1, 1))
    assert webhooks.state == ("done" if outcomes[-1] == "delivered" else "failed")
    assert webhooks.retrying == (outcomes[-1] == "retrying")


def test_the_first_of_the_next_attempts_is_said():
    later = msgspec.structs.replace(
        attempt("b", "retrying", 1),
        detail=attempt("b", "retrying", 1).detail | {"next_attempt_at": (AGAIN + timedelta(hours=1)).isoformat()},
    )
    receipts = [receipt("approved"), receipt("webhooks_scheduled", total=2), later, attempt("a", "retrying", 3)]
    assert webhooks_of(receipts).next_attempt_at == AGAIN


def test_an_attempt_that_does_not_say_when_the_next_is_made_is_due():
    old = receipt("webhook", 7, outcome="retrying", attempt=1, delivery_id="a")
    webhooks = webhooks_of([receipt("approved"), receipt("webhooks_scheduled", total=1), old])
    assert (webhooks.state, webhooks.next_attempt_at) == ("failed", old.at)


def test_a_failed_delivery_tried_again_by_hand_counts_as_delivered():
    webhooks = webhooks_of([*WHOLE, attempt("b", "delivered", 3, 50)])
    assert (webhooks.delivered, webhooks.failed, webhooks.total, webhooks.state) == (2, 0, 2, "done")


def test_deliveries_are_not_settled_before_their_number_is_known():
    receipts = [item for item in WHOLE if item.step != "webhooks_scheduled"]
    assert webhooks_of(receipts).state == "under_way"
    assert not journey_of(receipts, wants_answer=True).complete


def test_no_partner_to_tell_is_settled_at_once():
    receipts = [item for item in WHOLE if item.step not in {"webhook", "webhooks_scheduled"}]
    journey = journey_of([*receipts, receipt("webhooks_scheduled", total=0)], wants_answer=True)
    webhooks = journey.steps[STEPS.index("webhooks")]
    assert (webhooks.delivered, webhooks.failed, webhooks.total, webhooks.state) == (0, 0, 0, "done")
    assert journey.complete


def test_a_contributor_who_left_no_address_does_not_block():
    receipts = [item for item in WHOLE if item.step != "contributor_notified"]
    journey = journey_of(receipts, wants_answer=False)
    assert journey.complete
    assert journey.steps[-1].state == "not_asked"
    assert journey.steps[-1].at == START
    assert not journey_of(receipts, wants_answer=True).complete


def test_a_message_that_failed_is_told_as_such_until_it_is_sent():
    receipts = [item for item in WHOLE if item.step != "contributor_notified"]
    assert not journey_of(receipts, wants_answer=True).complete
    retried = [*receipts, receipt("contributor_notified", 4, outcome="retrying", next_attempt_at=AGAIN.isoformat())]
    waiting = journey_of(retried, wants_answer=True)
    assert waiting.complete
    assert (waiting.steps[-1].state, waiting.steps[-1].next_attempt_at) == ("failed", AGAIN)
    given_up = journey_of([*retried, receipt("contributor_notified", 9, outcome="failed")], wants_answer=True)
    assert given_up.complete
    assert (given_up.steps[-1].state, given_up.steps[-1].next_attempt_at) == ("failed", None)
    sent = journey_of([*retried, receipt("contributor_notified", 9, outcome="delivered")], wants_answer=True)
    assert (sent.steps[-1].state, sent.steps[-1].next_attempt_at) == ("done", None)


def test_nothing_happens_before_an_approval():
    journey = journey_of([receipt("contributor_notified", outcome="delivered")], wants_answer=True)
    assert journey.steps == ()
    assert not journey.complete
