"""Which known structures a proposed place may be the same as, how likely, and why."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Literal
from uuid import UUID

import msgspec

from libs.contracts.structure import StructureContent

Reason = Literal["same_phone", "near_similar_name", "same_name_and_city"]

NEAR = 150.0
"""Metres within which two places with similar names may be one."""

LEAST_SIMILARITY = 0.35
"""Trigram similarity of folded names, from 0 to 1, above which they are similar."""

METRES_PER_DEGREE = 111_320.0


class Candidate(msgspec.Struct, kw_only=True, frozen=True):
    """A known structure that has something in common. `similarity` of the folded names is from 0 to 1."""

    id: UUID
    slug: str
    name: str
    folded_name: str
    city: str | None
    folded_city: str | None
    latitude: float | None
    longitude: float | None
    phones: tuple[str, ...]
    similarity: float


class PossibleDuplicate(msgspec.Struct, kw_only=True, frozen=True):
    """A structure that may be the proposed one. `score` is from 0 to 1, `distance_m` None where unknown."""

    id: UUID
    slug: str
    name: str
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
    here = (content.address.latitude, content.address.longitude)
    there = (other.latitude, other.longitude)
    metres = None
    if here[0] is not None and here[1] is not None and there[0] is not None and there[1] is not None:
        metres = distance((here[0], here[1]), (there[0], there[1]))
    weights: dict[Reason, float] = {}
    if {phone.number for phone in content.phones} & set(other.phones):
        weights["same_phone"] = 0.6
    if metres is not None and metres <= NEAR and other.similarity >= LEAST_SIMILARITY:
        weights["near_similar_name"] = 0.4 + 0.5 * other.similarity
    city = fold(content.address.city)
    if city and city == other.folded_city and fold(content.name) == other.folded_name:
        weights["same_name_and_city"] = 0.7
    if not weights:
        return None
    return PossibleDuplicate(
        id=other.id,
        slug=other.slug,
        name=other.name,
        city=other.city,
        distance_m=None if metres is None else round(metres),
        score=round(1 - math.prod(1 - weight for weight in weights.values()), 2),
        reasons=tuple(weights),
    )
