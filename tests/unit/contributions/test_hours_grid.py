"""The week that a form shows says the same as the OSM text, in both directions."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.opening_hours import is_valid, week
from services.contributions.domain.hours_grid import Grid, Opening, grid_of, overlap, to_osm

ORDINARY_MONDAY = date(2026, 11, 23)
"""A week without public holiday."""


@st.composite
def days(draw: st.DrawFn, first: int = 0) -> tuple[Opening, ...]:
    quarters = st.integers(first, 95).map(lambda quarter: quarter * 15)
    times = draw(st.lists(quarters, min_size=0, max_size=4, unique=True).filter(lambda found: len(found) % 2 == 0))
    times.sort()
    openings = [(times[index], times[index + 1]) for index in range(0, len(times), 2)]
    if openings and draw(st.booleans()):
        openings[-1] = (openings[-1][0], 1440)
    return tuple(openings)


GRIDS = st.builds(Grid, days=st.tuples(*[days()] * 7), closed_on_holidays=st.booleans())
# What ends at midnight and goes on the next day is evaluated as one opening: no day begins at midnight here.
SEPARATE_DAYS = st.builds(Grid, days=st.tuples(*[days(1)] * 7), closed_on_holidays=st.booleans())


@given(GRIDS)
def test_a_week_comes_back_as_it_went(grid: Grid):
    hours = to_osm(grid)
    if any(grid.days):
        assert hours is not None
        assert is_valid(hours)
        assert grid_of(hours) == grid
    else:
        assert hours is None


@given(SEPARATE_DAYS)
def test_the_text_opens_when_the_week_says(grid: Grid):
    hours = to_osm(grid)
    if hours is None:
        return
    for expected, day in zip(grid.days, week(hours, (), "75", ORDINARY_MONDAY), strict=True):
        spans = {(span.opens, span.closes) for span in day.spans or ()}
        said = {
            (time(start // 60, start % 60), time(end // 60 % 24, end % 60)) for start, end in _joined(list(expected))
        }
        assert spans == said, hours


def _joined(openings: list[Opening]) -> list[Opening]:
    """Return openings with those that touch made one, as the evaluation does."""
    if len(openings) == 2 and openings[0][1] == openings[1][0]:
        return [(openings[0][0], openings[1][1])]
    return openings


@pytest.mark.parametrize(
    ("hours", "monday", "sunday", "closed_on_holidays"),
    [
        ("24/7", ((0, 1440),), ((0, 1440),), False),
        ("Mo-Fr 09:00-12:00,14:00-17:30; PH off", ((540, 720), (840, 1050)), (), True),
        ("09:00-12:00", ((540, 720),), ((540, 720),), False),
        ("Sa-Mo 22:00-06:00", ((1320, 360),), ((1320, 360),), False),
        ("Mo-Su 09:00-12:00; Su,PH off", ((540, 720),), (), True),
        ("Mo, Tu 14:00-17:00, 09:00-12:00", ((540, 720), (840, 1020)), (), False),
        ("Mo-Su 09:00-12:00; Mo 10:00-11:00", ((600, 660),), ((540, 720),), False),
    ],
)
def test_simple_hours_are_shown_as_a_week(
    *, hours: str, monday: tuple[Opening, ...], sunday: tuple[Opening, ...], closed_on_holidays: bool
):
    grid = grid_of(hours)
    assert grid is not None
    assert (grid.days[0], grid.days[6], grid.closed_on_holidays) == (monday, sunday, closed_on_holidays)


@pytest.mark.parametrize(
    "hours",
    [
        "Mo-Fr 09:00-10:00,11:00-12:00,13:00-14:00",
        'Mo 09:00-12:00 "sur rendez-vous"',
        "Mar-Oct Mo-Fr 09:00-12:00",
        "Mo[1] 09:00-12:00",
        "week 1-53/2 Mo 09:00-12:00",
        "PH 10:00-12:00",
        "Mo 09:00+",
        "Mo 09:00-12:00,11:00-14:00",
        "SH off",
        "anything",
    ],
)
def test_hours_that_say_more_than_a_plain_week_are_not_shown_as_one(hours: str):
    assert grid_of(hours) is None


def test_a_night_overlaps_what_opens_before_it_ends():
    assert overlap([(540, 720), (700, 800)])
    assert overlap([(1200, 120), (1300, 1400)])
    assert not overlap([(540, 720), (720, 800)])
