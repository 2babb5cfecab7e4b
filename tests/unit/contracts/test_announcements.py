"""For whom an announcement stands, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.announcements import Announcement, standing, stands, stands_somewhere

NOON = datetime(2026, 12, 2, 11, tzinfo=UTC)


def an_announcement(number: int = 1, **fields: Any) -> Announcement:
    known: dict[str, Any] = {
        "id": UUID(int=number),
        "version": 1,
        "text": "Annonce inventée.",
        "starts_on": date(2026, 12, 1),
        "ends_on": date(2026, 12, 3),
    }
    return Announcement(**(known | fields))


@pytest.mark.parametrize(
    ("departments", "asked", "expected"),
    [
        ((), None, True),
        ((), "75", True),
        (("75", "93"), "93", True),
        (("75", "93"), "48", False),
        (("75", "93"), None, False),
    ],
)
def test_it_stands_where_it_is_for(departments: tuple[str, ...], asked: str | None, expected: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    assert stands(an_announcement(departments=departments), asked, NOON) is expected


@pytest.mark.parametrize(
    ("department", "now", "expected"),
    [
        (None, datetime(2026, 11, 30, 22, 59, tzinfo=UTC), False),
        (None, datetime(2026, 11, 30, 23, 0, tzinfo=UTC), True),  # midnight in Paris
        (None, datetime(2026, 12, 3, 22, 59, tzinfo=UTC), True),
        (None, datetime(2026, 12, 3, 23, 0, tzinfo=UTC), False),
        ("974", datetime(2026, 11, 30, 19, 59, tzinfo=UTC), False),
        ("974", datetime(2026, 11, 30, 20, 0, tzinfo=UTC), True),  # midnight in La Réunion
        ("972", datetime(2026, 12, 4, 3, 59, tzinfo=UTC), True),
        ("972", datetime(2026, 12, 4, 4, 0, tzinfo=UTC), False),  # midnight in Martinique
    ],
)
def test_both_days_count_by_the_clock_of_the_department(department: str | None, now: datetime, expected: bool) -> None:  # noqa: FBT001 -- likewise
    assert stands(an_announcement(), department, now) is expected


def test_it_stands_somewhere_while_it_does_in_one_of_its_departments() -> None:
    overseas = an_announcement(departments=("75", "972"))
    assert stands_somewhere(overseas, datetime(2026, 12, 4, 2, tzinfo=UTC))
    assert not stands_somewhere(overseas, datetime(2026, 12, 4, 5, tzinfo=UTC))


def test_alerts_come_first_and_then_the_newest() -> None:
    every = [
        an_announcement(1, tone="alert"),
        an_announcement(2),
        an_announcement(3),
        an_announcement(4, departments=("48",)),
        an_announcement(5, starts_on=date(2026, 12, 3)),
    ]
    assert [one.id.int for one in standing(every, ["75", "93"], NOON)] == [1, 3, 2]
    assert [one.id.int for one in standing(every, ["75", "48"], NOON)] == [1, 4, 3, 2]
    assert [one.id.int for one in standing(every, [], NOON)] == [1, 3, 2]


def test_who_reads_another_language_gets_the_words_there_are() -> None:
    assert an_announcement(text_en="Invented.").text_in("en") == ("Invented.", "en")
    assert an_announcement(text_en="Invented.").text_in("fr") == ("Annonce inventée.", "fr")
    assert an_announcement().text_in("en") == ("Annonce inventée.", "fr")
