"""What is open at a moment so far ahead that nobody has computed openings for it yet.

Nearly all hours are the same every week: what they do in a week that is known, they do then. The others (public
holidays, dates, exceptions, the clocks of overseas) are few, and computed when they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from libs.contracts.structure import Override
from libs.opening_hours import open_intervals, timezone_of
from services.search.domain.documents import KNOWN_AHEAD, Card

_CLOCK = timezone_of(None)
_WEEK = timedelta(weeks=1)


def weeks_ahead(moment: datetime, asked_at: datetime) -> int:
    """Return by how many weeks a moment lies beyond what is known when it is `asked_at`; 0 when it does not."""
    return max(0, -((asked_at + KNOWN_AHEAD - moment) // _WEEK))


def weeks_before(moment: datetime, weeks: int) -> datetime:
    """Return the same day of the week and hour as those of an aware moment, by the clock of Paris, weeks before."""
    return moment.astimezone(_CLOCK) - weeks * _WEEK


def is_open(card: Card, needs: Sequence[str], start: datetime, end: datetime) -> bool:
    """Whether a structure, or one of its services that are needed, is open at some time from `start` to `end`."""
    return any(_is_open(*ruling, card.department, start, end) for ruling in card.rulings_for(needs))


@lru_cache(maxsize=8_192)
def _is_open(
    hours: str | None, overrides: tuple[Override, ...], department: str | None, start: datetime, end: datetime
) -> bool:
    days = (end - start).days + 2
    return any(opens <= end for opens, _ in open_intervals(hours, overrides, department, start, days))
