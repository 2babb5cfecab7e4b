"""What the API and the pages say of a result: the card, and what depends on the moment of asking."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from libs.contracts.structure import Override, Phone, Verification
from libs.opening_hours import OpenState, state_at, timezone_of
from services.search.domain.documents import Card
from services.search.domain.requests import Found


class Opening(msgspec.Struct, kw_only=True, frozen=True):
    """Whether a place is open now: until when (`until`), else from when (`next`); null when nobody has said."""

    state: Literal["open", "closed", "temporarily_closed", "unknown"]
    until: datetime | None
    next: datetime | None


class SourceOfHit(msgspec.Struct, kw_only=True, frozen=True):
    """Where a record comes from, and its id there."""

    source: str
    external_id: str


class Hit(msgspec.Struct, kw_only=True, frozen=True):
    """A structure that was found.

    `distance_m` is in metres from the point asked for, null without one. `overrides` are the dated exceptions
    in force or to come. Coordinates are WGS 84 degrees; of a mobile team without an address, those of its first
    stop, and its `distance_m` counts from the nearest one.
    """

    id: UUID
    slug: str
    url: str
    name: str
    city: str | None
    postcode: str | None
    department: str | None
    latitude: float | None
    longitude: float | None
    distance_m: int | None
    categories: tuple[str, ...]
    open: Opening
    phones: tuple[Phone, ...]
    overrides: tuple[Override, ...]
    verified: Verification | None
    sources: tuple[SourceOfHit, ...]


def state_of(card: Card, now: datetime) -> OpenState:
    """Return whether a structure is open at `now` (aware)."""
    return state_at(card.opening_hours, card.overrides, now, card.department)


def current_overrides(card: Card, now: datetime) -> tuple[Override, ...]:
    """Return the exceptions that are not over."""
    today = now.astimezone(timezone_of(card.department)).date()
    return tuple(one for one in card.overrides if one.ends_on is None or one.ends_on >= today)


def hit_of(found: Found, now: datetime, public_url: str) -> Hit:
    """Return a result as the API gives it at `now` (aware)."""
    card = found.card
    state = state_of(card, now)
    return Hit(
        id=card.id,
        slug=card.slug,
        url=f"{public_url}/structures/{card.slug}",
        name=card.name,
        city=card.city,
        postcode=card.postcode,
        department=card.department,
        latitude=card.latitude,
        longitude=card.longitude,
        distance_m=None if found.distance is None else round(found.distance),
        categories=card.categories,
        open=Opening(state=state.state, until=state.until, next=state.next),
        phones=card.phones,
        overrides=current_overrides(card, now),
        verified=card.verified,
        sources=tuple(SourceOfHit(source=one.source, external_id=one.external_id) for one in card.sources),
    )
