"""The communes of France: found by INSEE code, postcode or name.

The table stays as its lines of text (5 MB) until a commune is asked for: web processes hold it too.
"""

from __future__ import annotations

import gzip
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

from libs.territories.departments import department_of_insee_code, department_of_postcode, departments
from libs.territories.names import key_of

CommuneType = Literal["COM", "ARM", "COMD"]


_CITIES_WITH_DISTRICTS = {"75": "75056", "69": "69123", "13": "13055"}


class Commune(msgspec.Struct, frozen=True, kw_only=True):
    """A commune (COM), a municipal district of Paris, Lyon or Marseille (ARM), or a delegated commune (COMD).

    `department` and `region` are codes. Coordinates are WGS 84 degrees of its town hall
    where that is known, else of its centre; None for a few.
    """

    insee_code: str
    type: CommuneType
    name: str
    department: str
    region: str | None
    postcodes: tuple[str, ...]
    latitude: float | None
    longitude: float | None
    population: int


class _Table:
    def __init__(self) -> None:
        packed = (files("libs.territories") / "data" / "communes.csv.gz").read_bytes()
        self.lines = gzip.decompress(packed).decode().splitlines()[1:]
        self.by_code: dict[str, int] = {}
        self.by_postcode: dict[str, list[int]] = {}
        for index, line in enumerate(self.lines):
            _, code, kind, postcodes, _ = line.split(",", 4)
            # A delegated commune may bear the code of the commune it belongs to, which is the one meant.
            if kind != "COMD" or code not in self.by_code:
                self.by_code[code] = index
            for postcode in postcodes.split("|") if postcodes else ():
                self.by_postcode.setdefault(postcode, []).append(index)
        self.postcodes = sorted(self.by_postcode)

    def commune(self, index: int) -> Commune:
        _, code, kind, postcodes, latitude, longitude, population, name = self.lines[index].split(",")
        department = department_of_insee_code(code)
        return Commune(
            insee_code=code,
            type=kind,  # pyright: ignore[reportArgumentType] -- the packaged table holds these three
            name=name,
            department=department,
            region=departments()[department].region,
            postcodes=tuple(postcodes.split("|")) if postcodes else (),
            latitude=float(latitude) if latitude else None,
            longitude=float(longitude) if longitude else None,
            population=int(population or 0),
        )

    def starting_with(self, prefix: str) -> range:
        """Return the lines that start with a prefix: a key with its comma, or the start of a key."""
        return range(bisect_left(self.lines, prefix), bisect_left(self.lines, f"{prefix}\uffff"))


@cache
def _table() -> _Table:
    return _Table()


def communes() -> Iterator[Commune]:
    """Yield every commune, in the order of the keys of their names."""
    table = _table()
    return (table.commune(index) for index in range(len(table.lines)))


@lru_cache(maxsize=4096)
def commune(insee_code: str) -> Commune | None:
    """Return the commune of an INSEE code."""
    index = _table().by_code.get(insee_code)
    return None if index is None else _table().commune(index)


@lru_cache(maxsize=1024)
def communes_of_postcode(postcode: str) -> tuple[Commune, ...]:
    """Return the communes that share a postcode, the most populous first."""
    table = _table()
    return tuple(_largest_first(table.commune(index) for index in table.by_postcode.get(postcode, ())))


def communes_named(name: str, department: str | None = None) -> list[Commune]:
    """Return the communes of a name, however people write it, the most populous first."""
    key = key_of(name)
    if not key:
        return []
    table = _table()
    found = (table.commune(index) for index in table.starting_with(f"{key},"))
    return _largest_first(c for c in found if department is None or c.department == department)


@lru_cache(maxsize=1024)
def communes_beginning(name: str) -> tuple[Commune, ...]:
    """Return the communes whose names go on after `name` ("evry", "aix"), the most populous first."""
    table = _table()
    return tuple(_largest_first(table.commune(index) for index in table.starting_with(f"{key_of(name)} ")))


@lru_cache(maxsize=4096)
def find_commune(insee_code: str | None = None, postcode: str | None = None, city: str | None = None) -> Commune | None:
    """Return the commune that an address means, or None when that is not sure.

    An INSEE code that its postcode and city contradict is wrong: these then decide. A postcode of CEDEX or
    a box is in no table: its department and the name of the city decide.
    """
    known = commune(insee_code) if insee_code else None
    if known is not None and known.insee_code in _CITIES_WITH_DISTRICTS.values():
        districts = [c for c in communes_of_postcode(postcode or "") if city_of_district(c) == known.insee_code]
        return districts[0] if len(districts) == 1 else known
    if known is not None and _agrees(known, postcode, city):
        return known
    return _by_postcode(postcode, city) or _by_name(postcode, city) or known


