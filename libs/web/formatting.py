"""How dates, distances and telephone numbers are written for people, in the current language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import TIMEDELTA_UNITS, format_date, format_timedelta
from babel.numbers import format_decimal
from markupsafe import escape

from libs.web.language import RIGHT_TO_LEFT, current_language

PARIS = ZoneInfo("Europe/Paris")
NARROW = "\u202f"
"""The narrow no-break space of French typography."""


def day(value: date | datetime, *, year: bool = False) -> str:
    """« mardi 3 décembre », with the year when asked; a datetime is read in Paris time."""
    if isinstance(value, datetime):
        value = value.astimezone(PARIS).date()
    language = current_language()
    pattern = f"{'EEEE,' if language == 'en' else 'EEEE'} d MMMM{' y' if year else ''}"
    text = format_date(value, pattern, locale=language)
    return text.replace(" 1 ", " 1er ", 1) if language == "fr" and value.day == 1 else text


def weekday(value: date) -> str:
    """« lundi »; a datetime keeps its own time zone."""
    return format_date(value, "EEEE", locale=current_language())


def clock(value: datetime | time) -> str:
    """« 14 h 30 », « 9 h » (otherwise 14:30, 09:00); a datetime keeps its own time zone."""
    if current_language() == "fr":
        minutes = f"{NARROW}{value.minute:02d}" if value.minute else ""
        return f"{value.hour}{NARROW}h{minutes}"
    return f"{value.hour:02d}:{value.minute:02d}"


def moment(value: datetime) -> str:
    """Day and time in Paris: « mardi 3 décembre 2024, 14 h 30 »."""
    local = value.astimezone(PARIS)
    return listed([day(local, year=True), clock(local)])


def ago(value: datetime, now: datetime) -> str:
    """« il y a 3 semaines »: whole ones, so that five and a half years are not six."""
    seconds = (value - now).total_seconds()
    unit = next((length for _, length in TIMEDELTA_UNITS if abs(seconds) >= length), 1)
    whole = timedelta(seconds=int(seconds / unit) * unit or -1)
    return format_timedelta(whole, threshold=1, add_direction=True, locale=current_language())


def distance(metres: float) -> str:
    """« 350 m », « 1,2 km », « 12 km »."""
    if metres < 1_000:
        return f"{round(metres / 10) * 10}{NARROW}{'م' if current_language() == 'ar' else 'm'}"
    text = f"{metres / 1_000:.1f}" if metres < 10_000 else f"{metres / 1_000:.0f}"
    return kilometres(text.replace(".", ",") if current_language() == "fr" else text)


def kilometres(number: object) -> str:
    """« 5 km », of a number that is written already."""
    return f"{number}{NARROW}{'كم' if current_language() == 'ar' else 'km'}"


def number(value: float) -> str:
    """« 43 700 », « 1,3 »."""
    return format_decimal(value, locale=current_language())


@cache
def phone(e164: str) -> str:
    """« 01 43 43 84 75 » for a French number, the international form for others, short numbers as they are."""
    try:
        parsed = phonenumbers.parse(e164, "FR")
    except phonenumbers.NumberParseException:
        return e164
    if not e164.startswith("+"):
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def listed(words: Iterable[str]) -> str:
    """Return words one after the other, with the commas of the current language."""
    return ("، " if current_language() == "ar" else ", ").join(words)


def isolated(text: str) -> str:
    """Return what may be French, to stand in a sentence of the current language without turning its punctuation."""
    return text if not text or current_language() not in RIGHT_TO_LEFT else f"\u2068{text}\u2069"


def longest_word(cell: object) -> int:
    """Return how many characters the longest word of a text has; markup is none of them."""
    return max(map(len, escape(cell).striptags().split()), default=0)


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "weekday": weekday,
    "clock": clock,
    "moment": moment,
    "ago": ago,
    "distance": distance,
    "kilometres": kilometres,
    "listed": listed,
    "number": number,
    "phone": phone,
    "longest_word": longest_word,
}
"""The filters templates may use."""
