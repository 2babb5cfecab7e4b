"""What receipts add up to: the same whatever their order and however often each comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.contributions.domain.journey import STEPS, Receipt, ReceiptStep, journey_of

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
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
    return receipt("webhook", tenths, outcome=outcome, attempt=number, delivery_id=delivery)


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
def test_it_is_complete_only_with_every_outcome(kept: set[int]):
    needed = {index for index in range(len(WHOLE)) if WHOLE[index].detail.get("outcome") != "retrying"}
    journey = journey_of([WHOLE[index] for index in sorted(kept)], wants_answer=True)
    assert journey.complete == (needed <= kept)


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
    settled = webhooks.delivered + webhooks.failed >= total
    assert (webhooks.state == "under_way") == (not settled)
    assert webhooks.delivered + webhooks.failed <= len({item.detail["delivery_id"] for item in attempts})


def test_a_failed_delivery_tried_again_by_hand_counts_as_delivered():
    receipts = [*WHOLE, attempt("b", "delivered", 3, 50)]
    webhooks = next(step for step in journey_of(receipts, wants_answer=True).steps if step.step == "webhooks")
    assert (webhooks.delivered, webhooks.failed, webhooks.total, webhooks.state) == (2, 0, 2, "done")


def test_deliveries_are_not_settled_before_their_number_is_known():
    receipts = [item for item in WHOLE if item.step != "webhooks_scheduled"]
    journey = journey_of(receipts, wants_answer=True)
    webhooks = next(step for step in journey.steps if step.step == "webhooks")
    assert webhooks.state == "under_way"
    assert not journey.complete


def test_no_partner_to_tell_is_settled_at_once():
    receipts = [item for item in WHOLE if item.step not in {"webhook", "webhooks_scheduled"}]
    journey = journey_of([*receipts, receipt("webhooks_scheduled", total=0)], wants_answer=True)
    webhooks = next(step for step in journey.steps if step.step == "webhooks")
    assert (webhooks.delivered, webhooks.failed, webhooks.total, webhooks.state) == (0, 0, 0, "done")
    assert journey.complete


def test_a_contributor_who_left_no_address_does_not_block():
    receipts = [item for item in WHOLE if item.step != "contributor_notified"]
    journey = journey_of(receipts, wants_answer=False)
    assert journey.complete
    assert journey.steps[-1].state == "not_asked"
    assert journey.steps[-1].at == START
    assert not journey_of(receipts, wants_answer=True).complete


def test_a_message_that_failed_for_good_is_settled_and_one_that_will_be_tried_again_is_not():
    receipts = [item for item in WHOLE if item.step != "contributor_notified"]
    retried = [*receipts, receipt("contributor_notified", 4, outcome="retrying")]
    assert not journey_of(retried, wants_answer=True).complete
    failed = journey_of([*retried, receipt("contributor_notified", 9, outcome="failed")], wants_answer=True)
    assert failed.complete
    assert failed.steps[-1].state == "failed"


def test_nothing_happens_before_an_approval():
    journey = journey_of([receipt("contributor_notified", outcome="delivered")], wants_answer=True)
    assert journey.steps == ()
    assert not journey.complete
