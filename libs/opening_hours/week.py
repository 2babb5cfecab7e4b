"""The week of a place, day by day, as its page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

import msgspec

from libs.contracts.structure import Override
from libs.opening_hours.calendar import holidays, timezone_of
from libs.opening_hours.syntax import is_valid
from libs.opening_hours.timeline import in_force, openings_by_day


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """An opening in local times. `closes` is None when no end is given; 00:00 is the midnight that ends the day.

    A night goes beyond: it closes earlier than it opens. All day is 00:00 to 00:00.
    """

    opens: time
    closes: time | None
    certain: bool = True
    comment: str | None = None


class DayHours(msgspec.Struct, frozen=True, kw_only=True):
    """One day. `spans` is empty when closed, None when the hours are not known.

    `holiday` is the English name (catalogue message) of a public holiday; `override` the exception in
    force, applied to `spans` already.
    """

    date: date
    spans: tuple[Span, ...] | None
    today: bool = False
    holiday: str | None = None
    override: Override | None = None


def week(hours: str | None, overrides: Sequence[Override], department: str | None, day: date) -> list[DayHours]:
    """Return the seven days, from Monday, of the week of `day`, which is marked as today."""
    zone = timezone_of(department)
    monday = day - timedelta(days=day.weekday())
    known = hours is not None and is_valid(hours)
    days: list[DayHours] = []
    for at, opened in openings_by_day(hours, overrides, department, monday, monday + timedelta(days=6)).items():
        override = in_force(overrides, at)
        spans = tuple(
            Span(
                opens=opening.start.astimezone(zone).time(),
                closes=None if opening.open_ended else opening.end.astimezone(zone).time(),
                certain=opening.certain,
                comment=opening.comment,
            )
            for opening in opened
        )
        days.append(
            DayHours(
                date=at,
                spans=spans if known or override is not None else None,
                today=at == day,
                holiday=holidays(at.year, department).get(at),
                override=override,
            )
        )
    return days
