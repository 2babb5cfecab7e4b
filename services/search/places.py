"""Where people search: a commune, a postcode, a department, a region, made into a circle or a filter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import msgspec

from libs.contracts.structure import Address
from libs.territories import (
    Commune,
    communes,
    communes_beginning,
    communes_named,
    communes_of_postcode,
    department_name,
    departments,
    find_commune,
    regions,
    search_places,
)
from libs.territories.names import key_of
from services.search.domain.requests import Point
from services.search.domain.text import fold
from services.search.domain.typos import allowed_typos, typos_between

MOST_OTHERS = 4
SHORTEST_BEGINNING = 3
"""Fewer letters do not tell which commune is meant."""

KNOWN_BY_NAME = 5_000
"""Inhabitants from which a commune is meant by its name, whatever surrounds it."""

KNOWN_BY_BEGINNING = 15_000
"""Inhabitants from which the first words of its name will do: "Aix", "Évry", "Vitry"."""

_FAR_OFF = 9
"""More slips than any name is taken for."""

_REGIONS_FOR_SHORT = {"idf": "11", "paca": "93"}

_SMALL = frozenset({"la", "le", "les", "l", "de", "d", "du", "des", "en", "sur", "sous", "et", "aux", "au", "a"})
"""Words that no name ends with, nor the beginning of one that people say."""


class Place(msgspec.Struct, kw_only=True, frozen=True):
    """A place that was meant: a circle (`radius` in metres around `centre`), or whole `departments`.

    `others` are communes that bear the same name, as (what is shown, what to ask for). `clock` is the department
    that tells the time.
    """

    label: str
    centre: Point | None = None
    radius: float | None = None
    departments: tuple[str, ...] = ()
    clock: str | None = None
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
        found = communes_called(text)
    found = [commune for commune in found if commune.latitude is not None]
    if found:
        return around(found[0], postcode, () if postcode else found[1:])
    if large := called_at_large(text):
        return large
    if len(fold(text)) < SHORTEST_BEGINNING:
        return None
    begun = [commune for commune in search_places(text, limit=1) if commune.latitude is not None]
    misspelt = [] if begun else [town for _, town in towns_like(fold(text).split())]
    return next((around(one, postcode) for one in (*begun, *misspelt)), None)


def communes_called(text: str, department: str | None = None) -> list[Commune]:
    """Return the communes of a name, the most populous first; before small ones the town whose name begins with it.

    In a `department`, it need be no town.
    """
    found = communes_named(text, department)
    if (found and found[0].population >= KNOWN_BY_NAME) or fold(text).rpartition(" ")[2] in _SMALL:
        return found
    begun = communes_beginning(text)
    if department:
        return found or [one for one in begun if one.department == department]
    towns = [one for one in begun if one.population >= KNOWN_BY_BEGINNING]
    return [*towns[:1], *found, *towns[1:]]


def inhabitants_of(address: Address) -> int:
    """Return how many people live in the commune of an address; 0 where that is not known."""
    found = find_commune(insee_code=address.insee_code, postcode=address.postcode, city=address.city)
    return found.population if found else 0


def towns_like(words: Sequence[str]) -> list[tuple[int, Commune]]:
    """Return the towns that folded words may be a slip for, each with its typos, the nearest and the largest first.

    A slip leaves the first letter, and as many words; what is the name of a commune is none.
    """
    name = key_of(" ".join(words))
    if not name or communes_called(name):
        return []
    found = [
        (typos, town)
        for of_town, town in _towns_by_letter().get(name[0], ())
        if 0 < (typos := _typos_in(name.split(), of_town)) < _FAR_OFF
    ]
    return sorted(found, key=lambda one: (one[0], -one[1].population))


@lru_cache(maxsize=4096)
def towns_begun(text: str) -> Sequence[Commune]:
    """Return the towns that `text` is the beginning of, or that are called so and well known: the likeliest first."""
    key = key_of(text)
    if len(key) < SHORTEST_BEGINNING:
        return ()
    called = [one for one in communes_named(text) if one.population >= KNOWN_BY_NAME]
    begun = [town for words, town in _towns_by_letter().get(key[0], ()) if " ".join(words).startswith(key)]
    found = dict.fromkeys([*called, *sorted(begun, key=lambda town: -town.population)])
    return tuple(one for one in found if one.latitude is not None and one.postcodes)


def _typos_in(words: Sequence[str], others: Sequence[str]) -> int:
    if len(words) != len(others):
        return _FAR_OFF
    total = 0
    for word, other in zip(words, others, strict=True):
        most = allowed_typos(word)
        typos = typos_between(word, other, most)
        total += typos if typos <= most else _FAR_OFF
    return total


@cache
def _towns_by_letter() -> dict[str, list[tuple[list[str], Commune]]]:
    """Return the words in the names of large towns, by their first letter."""
    found: dict[str, list[tuple[list[str], Commune]]] = {}
    for one in communes():
        if one.population >= KNOWN_BY_BEGINNING and one.type != "ARM" and one.latitude is not None:
            words = key_of(one.name).split()
            found.setdefault(words[0][0], []).append((words, one))
    return found


def around(commune: Commune, postcode: str | None = None, others: Sequence[Commune] = ()) -> Place:
    """Return the circle that people of a commune would go in; `others` bear the same name."""
    assert commune.latitude is not None  # noqa: S101 -- callers choose communes with coordinates
    assert commune.longitude is not None  # noqa: S101 -- these come in pairs
    return Place(
        label=f"{commune.name} ({postcode or commune.department})",
        centre=Point(commune.latitude, commune.longitude),
        radius=_radius(commune),
        clock=commune.department,
        others=_offered_as(others),
    )


def _offered_as(others: Sequence[Commune]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{other.name} ({department_name(other.department)})", f"{other.postcodes[0]} {other.name}")
        for other in others[:MOST_OTHERS]
        if other.postcodes
    )


def _radius(commune: Commune) -> float:
    """Return how far people of a commune would go: a district is small, and in the country everything is far."""
    if commune.type == "ARM":
        return 3_000
    if commune.population >= 1_000_000:
        return 12_000
    return 10_000 if commune.population >= 20_000 else 15_000


def called_at_large(text: str) -> Place | None:
    """Return the department of a code or a name, or the region of a name."""
    if department := department_called(text):
        return _whole(department)
    if region := _regions_by_name().get(key_of(text)):
        inside = tuple(one.code for one in departments().values() if one.region == region)
        return Place(label=regions()[region], departments=inside, clock=inside[0])
    return None


def _whole(department: str) -> Place:
    name = department_name(department) or department
    namesakes = [one for one in communes_named(name) if one.department != department]
    towns = _offered_as([one for one in namesakes if one.population >= KNOWN_BY_NAME])
    return Place(label=f"{name} ({department})", departments=(department,), clock=department, others=towns)


def department_called(text: str) -> str | None:
    """Return the code of a department by its code or its name."""
    code = text.strip().upper()
    if code in departments():
        return code
    return _departments_by_name().get(key_of(text))


@cache
def _departments_by_name() -> dict[str, str]:
    return {key_of(one.name): one.code for one in departments().values()}


@cache
def _regions_by_name() -> dict[str, str]:
    return {key_of(name): code for code, name in regions().items()} | _REGIONS_FOR_SHORT
