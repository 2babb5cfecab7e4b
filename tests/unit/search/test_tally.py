"""Searches are counted, and nothing of one person is told. All queries and networks are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from libs.web import counting
from libs.web.counting import SEVERAL
from services.search.statistics.tally import Counts, Searched, Tally

NOW = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
"""Half past midnight of a Wednesday in Paris."""
MONDAY = date(2026, 11, 30)
PEOPLE = [f"192.0.2.{number}" for number in range(1, 20)]


def shower(**changes: object) -> Searched:
    return Searched(**{"department": "75", "services": ("shower",), "query": "douche", **changes})


def test_a_search_counts_in_its_hour_and_on_its_day_in_paris() -> None:
    tally = Tally()
    tally.count(shower(), PEOPLE[0], NOW)
    tally.count(shower(answered=False), PEOPLE[0], NOW + timedelta(minutes=29))
    counts = tally.take()
    hour = (datetime(2026, 12, 1, 23, tzinfo=UTC), "75")
    assert (counts.searches[hour], counts.unanswered[hour]) == (2, 1)
    assert counts.services == {(date(2026, 12, 2), "75", "shower"): 2}


def test_words_stay_here_until_several_people_looked_for_them_and_are_all_counted_then() -> None:
    tally = Tally()
    for _ in range(10):
        tally.count(shower(), PEOPLE[0], NOW)
    for person in PEOPLE[1 : SEVERAL - 1]:
        tally.count(shower(), person, NOW)
    assert not tally.take().queries
    tally.count(shower(), PEOPLE[SEVERAL], NOW)
    counts = tally.take()
    query = (MONDAY, "75", "douche")
    assert counts.queries == {query: 10 + SEVERAL - 1}
    assert counts.people == {query: SEVERAL}
    tally.count(shower(), PEOPLE[0], NOW)
    assert tally.take().queries == {query: 1}


def test_what_nothing_answered_is_handed_out_at_once_with_how_many_people_it_came_from() -> None:
    tally = Tally()
    tally.count(shower(), PEOPLE[0], NOW)
    tally.count(shower(answered=False), PEOPLE[0], NOW)
    query = (MONDAY, "75", "douche")
    counts = tally.take()
    assert (counts.queries[query], counts.unanswered_queries[query], counts.people[query]) == (2, 1, 1)


def test_people_are_counted_anew_each_week_and_in_each_department() -> None:
    tally = Tally()
    for person, week in zip(PEOPLE[:SEVERAL], range(SEVERAL), strict=True):
        tally.count(shower(), person, NOW + timedelta(weeks=week))
    for person, department in zip(PEOPLE[:SEVERAL], ("75", "93", "48"), strict=True):
        tally.count(shower(department=department), person, NOW + timedelta(weeks=SEVERAL))
    assert not tally.take().queries


def test_many_queries_take_bounded_room_and_a_frequent_one_is_still_told(monkeypatch) -> None:
    monkeypatch.setattr(counting, "HELD", 50)
    tally = Tally()
    for number in range(1_000):
        tally.count(shower(query=f"mot {number}"), PEOPLE[0], NOW)
    for person in PEOPLE[:SEVERAL]:
        tally.count(shower(), person, NOW)
    assert list(tally.take().queries) == [(MONDAY, "75", "douche")]


@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(["a", "b", ""]), st.booleans(), st.booleans())))
def test_counts_that_could_not_be_written_are_none_fewer_later(searches) -> None:
    calm, troubled = Tally(), Tally()
    for person, query, answered, fails in searches:
        for tally in (calm, troubled):
            tally.count(shower(query=query, answered=answered), person, NOW)
        if fails:
            troubled.give_back(troubled.take())
    expected, actual = calm.take(), troubled.take()
    assert vars(actual) == vars(expected)
    assert bool(actual) == bool(searches)
    assert not Counts()
