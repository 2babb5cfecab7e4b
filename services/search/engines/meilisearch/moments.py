"""Spans of time as sets of numbers, so that an engine that only knows membership answers by the minute, exactly.

Minutes are counted from 2020. A block of level n is 2^n minutes long and begins at a multiple of that; each has a
number. A span is the few blocks that make it up, the largest that fit; a minute lies within the span when one of
the blocks that hold the minute, one a level, is among them. Opening hours and days begin and end with a minute.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
END = 1 << 25
"""The minute, in 2083, at which what has no end ends."""

DAYS = 14
"""The level of blocks of eleven days: openings are computed for fewer."""

DECADES = 25
"""The level of the block that holds every minute."""


def minute_of(moment: datetime) -> int:
    """Return the minute that holds an aware moment; what lies outside is taken for the first or the last."""
    return max(0, min(END - 1, (moment - BEGINNING) // timedelta(minutes=1)))


def blocks_of(first: int, end: int, highest: int) -> list[int]:
    """Return the blocks that make up the minutes from `first` until before `end`, none above a level."""
    blocks: list[int] = []
    while first < end:
        level = min((first & -first).bit_length() - 1 if first else highest, highest)
        while first + (1 << level) > end:
            level -= 1
        blocks.append(_number(first, level))
        first += 1 << level
    return blocks


def blocks_around(minute: int, highest: int) -> list[int]:
    """Return the block of each level that holds a minute."""
    return [_number(minute, level) for level in range(highest + 1)]


def spans(intervals: Iterable[tuple[datetime, datetime | None]], highest: int) -> list[int]:
    """Return the blocks of several spans; those without an end go on."""
    found: set[int] = set()
    for start, end in intervals:
        found.update(blocks_of(minute_of(start), END if end is None else minute_of(end), highest))
    return sorted(found)


def starts(intervals: Iterable[tuple[datetime, datetime]], highest: int) -> list[int]:
    """Return the blocks around the first minute of each span."""
    return sorted({block for start, _ in intervals for block in blocks_around(minute_of(start), highest)})


def _number(minute: int, level: int) -> int:
    return (minute >> level) * 32 + level
