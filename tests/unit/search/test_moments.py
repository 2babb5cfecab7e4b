from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.search.engines.meilisearch.moments import (
    BEGINNING,
    DAYS,
    DECADES,
    blocks_around,
    blocks_of,
    minute_of,
    spans,
    starts,
)

NINE_DAYS = 9 * 24 * 60
MINUTES = st.integers(0, 4_000_000)


@given(MINUTES, st.integers(0, NINE_DAYS), MINUTES)
def test_a_minute_shares_a_block_with_a_span_exactly_when_it_lies_within(first: int, length: int, minute: int) -> None:
    for asked in (minute, first - 1, first, first + length - 1, first + length):
        if asked >= 0:
            shared = set(blocks_of(first, first + length, DAYS)) & set(blocks_around(asked, DAYS))
            assert bool(shared) == (first <= asked < first + length)


@given(MINUTES, MINUTES, st.integers(1, NINE_DAYS))
def test_a_span_begins_within_another_exactly_when_its_first_minute_shares_a_block(
    begins: int, first: int, length: int
) -> None:
    moment = BEGINNING + timedelta(minutes=begins)
    shared = set(starts([(moment, moment)], DAYS)) & set(blocks_of(first, first + length, DAYS))
    assert bool(shared) == (first <= begins < first + length)


@given(MINUTES, st.integers(0, 200_000_000))
def test_what_has_no_end_goes_on(begins: int, later: int) -> None:
    open_end = spans([(BEGINNING + timedelta(minutes=begins), None)], DECADES)
    asked = minute_of(BEGINNING + timedelta(minutes=begins + later))
    assert set(open_end) & set(blocks_around(asked, DECADES))
    assert len(open_end) <= DECADES + 1


def test_a_span_is_few_blocks_and_moments_before_the_first_are_taken_for_it() -> None:
    assert len(blocks_of(1, NINE_DAYS - 1, DAYS)) <= 2 * DAYS
    assert minute_of(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert blocks_of(5, 5, DAYS) == []
