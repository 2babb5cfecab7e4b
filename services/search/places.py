"""Where people search: the name of a commune, a postcode, a department, made into a circle or a filter."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from libs.territories import (
    Commune,
    communes_named,
    communes_of_postcode,
    department_name,
    departments,
    find_commune,
    search_places,
)
from services.search.domain.requests import Point
from services.search.domain.text import fold

MOST_OTHERS = 4
SHORTEST_BEGINNING = 3
"""Fewer letters do not tell which commune is meant."""


class Place(msgspec.Struct, kw_only=True, frozen=True):
    """A place that was meant: a circle (`radius` in metres around `centre`), or a whole department.

    `others` are communes that bear the same name, as (what is shown, what to ask for).
    """

    label: str
    centre: Point | None = None
    radius: float | None = None
    department: str | None = None
    others: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=2048)
def find_place(text: str) -> Place | None:
    """Return the place that somebody's words mean, or None when there is none."""
    words = text.split()
    postcode = next((word for word in words if word.isdigit() and len(word) == 5), None)
    if postcode:
        name = " ".join(word for word in words if word != postcode)
        exact = find_commune(postcode=postcode, city=name) if name else None
        found = [exact] if exact else communes_of_postcode(postcode)
    else:
        found = communes_named(text)
    found = [commune for commune in found if commune.latitude is not None]
    if found:
        return _around(found[0], postcode, () if postcode else found[1:])
    if department := _department(text):
        return Place(label=f"{department_name(department)} ({department})", department=department)
    if len(fold(text)) < SHORTEST_BEGINNING:
        return None
    begun = [commune for commune in search_places(text, limit=1) if commune.latitude is not None]
    return _around(begun[0], postcode, ()) if begun else None


def _around(commune: Commune, postcode: str | None, others: tuple[Commune, ...] | list[Commune]) -> Place:
    assert commune.latitude is not None  # noqa: S101 -- callers choose communes with coordinates
    assert commune.longitude is not None  # noqa: S101 -- these come in pairs
    return Place(
        label=f"{commune.name} ({postcode or commune.department})",
        centre=Point(commune.latitude, commune.longitude),
        radius=_radius(commune),
        others=tuple(
            (f"{other.name} ({department_name(other.department)})", f"{other.postcodes[0]} {other.name}")
            for other in others[:MOST_OTHERS]
            if other.postcodes
        ),
    )


def _radius(commune: Commune) -> float:
    """Return how far people of a commune would go: a district is small, and in the country everything is far."""
    if commune.type == "ARM":
        return 3_000
    if commune.population >= 1_000_000:
        return 12_000
    return 10_000 if commune.population >= 20_000 else 15_000


def _department(text: str) -> str | None:
    code = text.strip().upper()
    if code in departments():
        return code
    wanted = fold(text)
    return next((one.code for one in departments().values() if fold(one.name) == wanted), None)
