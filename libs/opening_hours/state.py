"""Is it open: the state of a place at a moment, and its openings over the coming days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from libs.contracts.structure import Override, StructureContent, department_of
from libs.opening_hours.calendar import holidays, timezone_of
from libs.opening_hours.syntax import is_valid
from libs.opening_hours.timeline import Opening, covers, in_force, midnight, openings

HORIZON = timedelta(days=400)
"""How far ahead the next opening, or the end of the present one, is looked for."""

SURELY = timedelta(hours=3)
"""How long what opens without an end ("09:30+") is surely open; whether it still is after that, nobody has said."""

_ON_HOLIDAYS = re.compile(r"\bPH\b|24/7|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d\d?\b")
"""What speaks of public holidays: by name, as days of the month, or for ever."""

State = Literal["open", "closed", "temporarily_closed", "unknown"]


class OpenState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a place is open at a moment. Times are in the zone of the place, and exact.

    Args:
        state: `temporarily_closed` within a closure; `unknown` when the place gave no hours for the moment.
        until: when an opening or a closure ends; None when closed, and when nobody has said an end (hours
            such as "12:30+", a closure until further notice, open for ever). A closure ends at the midnight
            that follows its last day: `last_day` is what one writes.
        next: when it opens next, unless it is open; None when that is not known or beyond `HORIZON`.
        reason: why it is closed, or the remark that the hours carry ("on appointment").
        message: what the place wants to be known at the moment; it does not change the state.
        holiday: the public holiday (its English name, a catalogue message) on which it is open, or opens next, going by
            hours that do not say whether they hold on such days: whoever goes there may find it closed.
    """

    state: State
    until: datetime | None = None
    next: datetime | None = None
    reason: str | None = None
    message: str | None = None
    holiday: str | None = None

    @property
    def last_day(self) -> date | None:
        """The last local day of the present state."""
        return None if self.until is None else (self.until - timedelta(microseconds=1)).date()


def state_of(content: StructureContent, moment: datetime) -> OpenState:
    """Return the state of a structure at an aware `moment`."""
    return state_at(content.opening_hours, content.overrides, moment, department_of(content))


def state_at(
    hours: str | None, overrides: Sequence[Override], moment: datetime, department: str | None = None
) -> OpenState:
    """Return the state of a place at an aware `moment`, dated exceptions first.

    `hours` in OSM syntax are the usual ones; not valid, they count as not given. `department` gives the
    clock and the public holidays.
    """
    return state_from(hours, overrides, moment, department)[0]


def state_from(
    hours: str | None, overrides: Sequence[Override], moment: datetime, department: str | None = None
) -> tuple[OpenState, datetime]:
    """Return what `state_at` does, and a moment in UTC until which it stays so: never beyond the local day."""
    zone = timezone_of(department)
    moment = moment.astimezone(UTC)
    today = moment.astimezone(zone).date()
    ruling = in_force(overrides, today)
    message = "\n".join(o.message for o in overrides if o.message and covers(o, today)) or None

    now: Opening | None = None
    last: Opening | None = None
    following: datetime | None = None
    steady = midnight(today + timedelta(days=1), zone).astimezone(UTC)
    for opening in _surely(openings(hours, overrides, department, today, today + HORIZON)):
        if opening.end <= moment:
            continue
        steady = min(steady, opening.start if opening.start > moment else opening.end)
        reached = moment if last is None else last.end
        if opening.start <= reached and (now is None or now.certain == opening.certain):
            now = now or opening
            last = opening if last is None else max(last, opening, key=lambda one: one.end)
        elif now is not None and now.certain:
            break
        elif opening.certain:
            following = opening.start.astimezone(zone)
            break

    begins = now.start.astimezone(zone) if now is not None else following
    holiday = _unsaid_holiday(hours, overrides, begins.date(), department) if begins else None
    if now is not None:
        state: State = "open" if now.certain else "unknown"
        end = _known_end(last, today + HORIZON, zone)
        said = OpenState(state=state, until=end, next=following, reason=now.comment, message=message, holiday=holiday)
        return said, steady
    if ruling is not None and ruling.kind == "closure":
        end = _end_of_closure(overrides, today, zone)
        closed = OpenState(state="temporarily_closed", until=end, next=following, reason=ruling.reason, message=message)
        return msgspec.structs.replace(closed, holiday=holiday), steady
    known = is_valid(hours) if hours and ruling is None else ruling is not None
    state = "closed" if known else "unknown"
    return OpenState(state=state, next=following, message=message, holiday=holiday), steady


def open_intervals(
    hours: str | None, overrides: Sequence[Override], department: str | None, start: datetime, days: int
) -> list[tuple[datetime, datetime]]:
    """Return when a place is open from `start` (aware) over `days` local days, as (from, to) in UTC.

    They are in order and apart. The first may have begun before `start`; none ends beyond the last day by
    more than a day. Openings without an end ("12:30+") last as long as is sure.
    """
    zone = timezone_of(department)
    start = start.astimezone(UTC)
    first = start.astimezone(zone).date()
    intervals: list[tuple[datetime, datetime]] = []
    for opening in _surely(openings(hours, overrides, department, first, first + timedelta(days=days - 1))):
        if not opening.certain or opening.end <= start:
            continue
        if intervals and opening.start <= intervals[-1][1]:
            intervals[-1] = (intervals[-1][0], max(intervals[-1][1], opening.end))
        else:
            intervals.append((opening.start, opening.end))
    return intervals


def _unsaid_holiday(hours: str | None, overrides: Sequence[Override], day: date, department: str | None) -> str | None:
    """Return the public holiday that a day is, unless something says whether the place is open on it."""
    if in_force(overrides, day) is not None or _ON_HOLIDAYS.search(hours or ""):
        return None
    return holidays(day.year, department).get(day)


def _surely(found: Iterable[Opening]) -> Iterator[Opening]:
    """Yield openings; those without an end in two parts, of which the second is not certain."""
    for opening in found:
        sure = opening.start + SURELY
        if not opening.open_ended or opening.end <= sure:
            yield opening
            continue
        yield msgspec.structs.replace(opening, end=sure)
        yield msgspec.structs.replace(opening, start=sure, certain=False)


def _known_end(last: Opening | None, horizon: date, zone: ZoneInfo) -> datetime | None:
    """Return when an opening ends, None when no end is given or it goes on beyond the last day looked at."""
    if last is None or last.open_ended:
        return None
    end = last.end.astimezone(zone)
    return None if end.date() > horizon else end


def _end_of_closure(overrides: Sequence[Override], day: date, zone: ZoneInfo) -> datetime | None:
    """Return when the closures that follow one another from `day` are over."""
    while (closure := in_force(overrides, day)) is not None and closure.kind == "closure":
        if closure.ends_on is None:
            return None
        day = closure.ends_on + timedelta(days=1)
    return midnight(day, zone)
