from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from libs.contracts.structure import Address, Override, StructureContent
from libs.opening_hours import holidays, is_weekly, open_intervals, state_at, state_from, state_of, timezone_of

PARIS = ZoneInfo("Europe/Paris")
USUAL = "Mo-Fr 09:00-12:00,14:00-17:00"


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS)


def closure(start: date, end: date | None, reason: str | None = None) -> Override:
    return Override(id="c", kind="closure", starts_on=start, ends_on=end, reason=reason)


def changed(start: date, end: date | None, hours: str, identifier: str = "h") -> Override:
    return Override(id=identifier, kind="hours", starts_on=start, ends_on=end, opening_hours=hours)


@pytest.mark.parametrize("hours", ["Feb 30 09:00-10:00", "2026 Feb 29 09:00-10:00", "Mo-Fr 09:00-10:00; Apr 20-31 off"])
def test_hours_with_a_day_that_no_calendar_has_count_as_not_given(hours: str):
    assert state_at(hours, (), paris(2026, 11, 20, 9, 30)).state == "unknown"


def test_leap_days_and_dates_in_remarks_are_hours():
    assert state_at("Feb 29 09:00-10:00", (), paris(2028, 2, 29, 9, 30)).state == "open"
    assert state_at('Mo-Fr 09:00-10:00 "pas de Feb 30"', (), paris(2026, 11, 20, 9, 30)).state == "open"


def test_days_listed_with_a_space_are_open_at_the_same_hours():
    hours = 'Tu, Th, Fr 13:30-18:00; We, Sa 10:30-12:30, 13:30-18:00; Su 10:00-11:00 "Mo, Tu aussi"'
    assert state_at(hours, (), paris(2026, 11, 24, 9, 0)).next == paris(2026, 11, 24, 13, 30)
    assert state_at(hours, (), paris(2026, 11, 25, 13, 0)).next == paris(2026, 11, 25, 13, 30)
    assert state_at(hours, (), paris(2026, 11, 28, 19, 0)).next == paris(2026, 11, 29, 10, 0)
    assert state_at(hours, (), paris(2026, 11, 29, 10, 0)).reason == "Mo, Tu aussi"


def test_open_says_until_when():
    now = state_at(USUAL, (), paris(2026, 11, 20, 9, 0))
    assert (now.state, now.until, now.next) == ("open", paris(2026, 11, 20, 12, 0), None)


@pytest.mark.parametrize(
    ("moment", "following"),
    [
        ((2026, 11, 20, 8, 59), (2026, 11, 20, 9, 0)),
        ((2026, 11, 20, 12, 0), (2026, 11, 20, 14, 0)),
        ((2026, 11, 20, 17, 0), (2026, 11, 23, 9, 0)),
    ],
)
def test_closed_says_when_it_opens(moment: tuple[int, ...], following: tuple[int, ...]):
    now = state_at(USUAL, (), paris(*moment))
    assert (now.state, now.until, now.next) == ("closed", None, paris(*following))


@pytest.mark.parametrize("hours", [None, "", "   ", "nine to five"])
def test_without_hours_it_is_unknown(hours: str | None):
    now = state_at(hours, (), paris(2026, 11, 20, 10, 0))
    assert (now.state, now.until, now.next) == ("unknown", None, None)


def test_a_comment_alone_is_unknown_and_is_told():
    now = state_at('"sur rendez-vous"', (), paris(2026, 11, 20, 10, 0))
    assert (now.state, now.reason) == ("unknown", "sur rendez-vous")


def test_hours_that_say_unknown_tell_when_it_surely_opens():
    now = state_at("Fr 09:00-12:00 unknown; Mo 10:00-11:00", (), paris(2026, 11, 20, 10, 0))
    assert (now.state, now.until, now.next) == ("unknown", paris(2026, 11, 20, 12, 0), paris(2026, 11, 23, 10, 0))


def test_open_for_ever_has_no_end():
    assert state_at("24/7", (), paris(2026, 11, 20, 10, 0)).until is None
    assert state_at("24/7", (), datetime(2026, 3, 20, 22, 1, tzinfo=UTC)).until is None


