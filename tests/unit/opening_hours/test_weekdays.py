from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from libs.opening_hours import from_weekdays, is_valid, week
from libs.opening_hours.weekly import WEEKDAYS

MONDAY = date(2026, 11, 16)


def test_days_with_the_same_hours_stand_together():
    cells = dict.fromkeys(("Mo", "Tu", "We", "Th"), "09:00 - 12:00 / 13:30 - 17:00")
    assert (
        from_weekdays({**cells, "Fr": "09:00 - 12:00", "Sa": "", "Su": None})
        == "Mo-Th 09:00-12:00,13:30-17:00; Fr 09:00-12:00"
    )
    assert from_weekdays({"Mo": "09:00 - 12:00", "Tu": "", "We": "09:00 - 12:00"}) == "Mo,We 09:00-12:00"
    assert from_weekdays({"Sa": "9h00-12h00", "Su": "09:00 - 12:00"}) == "Sa,Su 09:00-12:00"


def test_overlapping_spans_are_joined():
    cell = "14:00 - 17:00 / 09:00 - 12:00 / 11:00 - 12:30 / 17:00 - 18:00"
    assert from_weekdays({"Mo": cell}) == "Mo 09:00-12:30,14:00-18:00"


def test_an_empty_table_or_a_doubtful_cell_gives_nothing():
    for cells in ({}, {"Mo": ""}, {"Mo": " "}):
        assert from_weekdays(cells) is None
    for cell in ("17:00 - 09:00", "09:00", "09:00 - 25:00", "matin", "09:00 - 12:60", "09:00 - 09:00"):
        assert from_weekdays({"Mo": "09:00 - 12:00", "Tu": cell}) is None


TIMES = st.integers(1, 24 * 12 - 1).map(lambda step: f"{step // 12:02}:{step % 12 * 5:02}")
CELLS = st.lists(st.tuples(TIMES, TIMES).filter(lambda span: span[0] < span[1]), max_size=4).map(
    lambda spans: " / ".join(f"{opens} - {closes}" for opens, closes in spans)
)


@given(st.dictionaries(st.sampled_from(WEEKDAYS), CELLS))
def test_each_day_keeps_its_own_hours(cells: dict[str, str]):
    hours = from_weekdays(cells)
    if hours is None:
        assert not any(cells.values())
        return
    assert is_valid(hours)
    for index, shown in enumerate(week(hours, (), "75", MONDAY)):
        alone = from_weekdays({WEEKDAYS[index]: cells.get(WEEKDAYS[index])})
        assert shown.spans == (week(alone, (), "75", MONDAY)[index].spans if alone else ())
