"""Words about time: when a place should be open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

_WEEKDAYS = {
    day: number
    for days in (
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "monday tuesday wednesday thursday friday saturday sunday",
    )
    for number, day in enumerate(days.split())
}
_AHEAD = {"today": 0, "tonight": 0, "demain": 1, "tomorrow": 1}
"""Days from today."""
_CLOCK = re.compile(r"([01]?\d|2[0-3])h([0-5]\d)?")
_OPEN = frozenset({"ouvert", "ouverte", "ouverts", "ouvertes", "maintenant", "now"})
_PARTS = {"matin": (6, 12), "midi": (11, 14), "apres midi": (13, 18), "soir": (18, 23)}
_THIS = frozenset({"ce", "cet", "cette"})
_LEADING = _THIS | {"le", "les"}
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
        self.part: tuple[int, int] | None = None
        self.clock: time | None = None

    def take(self, words: Sequence[str], before: str) -> int:
        """Read the beginning of `words`, which follow the word `before`; return how many of them speak of a time."""
        return self._day(words, before) or self._hours(words, before) or int(words[0] in _OPEN)

    def _day(self, words: Sequence[str], before: str) -> int:
        word, two = words[0], " ".join(words[:2])
        if word in _WEEKDAYS and before != "du":
            return self._on(self.today + _DAY * ((_WEEKDAYS[word] - self.today.weekday()) % 7))
        if two == "week end":
            left = max(5 - self.today.weekday(), 0)
            self.days = 1 if self.today.weekday() == 6 else 2
            return self._on(self.today + _DAY * left, 2)
        if two == "aujourd hui":
            return self._on(self.today, 2)
        if word in _AHEAD:
            self.part = _PARTS["soir"] if word == "tonight" else self.part
            return self._on(self.today + _DAY * _AHEAD[word])
        return 0

    def _hours(self, words: Sequence[str], before: str) -> int:
        if clock := _CLOCK.fullmatch(words[0]):
            self.clock = time(int(clock[1]), int(clock[2] or 0))
            return 1
        for part, hours in _PARTS.items():
            length = len(part.split())
            if words[:length] == part.split() and (length > 1 or self.day is not None or before in _THIS):
                self.part = hours
                return length
        return 0

    def _on(self, day: date, length: int = 1) -> int:
        self.day = day
        return length


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
            while left and (left[-1] in _LEADING or (found.clock and left[-1] == "a")):
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
    start = datetime.combine(day, time(begin), zone)
    stop = datetime.combine(day + _DAY * (found.days - 1), time(), zone) + timedelta(hours=end)
    return When(start=max(start, local) if stop > local else start, end=stop, words=" ".join(said)), left