@pytest.mark.parametrize("moment", [(2026, 12, 25, 10, 0), (2026, 12, 24, 18, 0)])
def test_hours_that_do_not_speak_of_holidays_are_not_sure_on_one(moment: tuple[int, ...]):
    assert state_at(USUAL, (), paris(*moment)).holiday == "Christmas Day"
    for said in ("24/7", f"{USUAL}; PH off", "PH,Mo-Fr 09:00-12:00", "Dec 25 09:00-12:00"):
        assert state_at(said, (), paris(*moment)).holiday is None
    special = changed(date(2026, 12, 20), date(2026, 12, 31), "10:00-12:00")
    assert state_at(USUAL, (special,), paris(*moment)).holiday is None


def test_a_holiday_is_that_of_the_territory_and_of_the_day_it_opens():
    good_friday = paris(2027, 3, 26, 10, 0)
    assert state_at(USUAL, (), good_friday, "67").holiday == "Good Friday"
    assert state_at(USUAL, (), good_friday, "75").holiday is None
    assert state_at("Mo-Su 20:00-08:00", (), paris(2026, 12, 25, 7, 0)).holiday is None
    assert state_at(USUAL, (), paris(2026, 12, 24, 10, 0)).holiday is None


def test_an_open_end_is_not_given_as_midnight():
    now = state_at("Mo-Su 12:30+", (), paris(2026, 11, 20, 13, 0))
    assert (now.state, now.until) == ("open", None)
    assert state_at("Mo-Su 12:30+", (), paris(2026, 11, 20, 12, 29)).next == paris(2026, 11, 20, 12, 30)
    assert state_at("Mo-Su 12:30-24:00", (), paris(2026, 11, 20, 13, 0)).until == paris(2026, 11, 21, 0, 0)


def test_what_opens_without_an_end_is_surely_open_for_three_hours():
    assert state_at("Mo-Su 09:30+", (), paris(2026, 11, 20, 12, 29)).state == "open"
    later = state_at("Mo-Su 09:30+", (), paris(2026, 11, 20, 12, 30))
    assert (later.state, later.until, later.next) == ("unknown", None, paris(2026, 11, 21, 9, 30))
    assert open_intervals("Fr 12:30+", (), None, paris(2026, 11, 20, 13, 0), 1) == [
        (paris(2026, 11, 20, 12, 30), paris(2026, 11, 20, 15, 30))
    ]


def test_a_night_goes_on_past_midnight():
    night = "Mo-Su 20:00-08:00"
    assert state_at(night, (), paris(2026, 11, 20, 23, 59)).until == paris(2026, 11, 21, 8, 0)
    assert state_at(night, (), paris(2026, 11, 21, 0, 0)).until == paris(2026, 11, 21, 8, 0)
    assert state_at(night, (), paris(2026, 11, 21, 8, 0)).next == paris(2026, 11, 21, 20, 0)


def test_openings_that_touch_are_one():
    now = state_at("Mo-Su 00:00-24:00; We 00:00-18:00", (), paris(2026, 11, 16, 10, 0))
    assert now.until == paris(2026, 11, 18, 18, 0)
    with_remark = state_at('09:00-12:00 "sur place", 12:00-14:00 "à emporter"', (), paris(2026, 11, 20, 10, 0))
    assert (with_remark.until, with_remark.reason) == (paris(2026, 11, 20, 14, 0), "sur place")


def test_national_holidays_are_those_of_the_country():
    hours = "Mo-Fr 09:00-12:00; PH off"
    assert state_at(hours, (), paris(2026, 12, 25, 10, 0)).state == "closed"
    assert state_at(hours, (), paris(2026, 12, 24, 10, 0)).state == "open"


@pytest.mark.parametrize(
    ("hours", "department", "state"),
    [
        ("Mo-Sa 09:00-12:00; PH off", "67", "closed"),
        ("Mo-Sa 09:00-12:00; PH off", "75", "open"),
        ("Mo-Sa 09:00-12:00; PH off", None, "open"),
        ("Mo-Sa 09:00-12:00", "67", "open"),
        ("Mo-Fr 14:00-18:00; Su,PH 09:00-11:00", "67", "open"),
        ('PH off "PH"; Sa 09:00-12:00', "67", "open"),
        ("Sa 09:00-12:00; PH -1 day off", "67", "open"),
    ],
)
def test_holidays_of_one_department_are_kept_there(hours: str, department: str | None, state: str):
    saint_stephen = paris(2026, 12, 26, 10, 0)
    assert state_at(hours, (), saint_stephen, department).state == state


