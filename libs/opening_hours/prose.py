"""Simple French prose about opening hours, read into OSM syntax: all of it, or not at all.

Wrong hours send someone to a closed door, so whatever leaves a doubt is refused: a word that is not known,
a time without its day, a day told twice, a span that ends before it starts, times of school holidays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from libs.opening_hours.syntax import is_valid
from libs.opening_hours.weekly import DAY_END, Minutes, compose, minutes

_DAY_NAMES = (
    r"lun(?:dis?|\.)?",
    r"mar(?:dis?|\.)?",
    r"mer(?:credis?|\.)?",
    r"jeu(?:dis?|\.)?",
    r"ven(?:dredis?|\.)?",
    r"sam(?:edis?|\.)?",
    r"dim(?:anches?|\.)?",
)
_DAY = "|".join(_DAY_NAMES)

_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<every>tous\s+les\s+jours|7\s?(?:j|jours)?\s?/\s?7\s?(?:j|jours)?|chaque\s+jour)(?!\w)
    | (?P<always>24\s?(?:h|heures)?\s?/\s?24\s?(?:h|heures)?)(?!\w)
    | (?P<run>(?:{_DAY})-(?:{_DAY}))(?!\w)
    | (?P<day>{_DAY})(?!\w)
    | (?P<time>\d{{1,2}}\s?(?:h(?:eures?)?\s?(?:\d\d(?!\s?[h:\d]))?|:\s?\d\d)(?!\w)|midi|minuit)
    | (?P<since>dès|à\s+partir\s+de)(?!\w)
    | (?P<holidays>(?:les\s+)?jours\s+fériés)(?!\w)
    | (?P<except>sauf)(?!\w)
    | (?P<closed>fermé(?:e|s|es)?)(?!\w)
    | (?P<to>au|à|jusqu'à)(?!\w)
    | (?P<and>et)(?!\w)
    | (?P<of>du|de|le|les)(?!\w)
    | (?P<title>horaires\s+d'ouverture|horaires|ouvert(?:e|s|es|ure)?|ouverture)(?!\w)
    | (?P<sign>[-/,;:.])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)

_SAME_CHARACTERS = str.maketrans({"\u2013": "-", "\u2014": "-", "\u2019": "'"})
_SEPARATORS = frozenset({"and", ",", ";", "-", "."})
_WITHIN_A_DAY = frozenset({"and", "/", ",", "-"})

Token = tuple[str, str]


class _Doubt(Exception):  # noqa: N818 -- not a failure: the text is more than simple
    """The text is not understood for sure."""


@lru_cache(maxsize=2048)
def from_prose(text: str) -> str | None:
    """Return what simple French prose says about opening hours in OSM syntax, or None when there is a doubt.

    >>> from_prose("lundi au vendredi 9h-12h et 14h-17h")
    'Mo-Fr 09:00-12:00,14:00-17:00'
    """
    if len(text) > 500:
        return None
    try:
        hours = _Reader(_tokens(text)).read()
    except _Doubt:
        return None
    return hours if is_valid(hours) else None


def _tokens(text: str) -> list[Token]:
    """Split a text into (kind, text); signs are their own kind."""
    text = unicodedata.normalize("NFC", text).translate(_SAME_CHARACTERS).strip(' "').lower()
    tokens: list[Token] = []
    position = 0
    while not tokens or tokens[-1][0] != "end":
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise _Doubt
        word = match[match.lastgroup]
        tokens.append((word if match.lastgroup == "sign" else match.lastgroup, word))
        position = match.end()
    return tokens


class _Reader:
    """Reads entries: some days, then their times or the word closed; then exceptions."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.week: dict[int, list[Minutes]] = {}
        self.closed_on_holidays = False

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    def skip(self, *kinds: str) -> bool:
        """Step over one token if it is of these kinds."""
        found = self.kind in kinds
        self.at += found and self.kind != "end"
        return found

    def attempt(self, read: Callable[[], bool]) -> bool:
        """Read something, or stay where we are."""
        start = self.at
        if read():
            return True
        self.at = start
        return False

    def word(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def read(self) -> str:
        if self.skip("title"):
            self.skip(":")
        if not self.attempt(self.without_break):
            self.entry()
        while True:
            while self.skip(*_SEPARATORS):
                pass
            if self.kind == "end":
                break
            if self.skip("except"):
                self.close(only_opened=True)
            elif self.skip("closed"):
                self.close(only_opened=False)
            else:
                self.entry()
        if not any(self.week.values()):
            raise _Doubt
        return compose(self.week) + ("; PH off" if self.closed_on_holidays else "")

    def without_break(self) -> bool:
        """Read "24h/24 et 7j/7"."""
        if not self.skip("always"):
            return False
        self.skip("and", ",", "-")
        self.week = {day: [(0, DAY_END)] for day in range(7)}
        return self.skip("every")

    def entry(self) -> None:
        days = self.days()
        if self.skip("except"):
            excepted = self.excepted()
            if not set(excepted) < set(days):
                raise _Doubt
            days = [day for day in days if day not in excepted]
        if not self.skip(":"):
            self.skip("-", ",")
        spans: list[Minutes] = [] if self.skip("closed") else self.times()
        for day in days:
            if day in self.week:
                raise _Doubt
            self.week[day] = spans

    def close(self, *, only_opened: bool) -> None:
        """Read days, or public holidays, after the words except (which takes from what is open) or closed."""
        self.skip(":")
        for day in self.excepted():
            if only_opened and not self.week.get(day):
                raise _Doubt
            self.week[day] = []

    def excepted(self) -> list[int]:
        if self.skip("holidays"):
            self.closed_on_holidays = True
            return []
        days = self.days()
        if self.attempt(lambda: self.skip("and", ",") and self.skip("holidays")):
            self.closed_on_holidays = True
        return days

    def days(self) -> list[int]:
        if self.skip("every"):
            return list(range(7))
        days = self.some_days()

        def one_more() -> bool:
            if not self.skip(",", "and", "/"):
                return False
            self.skip("and")
            self.skip("of")
            if self.kind not in {"day", "run"}:
                return False
            days.extend(self.some_days())
            return True

        while self.attempt(one_more):
            pass
        if len(days) != len(set(days)):
            raise _Doubt
        return days

    def some_days(self) -> list[int]:
        """Read a day, or a run of days."""
        self.skip("of")
        if self.kind == "run":
            first, last = (_day(name) for name in self.word().split("-"))
        elif self.kind == "day":
            first = last = _day(self.word())
            if self.skip("to"):
                self.skip("of")
                if self.kind != "day":
                    raise _Doubt
                last = _day(self.word())
        else:
            raise _Doubt
        return [(first + step) % 7 for step in range((last - first) % 7 + 1)]

    def times(self) -> list[Minutes]:
        if self.skip("always"):
            return [(0, DAY_END)]
        if self.skip("since"):
            return [(self.time(), None)]
        spans: list[Minutes] = [self.span()]

        def one_more() -> bool:
            self.skip(*_WITHIN_A_DAY)
            self.attempt(lambda: self.skip("of"))
            if self.kind != "time":
                return False
            spans.append(self.span())
            return True

        while self.attempt(one_more):
            pass
        bounds = [bound for span in spans for bound in span]
        if bounds != sorted(set(bounds), key=lambda bound: bound or 0):
            raise _Doubt
        return spans

    def span(self) -> tuple[int, int]:
        self.skip("of")
        opens = self.time()
        if not self.skip("-", "to"):
            raise _Doubt
        closes = self.time()
        closes = DAY_END if closes == 0 else closes
        if closes <= opens:
            raise _Doubt
        return opens, closes

    def time(self) -> int:
        if self.kind != "time":
            raise _Doubt
        word = self.word()
        if word in {"midi", "minuit"}:
            return 12 * 60 if word == "midi" else 0
        hour, _, minute = re.sub(r"\D+", " ", word).strip().partition(" ")
        at = minutes(hour, minute)
        if at is None:
            raise _Doubt
        return at


def _day(name: str) -> int:
    return next(index for index, pattern in enumerate(_DAY_NAMES) if re.fullmatch(pattern, name))
