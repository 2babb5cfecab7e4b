"""Opening hours as people read them: a week, or a line of words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import time
from itertools import groupby
from typing import Any

from babel.dates import get_day_names
from babel.lists import format_list

from libs.opening_hours.weekly import DAY_END
from libs.web.formatting import clock
from libs.web.language import N_, current_language
from services.contributions.domain.hours_grid import Grid, Opening, grid_of

Say = Callable[..., str]
"""Puts a marked message, with its parameters, in the language of who reads."""

JOINT = " · "

_FROM_ON = re.compile(r"(?P<days>[A-Z][A-Za-z,\- ]+) (?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)\+")
"""Hours that say when it opens, not when it closes: `Mo-Su 12:00+`."""

WEEKDAYS: tuple[str, ...] = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


def week_of(hours: str, say: Say, *, short: bool = False) -> list[dict[str, Any]] | None:
    """Return hours as the days that a week table shows, or None when a plain week cannot hold them.

    `short` abbreviates the names of days, for where three weeks stand side by side.
    """
    grid = grid_of(hours)
    if grid is None:
        return None
    names = get_day_names("abbreviated", locale=current_language()) if short else [say(name) for name in WEEKDAYS]
    days: list[dict[str, Any]] = [
        {"name": names[number], "hours": [_opening(opening, say) for opening in openings]}
        for number, openings in enumerate(grid.days)
    ]
    if grid.closed_on_holidays:
        days.append({"name": say(N_("Public holidays")), "hours": []})
    return days


def hours_words(hours: str, say: Say) -> str:
    """Return hours as a line of words, or as they are stored where a plain week cannot hold them."""
    grid = grid_of(hours)
    if grid is not None:
        return JOINT.join(_lines(grid, say))
    if start := _FROM_ON.fullmatch(hours):
        days = grid_of(f"{start['days']} 00:00-24:00") or Grid()
        opens = clock(time(int(start["hour"]), int(start["minute"])))
        numbers = [number for number, openings in enumerate(days.days) if openings]
        return say(N_("%(days)s from %(time)s"), days=_days(numbers, say), time=opens) if numbers else hours
    return hours


def _lines(grid: Grid, say: Say) -> list[str]:
    if all(openings == ((0, DAY_END),) for openings in grid.days):
        return [say(N_("day and night"))]
    days: dict[tuple[Opening, ...], list[int]] = {}
    for number, openings in enumerate(grid.days):
        if openings:
            days.setdefault(openings, []).append(number)
    lines = [
        f"{_days(numbers, say)} {', '.join(_opening(opening, say) for opening in openings)}"
        for openings, numbers in days.items()
    ]
    return [*lines, say(N_("closed on public holidays"))] if grid.closed_on_holidays else lines


def _days(numbers: Sequence[int], say: Say) -> str:
    """Return days in words: « lundi à mercredi et vendredi »."""
    if len(numbers) == len(WEEKDAYS):
        return say(N_("every day"))
    names = get_day_names("wide", locale=current_language())
    words: list[str] = []
    for _, run in groupby(enumerate(numbers), key=lambda item: item[1] - item[0]):
        days = [names[number] for _, number in run]
        words += days if len(days) < 3 else [say(N_("%(first)s to %(last)s"), first=days[0], last=days[-1])]
    return format_list(words, locale=current_language())


def _opening(opening: Opening, say: Say) -> str:
    if opening == (0, DAY_END):
        return say(N_("day and night"))
    start, end = (time(minutes % DAY_END // 60, minutes % 60) for minutes in opening)
    return f"{clock(start)} – {clock(end)}"  # noqa: RUF001 -- the dash of a span
