"""Words about time: when a place should be open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from services.search.understanding.dates import days_named

_CLOCK = re.compile(r"([01]?\d|2[0-3])h([0-5]\d)?")
_OPEN = frozenset({"ouvert", "ouverte", "ouverts", "ouvertes", "maintenant", "now"})
_PARTS = {"matin": (6, 12), "midi": (11, 14), "apres midi": (13, 18), "soir": (18, 23), "nuit": (21, 30)}
"""Hours of the day, beyond 24 those of the next."""
_THIS = frozenset({"ce", "cet", "cette"})
_LEADING = _THIS | {"le", "les", "a", "pour", "on", "vers", "des", "apres", "avant"}
_DAY = timedelta(days=1)


class When(msgspec.Struct, frozen=True, kw_only=True):
    """A time to be open at, from an instant to another (the same one: at that moment); `words` said so."""

    start: datetime
    end: datetime
    words: str

    @property
    def is_whole_day(self) -> bool:
        """Whether it ends at midnight: what is left of a day, or days."""
        return self.end > self.start and self.end.time() == time()

    @property
    def last_day(self) -> date:
        """The last local day that it touches."""
        return (self.end - timedelta(microseconds=1)).date() if self.end > self.start else self.start.date()


class _Said:
    """What was said of a time so far."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.day: date | None = None
        self.days = 1
        self.part: tuple[float, float] | None = None
        self.clock: time | None = None

    def take(self, words: Sequence[str], before: str) -> int:
        """Read the beginning of `words`, which follow the word `before`; return how many of them speak of a time."""
        return self._day(words, before) or self._hours(words, before) or int(words[0] in _OPEN)

    def _day(self, words: Sequence[str], before: str) -> int:
        named = days_named(words, before, self.today)
        if named is None:
            return 0
        self.day, self.days = named.first, named.count
        if words[0] == "tonight":
            self.part = _PARTS["soir"]
        return named.length

    def _hours(self, words: Sequence[str], before: str) -> int:
        if clock := _CLOCK.fullmatch(words[0]):
            hour, minute = int(clock[1]), int(clock[2] or 0)
            if before in {"apres", "des"}:
                self.part = (hour + minute / 60, 24)
            elif before == "avant":
                self.part = (0, hour + minute / 60)
            else:
                self.clock = time(hour, minute)
            return 1
        for part, hours in _PARTS.items():
            length = len(part.split())
            if words[:length] == part.split() and (length > 1 or self.day is not None or before in _THIS):
                self.part = hours
                return length
        return 0


def when(words: Sequence[str], now: datetime, zone: ZoneInfo) -> tuple[When | None, list[str]]:
    """Return the time that folded `words` speak of, and the words that do not; `now` is aware."""
    local = now.astimezone(zone)
    found = _Said(local.date())
    left: list[str] = []
    said: list[str] = []
    at = 0
    while at < len(words):
        length = found.take(words[at:], left[-1] if left else "")
        if length:
            while left and left[-1] in _LEADING:
                said.append(left.pop())
            said += words[at : at + length]
        else:
            left.append(words[at])
        at += length or 1
    if not said:
        return None, left
    if found.clock:
        moment = datetime.combine(found.day or local.date(), found.clock, zone)
        moment += _DAY if found.day is None and moment < local else timedelta()
        return When(start=moment, end=moment, words=" ".join(said)), left
    if found.day is None and found.part is None:
        return When(start=now, end=now, words=" ".join(said)), left
    day, (begin, end) = found.day or local.date(), found.part or (0, 24)
    if found.day is None and datetime.combine(day, time(), zone) + timedelta(hours=end) <= local:
        day += _DAY  # « ce midi », said in the evening
    elif found.day is None and datetime.combine(day - _DAY, time(), zone) + timedelta(hours=end) > local:
        day -= _DAY  # « cette nuit », said in the middle of it
    start = datetime.combine(day, time(), zone) + timedelta(hours=begin)
    stop = datetime.combine(day + _DAY * (found.days - 1), time(), zone) + timedelta(hours=end)
    return When(start=max(start, local) if stop > local else start, end=stop, words=" ".join(said)), left
