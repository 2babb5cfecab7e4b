"""What somebody typed in one go, read: telephone numbers, a time, a place, and words to be looked for."""

from __future__ import annotations

from datetime import datetime

import msgspec

from libs.opening_hours import timezone_of
from services.search.domain.text import fold, words_of
from services.search.domain.words import filler
from services.search.understanding.dates import dates_spelt
from services.search.understanding.numbers import numbers_joined
from services.search.understanding.when import When, when
from services.search.understanding.where import Where, where

__all__ = ["MOST_WORDS", "Reading", "When", "Where", "read"]

MOST_READ = 24
"""Words that are read; what follows is left out."""

MOST_WORDS = 16
"""Words that are looked for."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a text was taken for. `words` are folded and left to be looked for; each stands once."""

    words: tuple[str, ...]
    where: Where | None = None
    when: When | None = None


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
    telling = [word for word in words if word not in filler()]
    if not (telling or place or time):
        telling = words
    return Reading(words=tuple(words_of(" ".join(telling))[:MOST_WORDS]), where=place, when=time)
