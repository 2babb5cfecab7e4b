"""Days that words name: a weekday, a date, how far from today."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

_WEEKDAYS = {
    day: number
    for days in (
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "monday tuesday wednesday thursday friday saturday sunday",
    )
    for number, day in enumerate(days.split())
}
_MONTHS = {
    month: number
    for months in (
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "january february march april may june july august september october november december",
    )
    for number, month in enumerate(months.split(), 1)
}
_FEASTS = {"jour de noel": (25, 12), "jour de l an": (1, 1), "noel": (25, 12), "christmas day": (25, 12)}
"""Day and month of those that people call by a name; the others go by their date."""

_AHEAD = {"aujourd hui": 0, "today": 0, "tonight": 0, "demain": 1, "tomorrow": 1, "apres demain": 2}
"""Days from today."""

_TO = frozenset({"a", "pour"})
_STREETS = frozenset({"du", "rue", "place", "avenue", "boulevard", "quai", "square"})
"""What a date after them is the name of: « rue du 8 mai »."""

_DAY_OF_MONTH = re.compile(r"([1-9]|0[1-9]|[12]\d|3[01])(?:er|st|nd|rd|th)?")
_YEAR = re.compile(r"\d{4}")
_IN_NUMBERS = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/(\d{4}))?(?![\d/])")
_ALWAYS = re.compile(r"\b(?:24 ?h? ?/ ?24 ?h?|7 ?j? ?/ ?7 ?j?|24 ?h? ?/ ?7 ?j?)\b", re.IGNORECASE)
"""Day and night, which is no date and no department."""
_DAY = timedelta(days=1)
FARTHEST = timedelta(days=366)
"""How far ahead one may ask what is open: who knows what becomes of hours after that?"""


class Days(msgspec.Struct, frozen=True):
    """A day, or several (`count`) from it, that so many words (`length`) name."""

    first: date
    length: int = 1
    count: int = 1


def dates_spelt(text: str) -> str:
    """Return `text` with dates such as 25/12 in words, and without « 24h/24 »."""

    def spelt(found: re.Match[str]) -> str:
        day, month, year = found.groups()
        if not 1 <= int(month) <= 12:
            return found[0]
        return " ".join(filter(None, [day, list(_MONTHS)[int(month) - 1], year]))

    return _IN_NUMBERS.sub(spelt, _ALWAYS.sub(" ", text))


def days_named(words: Sequence[str], before: str, today: date) -> Days | None:
    """Return the days, from today on, that the beginning of folded `words` names; they follow the word `before`."""
    word, two = words[0], " ".join(words[:2])
    if word in _WEEKDAYS and before != "du":
        following = words[1:2] == ["prochain"]
        ahead = (_WEEKDAYS[word] - today.weekday() - following) % 7 + following
        return Days(today + _DAY * ahead, 1 + following)
    if two == "week end":
        begun = today.weekday() == 6
        return Days(today + _DAY * max(5 - today.weekday(), 0), 2, 1 if begun else 2)
    for said in (two, word):
        if said in _AHEAD:
            return Days(today + _DAY * _AHEAD[said], len(said.split()))
    return None if before in _STREETS else _feast(words, before, today) or _date(words, today)


def _feast(words: Sequence[str], before: str, today: date) -> Days | None:
    for name, (day, month) in _FEASTS.items():
        length = len(name.split())
        if list(words[:length]) == name.split() and (length > 1 or before in _TO):
            return _next(day, month, None, today, length)
    return None


def _date(words: Sequence[str], today: date) -> Days | None:
    """Read « 25 décembre 2026 » and "december 25"."""
    first, second, third = [*words[:3], "", "", ""][:3]
    year = int(third) if _YEAR.fullmatch(third) else None
    for number, name in ((first, second), (second, first)):
        day = _DAY_OF_MONTH.fullmatch(number)
        if day and name in _MONTHS:
            return _next(int(day[1]), _MONTHS[name], year, today, 3 if year else 2)
    return None


def _next(day: int, month: int, year: int | None, today: date, length: int) -> Days | None:
    for chosen in (year,) if year else (today.year, today.year + 1):
        try:
            found = date(chosen, month, day)
        except ValueError:
            continue  # 30 February; 29 in most years
        if today <= found <= today + FARTHEST:
            return Days(found, length)
    return None
