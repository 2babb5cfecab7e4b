"""The openings of a place as they follow one another, its dated exceptions applied.

An opening belongs to the day on which it starts: a night shelter closed on the 24th does not open that
evening, but the night begun on the 23rd goes on until morning. An opening longer than 24 hours belongs
to each of its days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from zoneinfo import ZoneInfo

import msgspec
from opening_hours import State

from libs.contracts.structure import Override
from libs.opening_hours.calendar import local_holidays, timezone_of
from libs.opening_hours.syntax import on_a_holiday, parse

_DAY = timedelta(days=1)
_OPEN_END = re.compile(r"(?<![-\d])(\d\d):(\d\d)\+")


class Opening(msgspec.Struct, frozen=True):
    """A stretch of time, in UTC. `certain` is False where the hours themselves say "unknown".

    `open_ended` means that the hours give no end ("12:30+"): `end` is then the midnight that follows.
    """

    start: datetime
    end: datetime
    certain: bool = True
    comment: str | None = None
    open_ended: bool = False


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant a local day begins, in its zone."""
    return datetime.combine(day, time(), zone)


def in_force(overrides: Sequence[Override], day: date) -> Override | None:
    """Return the exception that rules a day: a closure first, else the hours that started last."""
    found: Override | None = None
    for override in overrides:
        if override.kind == "message" or not covers(override, day):
            continue
        if override.kind == "closure":
            return override
        if found is None or override.starts_on >= found.starts_on:
            found = override
    return found


def covers(override: Override, day: date) -> bool:
    """Whether a day lies within the dates of an exception, both included."""
    return override.starts_on <= day and (override.ends_on is None or day <= override.ends_on)


def openings(
    hours: str | None, overrides: Sequence[Override], department: str | None, first: date, last: date
) -> Iterator[Opening]:
    """Yield the openings that start from local day `first` to `last`, in order; they may touch.

    The night begun the day before `first` is there too. Openings that go on beyond the day after `last`
    are cut there. `department` gives the clock and the public holidays.
    """
    ruling = [o for o in overrides if o.kind != "message" and o.starts_on <= last]
    before = first - _DAY
    if not ruling and not _local_holidays(hours, department, before, last):
        yield from _usual(hours, timezone_of(department), before, last + _DAY)
        return
    for begin, end in _stretches(ruling, before, last):
        for _, opening in _by_day(_hours_of(hours, ruling, begin), department, begin, end):
            yield opening


def openings_by_day(
    hours: str | None, overrides: Sequence[Override], department: str | None, first: date, last: date
) -> dict[date, list[Opening]]:
    """Return the openings of each local day from `first` to `last`, under the day they belong to."""
    days: dict[date, list[Opening]] = {}
    day = first
    while day <= last:
        days[day] = [opening for _, opening in _by_day(_hours_of(hours, overrides, day), department, day, day)]
        day += _DAY
    return days


def _hours_of(hours: str | None, overrides: Sequence[Override], day: date) -> str | None:
    """Return the hours that hold on a day: the usual ones, those of an exception, or none in a closure."""
    override = in_force(overrides, day)
    if override is None:
        return hours
    return override.opening_hours if override.kind == "hours" else None


def _stretches(ruling: Sequence[Override], first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield the first and last days of stretches from `first` to `last` in which one thing rules all along."""
    begins = {override.starts_on for override in ruling}
    begins |= {override.ends_on + _DAY for override in ruling if override.ends_on and override.ends_on < last}
    begin = first
    for day in sorted(day for day in begins if first < day <= last):
        yield begin, day - _DAY
        begin = day
    yield begin, last


def _by_day(hours: str | None, department: str | None, first: date, last: date) -> Iterator[tuple[date, Opening]]:
    """Yield openings, in order, with the day each belongs to; those of many days are cut at midnights."""
    zone = timezone_of(department)
    local = _local_holidays(hours, department, first, last)
    usual = ((day, opening) for day, opening in _days_of(hours, zone, first, last) if day not in local)
    kept = (found for day in local for found in _days_of(on_a_holiday(hours or ""), zone, day, day))
    return merge(usual, kept, key=lambda found: _start(found[1]))


def _local_holidays(hours: str | None, department: str | None, first: date, last: date) -> list[date]:
    """Return the public holidays that `hours` speak of and the library does not know: those of one department."""
    if "PH" not in (hours or ""):
        return []
    years = range(first.year, last.year + 1)
    return sorted(day for year in years for day in local_holidays(year, department) if first <= day <= last)


def _start(opening: Opening) -> datetime:
    return opening.start


def _days_of(hours: str | None, zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[date, Opening]]:
    # One day more on either side: what began before is then not mistaken for an opening of the first day,
    # and the last night is whole.
    for opening in _usual(hours, zone, first - _DAY, last + 2 * _DAY):
        day = opening.start.astimezone(zone).date()
        if opening.end - opening.start <= _DAY:
            if first <= day <= last:
                yield day, opening
            continue
        start = opening.start
        while start < opening.end:
            end = min(midnight(day + _DAY, zone).astimezone(UTC), opening.end)
            if first <= day <= last:
                yield day, msgspec.structs.replace(opening, start=start, end=end)
            start, day = end, day + _DAY


def _usual(hours: str | None, zone: ZoneInfo, first: date, end: date) -> Iterator[Opening]:
    """Yield what an expression says from the start of `first` to the start of `end`."""
    expression = parse(hours, zone) if hours else None
    if expression is None:
        return
    open_ends = [time(int(h), int(m)) for h, m in _OPEN_END.findall(str(expression))] if "+" in str(hours) else []
    limit = midnight(end, zone)
    for start, stop, state, comment in expression.intervals(midnight(first, zone), limit):
        if state == State.CLOSED:
            continue
        stop = stop or limit  # noqa: PLW2901 -- None is the library's word for "for ever"
        yield Opening(
            start=start.astimezone(UTC),
            end=stop.astimezone(UTC),
            certain=state == State.OPEN,
            comment=comment or None,
            open_ended=bool(open_ends) and stop.time() == time() and max(open_ends) >= start.time(),
        )