def is_insee_code(code: str) -> bool:
    """Whether a commune has an INSEE code, or may: the reference lists none of some collectivities overseas."""
    department = department_of_insee_code(code)
    return commune(code) is not None or (department in departments() and department not in _listed())


def may_be_of(city: str, postcode: str) -> bool:
    """Whether a city, however people write it, may have a postcode; so may a name that no commune bears.

    A postcode of CEDEX or a box, or the former name of a commune, is of its department.
    """
    wanted = key_of(city)
    found = communes_of_postcode(postcode)
    if any(_same_name(key_of(one.name), wanted) for one in found):
        return True
    department = department_of_postcode(postcode)
    namesakes = communes_named(city) or communes_named(_without_number(city))
    if not namesakes or department not in _listed() or (not found and "cedex" in city.casefold()):
        return True
    nearby = [one for one in namesakes if one.department == department]
    return any(one.type == "COMD" for one in nearby) if found else bool(nearby)


@cache
def _listed() -> frozenset[str]:
    """Return the departments whose communes the reference lists."""
    return frozenset(department_of_insee_code(code) for code in _table().by_code)


def city_of_district(found: Commune) -> str | None:
    """Return the INSEE code of the city that a municipal district belongs to, None for a whole commune."""
    return _CITIES_WITH_DISTRICTS[found.department] if found.type == "ARM" else None


def search_places(text: str, limit: int = 10) -> list[Commune]:
    """Return communes for what somebody types: a postcode or its start, a name or its start.

    Whole names come first, then the most populous.
    """
    table = _table()
    text = text.strip()
    if text.isdigit():
        first = bisect_left(table.postcodes, text)
        last = bisect_left(table.postcodes, f"{text}\uffff")
        indexes = {index for postcode in table.postcodes[first:last] for index in table.by_postcode[postcode]}
        return _largest_first(table.commune(index) for index in indexes)[:limit]
    key = key_of(text)
    if not key:
        return []
    whole = communes_named(text)
    longer = _largest_first(
        table.commune(index) for index in table.starting_with(key) if table.lines[index][len(key)] != ","
    )
    return [*whole, *longer][:limit]


def _agrees(known: Commune, postcode: str | None, city: str | None) -> bool:
    if postcode is None or postcode in known.postcodes:
        return True
    if department_of_postcode(postcode) != known.department:
        return False
    # The postcode is another one of the department: CEDEX (of a neighbour's office at times), or the name is right.
    return city is None or "cedex" in city.casefold() or _same_name(key_of(known.name), key_of(city))


def _by_postcode(postcode: str | None, city: str | None) -> Commune | None:
    if postcode is None:
        return None
    candidates = communes_of_postcode(postcode)
    if not candidates or city is None:
        return candidates[0] if len(candidates) == 1 else None
    wanted = key_of(city)
    for same in (str.__eq__, _same_name):
        found = [c for c in candidates if same(key_of(c.name), wanted)]
        if len(found) == 1:
            return found[0]
    return candidates[0] if len(candidates) == 1 else None


def _by_name(postcode: str | None, city: str | None) -> Commune | None:
    """Return the one commune of that name, in the postcode's department if there is a postcode."""
    if not city:
        return None
    department = department_of_postcode(postcode) if postcode else None
    if postcode and department is None:
        return None
    found = communes_named(city, department) or communes_named(_without_number(city), department)
    return found[0] if len({c.insee_code for c in found}) == 1 else None


def _without_number(city: str) -> str:
    """Drop the number of a CEDEX: "nice 3"."""
    return key_of(city).rstrip(" 0123456789")


def _same_name(one: str, other: str) -> bool:
    """Whether one name holds the other: "saint denis" and "plaine saint denis", "paris 10" and "paris"."""
    shorter, longer = sorted((f" {one} ", f" {other} "), key=len)
    return shorter in longer


def _largest_first(found: Iterable[Commune]) -> list[Commune]:
    unique: dict[str, Commune] = {}
    for one in sorted(found, key=lambda c: (c.type == "COMD", -c.population, c.insee_code)):
        unique.setdefault(one.insee_code, one)
    return list(unique.values())
