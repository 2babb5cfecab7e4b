"""Opening hours in OSM syntax as the library reads them, for the time zone of a place."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from opening_hours import (
    OpeningHours,
    ParserError,  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] -- its stubs lack it
    validate,
)

COUNTRY = "FR"
"""The calendar of public holidays (`PH`) that expressions are read with: the national ones."""

_HOLIDAY = re.compile(r'("[^"]*")|\bPH\b')
_SPAN = re.compile(r"(\d{1,2}:\d\d)\s*-\s*(\d{1,2}:\d\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    rf'"[^"]*"|(?:\b(\d{{4}})\s+)?\b({"|".join(_MONTHS)})\s+(\d{{1,2}})(?![:\d])(?:\s*-\s*(\d{{1,2}})(?![:\d]))?',
    re.IGNORECASE,
)
_DAYS_LISTED = re.compile(
    r'("[^"]*")|\b(Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)\s*,\s+(?=(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)\b)', re.IGNORECASE
)
_WEEKLY = re.compile(
    r'(?:"[^"]*"|\b(?:Mo|Tu|We|Th|Fr|Sa|Su|off|closed|open|unknown|24/7|\d{1,2}:\d\d)\b|[-:,;|+\s])*', re.IGNORECASE
)
_A_LEAP_YEAR = 2024
_ONLY_COMMENT = re.compile(r'\s*"[^"]*"\s*')


@lru_cache(maxsize=16_384)
def is_valid(hours: str) -> bool:
    """Whether `hours` follows the OSM opening_hours syntax, with days that exist; blank text does not."""
    return bool(hours.strip()) and validate(hours) and impossible_date(hours) is None


def is_weekly(hours: str) -> bool:
    """Whether `hours` speak of days of the week alone, and so are the same in every week, whatever its dates."""
    return _WEEKLY.fullmatch(hours) is not None


def impossible_date(hours: str) -> str | None:
    """Return the first date of `hours` that no calendar has: 30 February, which the library takes for every day."""
    for found in _DATE.finditer(hours):
        year, month, *days = found.groups()
        for day in filter(None, days):
            try:
                date(int(year or _A_LEAP_YEAR), _MONTHS.index(month.title()) + 1, int(day))
            except ValueError:
                return found[0]
    return None


def empty_span(hours: str) -> str | None:
    """Return the first span of `hours` that ends when it begins.

    14:00-14:00 means a whole day to the syntax, and a slip of the pen to everybody else.
    """
    return next((span[0] for span in _SPAN.finditer(hours) if span[1] == span[2]), None)


@lru_cache(maxsize=4_096)  # at 2 KB each
def parse(hours: str, zone: ZoneInfo) -> OpeningHours | None:
    """Return `hours` ready to be evaluated in `zone`, or None when it is not valid.

    A comment alone ("on appointment") says nothing about times, so it reads as unknown. To the syntax,
    "Mo, Tu 09:00-12:00" is all of Monday, and the morning of Tuesday; whoever wrote it means both mornings.
    """
    if not hours.strip() or impossible_date(hours):
        return None
    if _ONLY_COMMENT.fullmatch(hours):
        hours = f"unknown {hours}"
    hours = _DAYS_LISTED.sub(lambda match: match[1] or f"{match[2]},", hours)
    try:
        return OpeningHours(hours, timezone=zone, country=COUNTRY, auto_country=False, auto_timezone=False)
    except ParserError:
        return None


@lru_cache(maxsize=4096)
def on_a_holiday(hours: str) -> str:
    """Return `hours` as they are on any public holiday: what they say of `PH` holds every day."""
    every_day = _HOLIDAY.sub(lambda match: match[1] or "Mo-Su", hours)
    return every_day if is_valid(every_day) else hours