def test_a_local_holiday_closes_the_day_and_not_the_night_before():
    hours = "Mo-Su 22:00-06:00; PH off"
    assert state_at(hours, (), paris(2026, 4, 2, 23, 0), "68").until == paris(2026, 4, 3, 6, 0)
    assert state_at(hours, (), paris(2026, 4, 3, 23, 0), "68").next == paris(2026, 4, 4, 22, 0)


def test_changed_hours_keep_local_holidays_too():
    winter = (changed(date(2026, 12, 1), date(2027, 1, 31), "Mo-Sa 09:00-12:00; PH off"),)
    assert state_at(None, winter, paris(2026, 12, 26, 10, 0), "57").state == "closed"
    assert state_at(None, winter, paris(2026, 12, 26, 10, 0), "54").state == "open"
    assert state_at("Mo-Sa 09:00-12:00; PH off", winter, paris(2026, 12, 24, 10, 0), "57").state == "open"


@given(day=st.dates(date(2026, 1, 1), date(2027, 12, 31)), department=st.sampled_from(["57", "971", "974", "988"]))
def test_on_every_holiday_of_a_place_what_it_says_of_holidays_holds(day: date, department: str):
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=timezone_of(department))
    is_holiday = day in holidays(day.year, department)
    assert state_at("Mo-Su 09:00-17:00; PH off", (), noon, department).state == ("closed" if is_holiday else "open")
    assert state_at("PH 09:00-17:00", (), noon, department).state == ("open" if is_holiday else "closed")


def test_overseas_hours_are_local():
    moment = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
    assert state_at("Fr 09:00-10:00", (), moment, "971").state == "open"
    assert state_at("Fr 17:00-18:00", (), moment, "974").state == "open"
    assert state_at("Sa 00:00-01:00", (), moment, "988").state == "open"
    assert state_at("Fr 14:00-15:00", (), moment, None).state == "open"


# Exceptions ----------------------------------------------------------------------------------------------


def test_a_closure_is_exact_at_both_ends():
    holidays = (closure(date(2026, 12, 24), date(2027, 1, 3), "congés"),)
    assert state_at(USUAL, holidays, paris(2026, 12, 23, 23, 59)).state == "closed"
    first = state_at(USUAL, holidays, paris(2026, 12, 24, 0, 0))
    last = state_at(USUAL, holidays, paris(2027, 1, 3, 23, 59))
    for now in (first, last):
        assert (now.state, now.reason) == ("temporarily_closed", "congés")
        assert (now.until, now.next) == (paris(2027, 1, 4, 0, 0), paris(2027, 1, 4, 9, 0))
        assert now.last_day == date(2027, 1, 3)
    assert state_at(USUAL, holidays, paris(2027, 1, 4, 0, 0)).state == "closed"


def test_an_opening_before_a_closure_ends_at_its_own_time():
    tomorrow = (closure(date(2026, 11, 21), None),)
    assert state_at("24/7", tomorrow, paris(2026, 11, 20, 10, 0)).until == paris(2026, 11, 21, 0, 0)
    assert state_at(USUAL, tomorrow, paris(2026, 11, 20, 18, 0)).next is None


def test_a_closure_until_further_notice_has_no_end():
    now = state_at(USUAL, (closure(date(2026, 11, 1), None),), paris(2026, 11, 20, 10, 0))
    assert (now.state, now.until, now.next) == ("temporarily_closed", None, None)


def test_closures_that_follow_one_another_are_one():
    closures = (closure(date(2026, 11, 18), date(2026, 11, 20)), closure(date(2026, 11, 21), date(2026, 11, 25)))
    assert state_at(USUAL, closures, paris(2026, 11, 19, 10, 0)).until == paris(2026, 11, 26, 0, 0)


def test_a_closure_is_told_even_without_hours():
    now = state_at(None, (closure(date(2026, 11, 20), date(2026, 11, 20)),), paris(2026, 11, 20, 10, 0))
    assert (now.state, now.until) == ("temporarily_closed", paris(2026, 11, 21, 0, 0))
    assert state_at(None, (closure(date(2026, 11, 20), date(2026, 11, 20)),), paris(2026, 11, 21)).state == "unknown"


