"""What somebody typed in one go, read: telephone numbers, a time, a place, and words to be looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from libs.opening_hours import timezone_of
from services.search.domain.text import fold, words_of
from services.search.domain.words import filler
from services.search.understanding.dates import dates_spelt
from services.search.understanding.numbers import numbers_joined
from services.search.understanding.when import When, when
from services.search.understanding.where import Where, town_misspelt, where

__all__ = ["MOST_WORDS", "Reading", "When", "Where", "read", "with_town"]

MOST_READ = 24
"""Words that are read; what follows is left out."""

_WHOLE_NUMBER = re.compile(r"0\d{9}")

MOST_WORDS = 16
"""Words that are looked for."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a text was taken for. `words` are folded and left to be looked for; each stands once.

    In `placeless`, all that is not about a time, no place was found.
    """

    words: tuple[str, ...]
    where: Where | None = None
    when: When | None = None
    placeless: tuple[str, ...] = ()


def read(text: str, now: datetime, *, with_place: bool, with_time: bool) -> Reading:
    """Read `text` at `now` (aware). What is not to be read is left among the words."""
    words = every = fold(dates_spelt(numbers_joined(text))).split()[:MOST_READ]
    place = time = None
    if with_time:
        time, words = when(every, now, timezone_of(None))
    if with_place:
        place, words = where(words, all_of_them=time is not None)
    if time and place:
        time, _ = when(every, now, timezone_of(place.place.clock))
    telling = _telling(words) or (() if place or time else tuple(words_of(" ".join(words))[:MOST_WORDS]))
    placeless = tuple(words) if with_place and place is None else ()
    return Reading(words=telling, where=place, when=time, placeless=placeless)


def with_town(reading: Reading) -> Reading | None:
    """Return a reading with some of the words taken for a slip in the name of a town, if they may be one."""
    town, others = town_misspelt(reading.placeless)
    return Reading(words=_telling(others), where=town, when=reading.when) if town else None


def _telling(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words that say what somebody looks for, not how they ask."""
    telling = words_of(" ".join(word for word in words if word not in filler()))[:MOST_WORDS]
    # Whoever gives a telephone number asks for that one place: « appeler le 01 43 71 28 08 ».
    return tuple([word for word in telling if _WHOLE_NUMBER.fullmatch(word)] or telling)
