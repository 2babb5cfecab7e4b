from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.freshness import freshness_of
from libs.contracts.structure import Source, Structure, Verification

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def record(**changes: Any) -> Structure:
    known: dict[str, Any] = {"created_at": NOW - timedelta(days=30), "updated_at": NOW}
    return Structure(id=None, slug="essai", version=1, name="Essai", **(known | changes))


def source(day: date | None) -> Source:
    return Source(source="essai", external_id="1", retrieved_on=day)


def checked(days: int, method: str = "phone") -> Verification:
    return Verification(at=NOW - timedelta(days=days), method=method)


def test_a_check_counts_whatever_the_sources_say():
    found = freshness_of(record(verified=checked(10), sources=(source(date(2026, 11, 21)),)), NOW)
    assert (found.basis, found.at, found.is_checked) == ("phone", NOW - timedelta(days=10), True)


def test_unchecked_the_source_that_was_read_last_counts():
    sources = (source(date(2020, 5, 6)), source(date(2026, 11, 2)), source(None))
    found = freshness_of(record(sources=sources), NOW)
    assert (found.basis, found.at, found.is_checked) == ("read", datetime(2026, 11, 2, tzinfo=UTC), False)
    assert (found.is_stale, found.is_old) == (False, False)


def test_a_record_without_a_source_dates_from_when_it_was_proposed():
    found = freshness_of(record(), NOW)
    assert (found.basis, found.at, found.is_stale) == ("proposed", NOW - timedelta(days=30), False)


def test_what_has_no_date_is_doubted():
    found = freshness_of(record(sources=(source(None),)), NOW)
    assert (found.basis, found.at, found.is_stale, found.is_old) == ("read", None, True, False)


@pytest.mark.parametrize(
    ("days", "is_stale", "is_old"),
    [(0, False, False), (183, False, False), (184, True, False), (365, True, False), (366, True, True)],
)
def test_past_six_months_it_is_doubted_and_past_a_year_it_is_old(days: int, is_stale: bool, is_old: bool):  # noqa: FBT001 -- cases
    found = freshness_of(record(verified=checked(days, "source")), NOW)
    assert (found.is_stale, found.is_old) == (is_stale, is_old)