def test_a_night_belongs_to_the_day_it_starts_on():
    night, off = "Mo-Su 20:00-08:00", (closure(date(2026, 12, 24), date(2026, 12, 24)),)
    assert state_at(night, off, paris(2026, 12, 24, 3, 0)).until == paris(2026, 12, 24, 8, 0)
    assert state_at(night, off, paris(2026, 12, 24, 21, 0)).state == "temporarily_closed"
    after = state_at(night, off, paris(2026, 12, 25, 3, 0))
    assert (after.state, after.next) == ("closed", paris(2026, 12, 25, 20, 0))


def test_changed_hours_replace_the_usual_ones_on_their_days():
    week = (changed(date(2026, 11, 16), date(2026, 11, 20), "10:00-11:00"),)
    assert state_at(USUAL, week, paris(2026, 11, 20, 9, 30)).next == paris(2026, 11, 20, 10, 0)
    assert state_at(USUAL, week, paris(2026, 11, 20, 15, 0)).state == "closed"
    assert state_at(USUAL, week, paris(2026, 11, 20, 15, 0)).next == paris(2026, 11, 23, 9, 0)
    assert state_at(None, week, paris(2026, 11, 20, 10, 30)).until == paris(2026, 11, 20, 11, 0)


def test_the_night_of_changed_hours_does_not_begin_before_them():
    party = (changed(date(2026, 11, 20), date(2026, 11, 20), "20:00-04:00"),)
    assert state_at(USUAL, party, paris(2026, 11, 20, 1, 0)).state == "closed"
    assert state_at(USUAL, party, paris(2026, 11, 21, 1, 0)).until == paris(2026, 11, 21, 4, 0)
    assert state_at(USUAL, party, paris(2026, 11, 21, 21, 0)).state == "closed"


def test_a_closure_wins_and_then_the_hours_that_started_last():
    day = paris(2026, 11, 20, 10, 30)
    winter = changed(date(2026, 11, 1), date(2027, 3, 31), "10:00-11:00", "winter")
    week = changed(date(2026, 11, 16), date(2026, 11, 22), "15:00-16:00", "week")
    assert state_at(USUAL, (week, winter), day).next == paris(2026, 11, 20, 15, 0)
    assert state_at(USUAL, (week, winter, closure(day.date(), day.date())), day).state == "temporarily_closed"


def test_a_message_is_told_and_changes_nothing():
    message = Override(id="m", kind="message", starts_on=date(2026, 11, 20), message="Entrée par la cour")
    with_it = state_at(USUAL, (message,), paris(2026, 11, 20, 10, 0))
    assert with_it.message == "Entrée par la cour"
    assert (with_it.state, with_it.until) == ("open", paris(2026, 11, 20, 12, 0))
    assert state_at(USUAL, (message,), paris(2026, 11, 19, 10, 0)).message is None


# Summer time ---------------------------------------------------------------------------------------------


