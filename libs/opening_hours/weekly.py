"""A plain week, from tables and sentences to OSM syntax."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

DAY_END = 24 * 60
"""Midnight at the end of a day, in minutes."""

Minutes = tuple[int, int | None]
"""From and to, in minutes of the day; None when no end is given."""

_CELL_SPAN = re.compile(r"(\d{1,2})\s*[:h]\s*(\d{2})\s*-\s*(\d{1,2})\s*[:h]\s*(\d{2})")


def from_weekdays(cells: Mapping[str, str | None]) -> str | None:
    """Return a table of days (`Mo` to `Su`) as OSM hours; days with the same hours stand together.

    A cell reads "09:00 - 12:00 / 13:30 - 17:00"; an empty or absent one is a closed day. None when all are
    empty or one is not understood. Spans that overlap are joined.
    """
    week: dict[int, list[Minutes]] = {}
    for code, cell in cells.items():
        if not cell or not cell.strip():
            continue
        spans: list[tuple[int, int]] = []
        for part in cell.split("/"):
            match = _CELL_SPAN.fullmatch(part.strip())
            opens = match and minutes(match[1], match[2])
            closes = match and minutes(match[3], match[4])
            if opens is None or closes is None or closes <= opens:
                return None
            spans.append((opens, closes))
        week[WEEKDAYS.index(code)] = _joined(spans)
    return compose(week) if week else None


def minutes(hour: str, minute: str | None) -> int | None:
    """Return a time of day as minutes since midnight, up to 24:00; None when there is no such time."""
    at = int(hour) * 60 + int(minute or 0)
    return at if int(minute or 0) < 60 and at <= DAY_END else None


def compose(week: Mapping[int, list[Minutes]]) -> str:
    """Return the openings of each weekday (0 is Monday) as OSM hours; days not listed are closed."""
    groups: dict[str, list[int]] = {}
    for day in sorted(week):
        if week[day]:
            groups.setdefault(",".join(_span(*span) for span in week[day]), []).append(day)
    if list(groups) == ["00:00-24:00"] and len(groups["00:00-24:00"]) == len(WEEKDAYS):
        return "24/7"
    return "; ".join(f"{_days(days)} {spans}" for spans, days in groups.items())


def _span(opens: int, closes: int | None) -> str:
    return f"{_time(opens)}+" if closes is None else f"{_time(opens)}-{_time(closes)}"


def _time(at: int) -> str:
    return f"{at // 60:02}:{at % 60:02}"


def _days(days: list[int]) -> str:
    """Return sorted days as OSM text: `Mo-We,Fr`; two neighbours are `Th,Fr`."""
    runs = [[days[0]]]
    for before, day in pairwise(days):
        if day == before + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}" if len(run) > 2 else ",".join(WEEKDAYS[day] for day in run)
        for run in runs
    )


def _joined(spans: list[tuple[int, int]]) -> list[Minutes]:
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted(spans):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return list(joined)
