"""Which known structures a proposed place may be the same as, how likely, and why."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Literal
from uuid import UUID

import msgspec

from libs.contracts.structure import Address, StructureContent

Reason = Literal["same_phone", "same_address", "same_street", "near_similar_name", "same_name_and_city"]
"""What two places have in common; `same_street` goes with a similar name."""

NEAR = 150.0
"""Metres within which two places with similar names may be one."""

FAR = 30_000.0
"""Metres beyond which the same telephone is that of a network rather than that of a place."""

LEAST_SIMILARITY = 0.35
"""Trigram similarity of folded names, from 0 to 1, above which they are similar."""

METRES_PER_DEGREE = 111_320.0

_STREET = re.compile(r"(?:(\d+)(?: ?(bis|ter|quater|[a-d]))? )?(.+)")
_SHORT = {
    "all": "allee",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "ch": "chemin",
    "che": "chemin",
    "crs": "cours",
    "fbg": "faubourg",
    "imp": "impasse",
    "pl": "place",
    "r": "rue",
    "rte": "route",
    "sq": "square",
}


class Candidate(msgspec.Struct, kw_only=True, frozen=True):
    """A known structure that has something in common. `similarity` of the folded names is from 0 to 1."""

    id: UUID
    slug: str
    name: str
    folded_name: str
    address: Address
    phones: tuple[str, ...]
    similarity: float


class PossibleDuplicate(msgspec.Struct, kw_only=True, frozen=True):
    """A structure that may be the proposed one.

    `score` is from 0 to 1. `street` and `distance_m` are None where unknown, `distance_m` also where one of
    the two is known to the nearest town only.
    """

    id: UUID
    slug: str
    name: str
    street: str | None
    city: str | None
    distance_m: int | None
    score: float
    reasons: tuple[Reason, ...]


def fold(text: str | None) -> str:
    """Return a text without case, accents and punctuation, to be compared."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text or "") if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain.casefold().replace("œ", "oe").replace("æ", "ae")))


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the metres between two nearby points (latitude, longitude in degrees)."""
    north = (a[0] - b[0]) * METRES_PER_DEGREE
    east = (a[1] - b[1]) * METRES_PER_DEGREE * math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(north, east)


def rank(content: StructureContent, candidates: list[Candidate]) -> list[PossibleDuplicate]:
    """Return the candidates that may be the same place as `content`, the likeliest first."""
    ranked = [found for candidate in candidates if (found := _compare(content, candidate))]
    return sorted(ranked, key=lambda found: (-found.score, found.name))


def _compare(content: StructureContent, other: Candidate) -> PossibleDuplicate | None:
    here, there = content.address, other.address
    metres = _metres(here, there)
    together = _same_town(here, there)
    is_similar = other.similarity >= LEAST_SIMILARITY
    weights: dict[Reason, float] = {}
    if {phone.number for phone in content.phones} & set(other.phones):
        weights["same_phone"] = 0.3 if _apart(here, there, metres) else 0.6
    (number, street), (its_number, its_street) = _door(here.street), _door(there.street)
    if together and street and street == its_street:
        if number and number == its_number:
            weights["same_address"] = 0.4 + 0.5 * other.similarity
        elif is_similar:
            weights["same_street"] = 0.4 + 0.4 * other.similarity
    if metres is not None and metres <= NEAR and is_similar:
        weights["near_similar_name"] = 0.4 + 0.5 * other.similarity
    if together and fold(content.name) == other.folded_name:
        # Two that stand apart in one town may bear the name of their network.
        weights["same_name_and_city"] = 0.7 if metres is None or metres <= NEAR else 0.5
    if not weights:
        return None
    return PossibleDuplicate(
        id=other.id,
        slug=other.slug,
        name=other.name,
        street=there.street,
        city=there.city,
        distance_m=None if metres is None else round(metres),
        score=round(1 - math.prod(1 - weight for weight in weights.values()), 2),
        reasons=tuple(weights),
    )


def _metres(a: Address, b: Address) -> float | None:
    """Return the metres between two addresses, None where one has only its town's coordinates or none."""
    if "city" in {a.precision, b.precision} or a.latitude is None or b.latitude is None:
        return None
    if a.longitude is None or b.longitude is None:
        return None
    return distance((a.latitude, a.longitude), (b.latitude, b.longitude))


def _same_town(a: Address, b: Address) -> bool:
    """Whether two addresses are in one commune: towns of two departments may share a name, villages a postcode."""
    if a.insee_code and a.insee_code == b.insee_code:
        return True
    if fold(a.city) and fold(b.city):
        return fold(a.city) == fold(b.city) and not _other_departments(a, b)
    return a.postcode is not None and a.postcode == b.postcode


def _apart(a: Address, b: Address, metres: float | None) -> bool:
    return _other_departments(a, b) if metres is None else metres > FAR


def _other_departments(a: Address, b: Address) -> bool:
    """Whether two addresses are known to be in two departments, by their postcodes where no department is given."""
    if a.department and b.department:
        return a.department != b.department
    return bool(a.postcode and b.postcode) and _area(a.postcode) != _area(b.postcode)


def _area(postcode: str | None) -> str:
    return (postcode or "")[: 3 if (postcode or "").startswith("97") else 2]


def _door(street: str | None) -> tuple[str, str]:
    """Return the number in a street, and the street's name without the usual short forms; both may be empty."""
    found = _STREET.fullmatch(fold(street))
    if found is None:
        return "", ""
    words = found[3].split()
    name = [_SHORT.get(words[0], words[0]), *("saint" if word == "st" else word for word in words[1:])]
    return " ".join(filter(None, (found[1], found[2]))), " ".join(name)