def test_the_short_and_the_long_night_end_at_the_right_instant():
    night = "Mo-Su 22:00-06:00"
    short = state_at(night, (), datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    long = state_at(night, (), datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert short.until is not None
    assert long.until is not None
    assert short.until.astimezone(UTC) == datetime(2026, 3, 29, 4, 0, tzinfo=UTC)
    assert long.until.astimezone(UTC) == datetime(2026, 10, 25, 5, 0, tzinfo=UTC)


def test_an_opening_in_the_repeated_hour_is_the_second_one():
    hours = "Su 02:40-04:00"
    assert state_at(hours, (), datetime(2026, 10, 25, 0, 45, tzinfo=UTC)).state == "closed"
    assert state_at(hours, (), datetime(2026, 10, 25, 1, 45, tzinfo=UTC)).state == "open"


def test_a_closure_ends_at_local_midnight_on_the_night_of_the_change():
    off = (closure(date(2026, 3, 28), date(2026, 3, 28)),)
    until = state_at("24/7", off, paris(2026, 3, 28, 12, 0)).until
    assert until is not None
    assert until.astimezone(UTC) == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    after = state_at("24/7", off, datetime(2026, 3, 28, 23, 0, tzinfo=UTC))
    assert after.state == "open"


# Laws ----------------------------------------------------------------------------------------------------

HOURS = st.sampled_from([None, "24/7", USUAL, "Mo-Su 20:00-08:00", "Sa,Su 10:00-24:00; PH off", "Tu 12:30+"])
DAYS = st.dates(date(2026, 3, 20), date(2026, 4, 5))
OVERRIDES = st.lists(
    st.builds(
        lambda kind, start, length, hours: Override(
            id="x",
            kind=kind,
            starts_on=start,
            ends_on=None if length is None else start + timedelta(days=length),
            opening_hours=hours if kind == "hours" else None,
        ),
        st.sampled_from(["closure", "hours"]),
        DAYS,
        st.none() | st.integers(0, 6),
        st.sampled_from(["24/7", "10:00-11:00", "Mo-Fr 22:00-05:00"]),
    ),
    max_size=3,
).map(tuple)
MOMENTS = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 5)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 -- made aware at once


@given(HOURS, OVERRIDES, MOMENTS)
def test_the_state_agrees_with_the_intervals(hours: str | None, overrides: tuple[Override, ...], moment: datetime):
    now = state_at(hours, overrides, moment)
    intervals = open_intervals(hours, overrides, None, moment, 30)
    assert (now.state == "open") == any(start <= moment < end for start, end in intervals)
    coming = next((start for start, _ in intervals if start > moment), None)
    if now.state != "open" and now.next is not None and now.next < moment + timedelta(days=20):
        assert now.next == coming


@given(HOURS, OVERRIDES, MOMENTS)
def test_the_state_lasts_until_it_says(hours: str | None, overrides: tuple[Override, ...], moment: datetime):
    now = state_at(hours, overrides, moment)
    if now.until is None:
        return
    end = now.until.astimezone(UTC)
    assert end > moment
    assert state_at(hours, overrides, end).state != now.state
    assert state_at(hours, overrides, max(moment, end - timedelta(seconds=1))).state == now.state


ODD_HOURS = st.sampled_from(
    ['10:00-10:30 "a", 10:30-12:00 "b"', "08:30-12:00 unknown; 09:15-10:00", "09:00-12:00,11:00+"]
)


@given(HOURS | ODD_HOURS, OVERRIDES, MOMENTS, st.integers(0, 99), st.sampled_from(["75", "974", "988"]))
def test_a_state_stays_as_it_is_until_the_moment_it_comes_with(
    hours: str | None, overrides: tuple[Override, ...], moment: datetime, percent: int, department: str
):
    state, end = state_from(hours, overrides, moment, department)
    assert moment < end <= moment + timedelta(hours=25)
    assert state_at(hours, overrides, moment + (end - moment) * percent // 100, department) == state


WEEKLY = st.sampled_from(
    ["24/7", USUAL, "Mo-Su 20:00-08:00", "Tu 12:30+", 'We off "férié"; Fr 10:00-12:00', "Sa 10:00-24:00", "Mo closed"]
)


@given(WEEKLY, MOMENTS, st.integers(1, 60))
def test_weekly_hours_are_the_same_in_every_week(hours: str, moment: datetime, weeks: int):
    assert is_weekly(hours)
    local = moment.astimezone(PARIS)
    later = local + timedelta(weeks=weeks)
    assume(all(one.astimezone(UTC).astimezone(PARIS) == one for one in (local, later)))  # hours that no clock shows
    assert state_at(hours, (), later).state == state_at(hours, (), local).state


@pytest.mark.parametrize(
    "hours",
    [
        *("Mo-Fr 09:00-12:00; PH off", "Jun-Aug Mo 09:00-12:00", "week 1-52/2 Mo", "Mo[1] 09:00-12:00", "2026 Mo"),
        *("SH Mo", "sunrise-sunset", "Dec 25 off", "easter off", "nine to five"),
    ],
)
def test_hours_that_know_of_dates_are_not_weekly(hours: str):
    assert not is_weekly(hours)


@given(HOURS, OVERRIDES, MOMENTS)
def test_intervals_are_in_order_and_apart(hours: str | None, overrides: tuple[Override, ...], moment: datetime):
    bounds = [bound for interval in open_intervals(hours, overrides, "974", moment, 10) for bound in interval]
    assert bounds == sorted(set(bounds))


def test_a_structure_is_asked_in_its_own_zone():
    content = StructureContent(name="Lieu", opening_hours="Fr 09:00-10:00", address=Address(department="972"))
    assert state_of(content, datetime(2026, 11, 20, 13, 30, tzinfo=UTC)).state == "open"
