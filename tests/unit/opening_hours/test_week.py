from datetime import date, time

from libs.contracts.structure import Override
from libs.opening_hours import Span, week


def spans(*pairs: tuple[int, int]) -> tuple[Span, ...]:
    return tuple(Span(opens=time(opens), closes=time(closes)) for opens, closes in pairs)


def test_the_week_runs_from_monday_and_marks_today():
    days = week("Mo-Fr 09:00-12:00,14:00-17:00", (), None, date(2026, 11, 18))
    assert [day.date for day in days] == [date(2026, 11, n) for n in range(16, 23)]
    assert [day.today for day in days] == [False, False, True, False, False, False, False]
    assert days[0].spans == spans((9, 12), (14, 17))
    assert days[5].spans == ()


def test_a_night_stands_on_the_day_it_starts_on():
    days = week("Sa 20:00-04:00", (), None, date(2026, 11, 18))
    assert days[5].spans == spans((20, 4))
    assert days[6].spans == ()


def test_all_day_is_midnight_to_midnight_each_day():
    assert all(day.spans == spans((0, 0)) for day in week("24/7", (), "973", date(2026, 3, 29)))


def test_an_open_end_has_no_closing_time():
    (span,) = week("We 12:30+", (), None, date(2026, 11, 18))[2].spans or ()
    assert (span.opens, span.closes) == (time(12, 30), None)


def test_without_hours_days_are_not_known_but_those_with_an_exception():
    closed = Override(id="c", kind="closure", starts_on=date(2026, 11, 19), ends_on=date(2026, 11, 19))
    days = week(None, (closed,), None, date(2026, 11, 18))
    assert [day.spans for day in days] == [None, None, None, (), None, None, None]
    assert days[3].override == closed


def test_holidays_are_named_those_of_the_territory_too():
    assert week(None, (), None, date(2026, 12, 25))[4].holiday == "Christmas Day"
    assert week(None, (), None, date(2026, 12, 26))[5].holiday is None
    assert week(None, (), "67", date(2026, 12, 26))[5].holiday == "Saint Stephen's Day"


def test_changed_hours_show_instead_of_the_usual_ones():
    changed = Override(
        id="h", kind="hours", starts_on=date(2026, 11, 18), ends_on=date(2026, 11, 19), opening_hours="10:00-11:00"
    )
    days = week("09:00-12:00", (changed,), None, date(2026, 11, 18))
    assert [day.spans for day in days[1:5]] == [spans((9, 12)), spans((10, 11)), spans((10, 11)), spans((9, 12))]
