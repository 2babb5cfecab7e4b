"""A plain week as forms ask for it, two openings a day, and OSM syntax: there and back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from libs.opening_hours.weekly import DAY_END, WEEKDAYS, Minutes, compose

Opening = tuple[int, int]
"""From and to, in minutes of the day. 1440 is the midnight that ends it; a night ends before it starts."""

PER_DAY = 2

_TIME = r"(\d{2}):(\d{2})"
_SPAN = re.compile(rf"{_TIME}-{_TIME}")
_DAYS = re.compile(r"(?:(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?|PH)(?:,\s?(?:[MTWFS]\w(?:-\w\w)?|PH))*")
_RULE = re.compile(rf"(?:(?P<days>{_DAYS.pattern})\s+)?(?P<spans>off|{_SPAN.pattern}(?:,\s?{_SPAN.pattern})*)")


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """The openings of each weekday, from Monday, and whether the place closes on public holidays."""

    days: tuple[tuple[Opening, ...], ...] = ((),) * 7
    closed_on_holidays: bool = False


def to_osm(grid: Grid) -> str | None:
    """Return the hours in OSM syntax, or None when no day has any."""
    week: dict[int, list[Minutes]] = {day: list(openings) for day, openings in enumerate(grid.days) if openings}
    if not week:
        return None
    return compose(week) + ("; PH off" if grid.closed_on_holidays else "")


def grid_of(hours: str | None) -> Grid | None:
    """Return hours in OSM syntax as a plain week, or None when they say more than one can hold."""
    if hours is None:
        return Grid()
    days: list[tuple[Opening, ...]] = [()] * 7
    closed_on_holidays = False
    for text in hours.split(";"):
        rule = text.strip()
        if rule == "24/7":
            days = [((0, DAY_END),)] * 7
            continue
        match = _RULE.fullmatch(rule)
        if match is None:
            return None
        codes = [code.strip() for code in (match["days"] or "Mo-Su").split(",")]
        openings = _openings(match["spans"])
        if openings is None or ("PH" in codes and openings):
            return None
        closed_on_holidays = closed_on_holidays or "PH" in codes
        for code in codes:
            if code != "PH":
                for day in _days(code):
                    days[day] = openings
    return Grid(days=tuple(days), closed_on_holidays=closed_on_holidays)


def _days(code: str) -> Iterator[int]:
    first, _, last = code.partition("-")
    start = WEEKDAYS.index(first)
    end = WEEKDAYS.index(last) if last else start
    yield from ((start + step) % 7 for step in range((end - start) % 7 + 1))


def _openings(text: str) -> tuple[Opening, ...] | None:
    """Return the openings of a rule, or None when there are too many for a plain week, or they overlap."""
    if text == "off":
        return ()
    openings = sorted(
        (int(hour) * 60 + int(minute), int(to_hour) * 60 + int(to_minute))
        for hour, minute, to_hour, to_minute in _SPAN.findall(text)
    )
    if any(max(opening) > DAY_END or opening[0] in {DAY_END, opening[1]} for opening in openings):
        return None
    return tuple(openings) if len(openings) <= PER_DAY and not overlap(openings) else None


def overlap(openings: list[Opening]) -> bool:
    """Whether one of the openings of a day, in order, starts before the one before it ends."""
    ends = [to if to > start else to + DAY_END for start, to in openings]
    return any(start < end for (start, _), end in zip(openings[1:], ends, strict=False))
