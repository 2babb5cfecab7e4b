"""The clock and the public holidays of each French territory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

_OVERSEAS_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}


@cache
def timezone_of(department: str | None) -> ZoneInfo:
    """Return the time zone of a department or overseas collectivity by its code; Paris when not known."""
    return ZoneInfo(_OVERSEAS_ZONES.get(department or "", "Europe/Paris"))


def N_(message: str) -> str:  # noqa: N802 -- gettext's customary name
    """Mark a message for extraction into the catalogues."""
    return message


_FIXED = {
    (1, 1): N_("New Year's Day"),
    (5, 1): N_("Labour Day"),
    (5, 8): N_("Victory in Europe Day"),
    (7, 14): N_("National Day"),
    (8, 15): N_("Assumption Day"),
    (11, 1): N_("All Saints' Day"),
    (11, 11): N_("Armistice Day"),
    (12, 25): N_("Christmas Day"),
}

_AFTER_EASTER = {1: N_("Easter Monday"), 39: N_("Ascension Day"), 50: N_("Whit Monday")}

_ABOLITION = N_("Abolition of slavery")

_LOCAL_FIXED = {
    "57": {(12, 26): N_("Saint Stephen's Day")},
    "67": {(12, 26): N_("Saint Stephen's Day")},
    "68": {(12, 26): N_("Saint Stephen's Day")},
    "971": {(5, 27): _ABOLITION},
    "972": {(5, 22): _ABOLITION},
    "973": {(6, 10): _ABOLITION},
    "974": {(12, 20): _ABOLITION},
    "976": {(4, 27): _ABOLITION},
    "977": {(10, 9): _ABOLITION},
    "978": {(5, 28): _ABOLITION},
    "986": {(4, 28): N_("Saint Peter Chanel's Day"), (7, 29): N_("Territory Day")},
    "987": {(3, 5): N_("Arrival of the Gospel")},
    "988": {(9, 24): N_("Citizenship Day")},
}

_GOOD_FRIDAY_DEPARTMENTS = frozenset({"57", "67", "68"})


def easter(year: int) -> date:
    """Return Easter Sunday of a year of the Gregorian calendar (the anonymous computus)."""
    century, of_century = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    shift = moon + sunday - 7 * ((year % 19 + 11 * moon + 22 * sunday) // 451) + 114
    return date(year, shift // 31, shift % 31 + 1)


@cache
def holidays(year: int, department: str | None = None) -> Mapping[date, str]:
    """Return the public holidays of a year by day, with their English names (catalogue messages).

    Those of the whole country, and those that only this department or collectivity keeps.
    """
    sunday = easter(year)
    days = {date(year, month, day): name for (month, day), name in _FIXED.items()}
    days |= {sunday + timedelta(days=shift): name for shift, name in _AFTER_EASTER.items()}
    return MappingProxyType(dict(sorted({**days, **local_holidays(year, department)}.items())))


@cache
def local_holidays(year: int, department: str | None) -> Mapping[date, str]:
    """Return those public holidays of a year that only this department or collectivity keeps."""
    days = {date(year, month, day): name for (month, day), name in _LOCAL_FIXED.get(department or "", {}).items()}
    if department in _GOOD_FRIDAY_DEPARTMENTS:
        days[easter(year) - timedelta(days=2)] = N_("Good Friday")
    return MappingProxyType(days)


def has_own_calendar(department: str | None) -> bool:
    """Whether clocks or public holidays of a department are not those of most others."""
    return department in _OVERSEAS_ZONES or department in _LOCAL_FIXED
