"""What the API and the pages say of a result: the card, and what depends on the moment of asking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Literal
from uuid import UUID

import msgspec

from libs.contracts.structure import Override, Phone, Verification
from libs.opening_hours import OpenState, best_of, state_from, timezone_of
from services.search.domain.documents import Card
from services.search.domain.requests import Found


class Opening(msgspec.Struct, kw_only=True, frozen=True):
    """Whether a place is open at the moment asked for: `until` when, else from when (`next`); null when not known.

    `holiday` is there when that is on a public holiday (its English name) and the hours do not say whether they hold
    on such days: whoever goes there may find it closed.
    """

    state: Literal["open", "closed", "temporarily_closed", "unknown"]
    until: datetime | None
    next: datetime | None
    holiday: str | msgspec.UnsetType = msgspec.UNSET


class OpeningOfService(msgspec.Struct, kw_only=True, frozen=True):
    """Whether the services of a category are there, where they have hours of their own."""

    category: str
    open: Opening
    overrides: tuple[Override, ...]


class SourceOfHit(msgspec.Struct, kw_only=True, frozen=True):
    """Where a record comes from, and its id there."""

    source: str
    external_id: str


class Hit(msgspec.Struct, kw_only=True, frozen=True):
    """A structure that was found.

    `open` is about what was asked for: where some of its services have hours of their own and these categories were
    asked for, about these; else about the structure. `services` are the categories whose services have such hours.
    `distance_m` is in metres from the point asked for, null without one. `overrides` are the dated exceptions
    in force or to come, of the structure. Coordinates are WGS 84 degrees; of a mobile team without an address, those of
    its first stop, and its `distance_m` counts from the nearest one.
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
    services: tuple[OpeningOfService, ...]
    verified: Verification | None
    sources: tuple[SourceOfHit, ...]


def state_of(card: Card, now: datetime, needs: Sequence[str] = ()) -> OpenState:
    """Return whether a structure is open at `now` (aware), or those of its services that are needed are there."""
    return best_of([_state_at(*ruling, now, card.department) for ruling in card.rulings_for(needs)])


def _state_at(hours: str | None, overrides: tuple[Override, ...], now: datetime, department: str | None) -> OpenState:
    state, end = _state_from(hours, overrides, now.replace(minute=0, second=0, microsecond=0), department)
    while end <= now:
        state, end = _state_from(hours, overrides, end, department)
    return state


_state_from = lru_cache(maxsize=32_768)(state_from)
"""Most stay as they are for the hour; a country has some 25,000 hours, at 500 B each."""


def state_during(card: Card, moments: tuple[datetime, datetime], needs: Sequence[str] = ()) -> OpenState:
    """Return the state at the first of the moments from one to another at which it is open, else at the first."""
    first, last = moments
    state = state_of(card, first, needs)
    if state.state != "open" and state.next and state.next <= last:
        return state_of(card, state.next, needs)
    return state


def services_of(card: Card) -> tuple[str, ...]:
    """Return the categories of which one service at least has hours of its own."""
    return tuple(dict.fromkeys(one.category for one in card.services)) if card.services else ()


def current_overrides(card: Card, now: datetime) -> tuple[Override, ...]:
    """Return the exceptions that are not over."""
    return _current(card.overrides, card, now) if card.overrides else ()


def _current(overrides: Iterable[Override], card: Card, now: datetime) -> tuple[Override, ...]:
    today = now.astimezone(timezone_of(card.department)).date()
    return tuple(one for one in overrides if one.ends_on is None or one.ends_on >= today)


def _opening_of(card: Card, moments: tuple[datetime, datetime], needs: Sequence[str]) -> Opening:
    state = state_during(card, moments, needs)
    return Opening(state=state.state, until=state.until, next=state.next, holiday=state.holiday or msgspec.UNSET)


def hit_of(found: Found, moments: tuple[datetime, datetime], public_url: str, needs: Sequence[str] = ()) -> Hit:
    """Return a result as the API gives it for `moments` (see `state_during`) to who needs services of categories."""
    card = found.card
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
        open=_opening_of(card, moments, needs),
        phones=card.phones,
        overrides=current_overrides(card, moments[0]),
        services=tuple(
            OpeningOfService(
                category=code,
                open=_opening_of(card, moments, (code,)),
                overrides=_current(
                    (one for own in card.services if own.category == code for one in own.overrides), card, moments[0]
                ),
            )
            for code in services_of(card)
        ),
        verified=card.verified,
        sources=tuple(SourceOfHit(source=one.source, external_id=one.external_id) for one in card.sources),
    )
