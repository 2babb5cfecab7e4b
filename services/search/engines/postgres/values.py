"""What the engine's queries are given, from documents and requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any, TypeAlias

import msgspec

from services.search.domain.documents import Document, Interval, OpenInterval, ServiceOpenings
from services.search.domain.requests import Point, SearchRequest
from services.search.domain.words import spoken
from services.search.engines.postgres.words import Terms

WEIGHTS = "{0.1, 0.3, 0.6, 1.0}"
"""What a match is worth in the rest, the place, the offer and the name."""

NEED = 0.15
"""What it is worth beside the words, which come to 1, to offer a need that they name."""

NEAR_BY = 5_000.0
"""Metres at which a match is worth half of what it is on the spot."""

METRES_PER_DEGREE = 111_195.0

NOWHERE = 1e9
"""The distance, in metres, of what has no coordinates."""


Parameters: TypeAlias = Mapping[str, Any]


class Profile(msgspec.Struct, frozen=True):
    """What documents have in common; see the table."""

    departments: tuple[str, ...]
    categories: tuple[str, ...]
    publics: tuple[str, ...]
    exclusive: bool


def multirange(intervals: Sequence[Interval | OpenInterval]) -> str:
    """Return intervals as PostgreSQL writes a tstzmultirange."""
    return "{" + ",".join(f"[{start.isoformat()},{end.isoformat() if end else ''})" for start, end in intervals) + "}"


def profile_of(document: Document) -> Profile:
    return Profile(document.card.departments, document.card.categories, document.publics, document.exclusive)


def row_of(document: Document, offered: int) -> dict[str, Any]:
    """Return a document as the index takes it; `offered` is the place of this text among those of all."""
    card, texts = document.card, document.texts
    return {
        "id": card.id,
        "version": document.version,
        "latitude": card.latitude,
        "longitude": card.longitude,
        "stops": card.stops or None,
        "prominence": document.prominence,
        "departments": card.departments,
        "categories": card.categories,
        "publics": document.publics,
        "exclusive": document.exclusive,
        "open_computed_until": document.open_computed_until,
        "is_weekly": card.is_weekly,
        "open_during": multirange(document.open_during),
        "closed_during": multirange(document.closed_during),
        **services_row(document.services),
        "name": texts.name,
        "spoken": spoken(texts.name.split()),
        "offered": offered,
        "services": texts.services,
        "place": texts.place,
        "rest": f"{texts.rest} {texts.joined}",
        "card": card,
    }


def services_row(services: Sequence[ServiceOpenings]) -> dict[str, list[str] | None]:
    """Return the columns that say when services are there: null when none has hours of its own."""
    return {
        "service_categories": [one.category for one in services] or None,
        "service_open": [multirange(one.open_during) for one in services] or None,
        "service_closed": [multirange(one.closed_during) for one in services] or None,
    }


def search_parameters(
    request: SearchRequest, terms: Terms | None, profiles: list[int] | None, *, many: int, ranked: int
) -> Parameters:
    near, after = request.near, request.after
    open_at, open_until = request.known_span or (None, None)
    radius = request.radius if near else None
    return {
        "match": terms and terms.match,
        "rank": terms and terms.rank,
        "needed": " | ".join(f"'={code}'" for code in request.needs),
        "phrase": spoken(request.words),
        "need": NEED,
        "weights": WEIGHTS,
        "profiles": profiles,
        "latitude": near and near.latitude,
        "longitude": near and near.longitude,
        "radius": radius,
        "near_by": NEAR_BY,
        "nowhere": NOWHERE,
        "open_at": open_at,
        "open_until": open_until,
        "unusual": None,
        "closed_at": request.closed_at,
        "needs": list(request.needs) or None,
        "after_id": after and after.id,
        "after_score": after and after.score,
        "after_reach": after and after.reach,
        "most": request.per_page + 1,
        "many": many,
        "window": ranked,
        **_box(near, radius),
    }


def _box(near: Point | None, radius: float | None) -> dict[str, float | None]:
    """Return the degrees around a circle; no longitudes where it holds a pole or crosses the date line."""
    if near is None or radius is None:
        return dict.fromkeys(("south", "north", "west", "east"))
    height = radius * 1.001 / METRES_PER_DEGREE
    south, north = near.latitude - height, near.latitude + height
    box: dict[str, float | None] = {"south": south, "north": north, "west": None, "east": None}
    if south > -89 and north < 89:
        width = height / cos(radians(max(abs(south), abs(north))))
        west, east = near.longitude - width, near.longitude + width
        if west >= -180 and east <= 180:
            box |= {"west": west, "east": east}
    return box
