"""What the index holds of a structure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from math import log10
from uuid import UUID

import msgspec

from libs.contracts import vocabulary
from libs.contracts.structure import Address, Fee, Override, Phone, Source, Structure, Verification, departments_of
from libs.opening_hours import (
    Ruling,
    common,
    has_own_calendar,
    has_own_hours,
    is_weekly,
    open_intervals,
    ruling_of,
    timezone_of,
)
from services.search.domain.numbers import national
from services.search.domain.text import fold, words_of
from services.search.domain.words import everyday_words

_STREETS = frozenset(["rue", "avenue", "boulevard", "impasse", "allee", "chemin", "route", "quai"])
"""What half of all addresses hold: « je suis à la rue » asks for none of them."""

_LARGEST = 6.5
"""The order of magnitude of the largest town: Paris has 2.1 million inhabitants."""

OPENINGS_DAYS = 10
"""How many days of openings are computed ahead."""

COMPUTED_AHEAD = timedelta(days=OPENINGS_DAYS - 1)
"""Until when these are whole, whatever the time zone and the hour at which they were computed."""

KNOWN_AHEAD = timedelta(days=7)
"""Until when the openings of every document are known; for what lies beyond see `far_ahead`."""

Interval = tuple[datetime, datetime]
OpenInterval = tuple[datetime, datetime | None]
Coordinates = tuple[float, float]
"""Latitude and longitude, WGS 84 degrees."""


class ServiceHours(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What a service says of its own hours; nothing when it is there while the structure is open."""

    category: str
    opening_hours: str | None = None
    overrides: tuple[Override, ...] = ()


class Card(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What answers and result cards say of a structure, kept ready.

    Coordinates are the address', else the first stop's that has any; `approximate` ones point at the commune, not
    at the door. `stops` are the places, two or more, at which a mobile structure is found. `services` are those of
    the categories of which one at least has hours of its own.
    """

    id: UUID
    slug: str
    name: str
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    departments: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    approximate: bool = False
    mobile: bool = False
    stops: tuple[Coordinates, ...] = ()
    categories: tuple[str, ...] = ()
    opening_hours: str | None = None
    overrides: tuple[Override, ...] = ()
    services: tuple[ServiceHours, ...] = ()
    phones: tuple[Phone, ...] = ()
    fee: Fee | None = None
    unconditional: bool | None = None
    appointment: bool | None = None
    verified: Verification | None = None
    sources: tuple[Source, ...] = ()
    created_at: datetime | None = None

    @property
    def department(self) -> str | None:
        """The first of its departments."""
        return self.departments[0] if self.departments else None

    @property
    def ruling(self) -> Ruling:
        """What rules the structure as a whole."""
        return Ruling(self.opening_hours, self.overrides)

    def rulings(self, category: str) -> tuple[Ruling, ...]:
        """Return what rules each of its services of a category that it offers."""
        own = (Ruling(one.opening_hours, one.overrides) for one in self.services if one.category == category)
        return tuple(ruling_of(one, self.ruling) for one in own) or (self.ruling,)

    def needed(self, needs: Sequence[str]) -> tuple[str, ...]:
        """Return which of the categories needed it offers; nothing if its services are there when it is open."""
        return tuple(code for code in self.categories if code in needs) if self.services else ()

    def rulings_for(self, needs: Sequence[str]) -> Collection[Ruling]:
        """Return what rules each of its services that are needed, once each, else the structure as a whole."""
        if not self.services:  # as nearly always, for every card of a page
            return (self.ruling,)
        return {one for code in self.needed(needs) for one in self.rulings(code)} or (self.ruling,)

    @property
    def is_weekly(self) -> bool:
        """Whether all its hours are the same every week, by the clock of Paris."""
        every = [self.ruling, *(Ruling(one.opening_hours, one.overrides) for one in self.services)]
        return timezone_of(self.department) == timezone_of(None) and all(
            not ruling.overrides and is_weekly(ruling.opening_hours or "") for ruling in every
        )


class Texts(msgspec.Struct, frozen=True):
    """Folded text to be searched, by how much a match in it is worth.

    `offered` is what its categories are called, the same in all that have these; `services` is what it calls them
    itself. `joined` holds neighbours of the name as one word: "cyber base" is also written "cyberbase".
    """

    name: str
    offered: str
    services: str
    place: str
    rest: str
    joined: str = ""

    def words(self) -> frozenset[str]:
        """Return the words that may stand in for mistyped ones: of letters alone, and long enough to mistype."""
        return _words_of(f"{self.name} {self.services} {self.place} {self.rest}") | _words_offered(self.offered)


def _words_of(text: str) -> frozenset[str]:
    return frozenset(word for word in text.split() if word.isalpha() and 4 <= len(word) <= 30)


_words_offered = lru_cache(maxsize=4096)(_words_of)


class ServiceOpenings(msgspec.Struct, frozen=True):
    """When a service of a category is there, and when all of them are temporarily closed; see `Document`."""

    category: str
    open_during: tuple[Interval, ...]
    closed_during: tuple[OpenInterval, ...]


class Document(msgspec.Struct, kw_only=True, frozen=True):
    """A listed structure at one version. `open_during` covers the days until `open_computed_until` (UTC).

    `closed_during` is when it is temporarily closed; without an end, until further notice. `services` says the same
    of each category that it offers, when services have hours of their own.
    """

    version: int
    card: Card
    texts: Texts
    publics: tuple[str, ...]
    exclusive: bool
    prominence: float
    open_during: tuple[Interval, ...]
    open_computed_until: datetime
    closed_during: tuple[OpenInterval, ...] = ()
    services: tuple[ServiceOpenings, ...] = ()


class Removal(msgspec.Struct, frozen=True):
    """A structure that is no longer to be found, from this version on."""

    id: UUID
    version: int


def card_of(structure: Structure) -> Card:
    """Return what answers say of a structure: public facts only."""
    address = structure.address
    places = _places(structure)
    first = places[0] if places else address
    # Who has no address of their own is named by where they stop.
    named = address if address.city or address.postcode else first
    points = tuple(dict.fromkeys(point for place in places if (point := _point(place))))
    return Card(
        id=structure.id,
        slug=structure.slug,
        name=structure.name,
        street=named.street,
        city=named.city,
        postcode=named.postcode,
        departments=departments_of(structure),
        latitude=first.latitude,
        longitude=first.longitude,
        approximate=any(place.precision == "city" for place in places),
        mobile=structure.kind == "mobile",
        stops=points if len(points) > 1 else (),
        categories=tuple(dict.fromkeys(service.category for service in structure.services)),
        opening_hours=structure.opening_hours,
        overrides=structure.overrides,
        services=_services(structure),
        phones=tuple(phone for phone in structure.phones if phone.visibility == "public"),
        fee=structure.access.fee,
        unconditional=structure.access.unconditional,
        appointment=structure.access.appointment,
        verified=structure.verified,
        sources=structure.sources,
        created_at=structure.created_at,
    )


def _services(structure: Structure) -> tuple[ServiceHours, ...]:
    special = {one.category for one in structure.services if has_own_hours(one, structure)}
    return tuple(
        ServiceHours(
            category=one.category,
            opening_hours=None if one.opening_hours == structure.opening_hours else one.opening_hours,
            overrides=one.overrides,
        )
        for one in structure.services
        if one.category in special
    )


def _places(structure: Structure) -> list[Address]:
    """Return the addresses with coordinates at which a structure is found: a mobile one's stops, too."""
    stops = structure.stops if structure.kind == "mobile" else ()
    return [one for one in (structure.address, *(stop.address for stop in stops)) if _point(one)]


def _point(address: Address) -> Coordinates | None:
    if address.latitude is None or address.longitude is None:
        return None
    return address.latitude, address.longitude


def document_of(structure: Structure, now: datetime, inhabitants: int = 0) -> Document:
    """Return the document of a listed structure, its openings computed from `now` (aware).

    `inhabitants` are those of its commune: people most often mean the place in the larger one.
    """
    card = card_of(structure)
    intervals, until = openings_of(card, now)
    return Document(
        version=structure.version,
        card=card,
        texts=_texts(structure, card),
        publics=structure.publics.groups,
        exclusive=structure.publics.welcome == "exclusive",
        prominence=_prominence(structure, card, inhabitants),
        open_during=intervals,
        open_computed_until=until,
        closed_during=tuple(_closures(card.ruling, card.department)),
        services=service_openings_of(card, now),
    )


def _closures(ruling: Ruling, department: str | None) -> Iterator[OpenInterval]:
    """Yield when a place is temporarily closed, by the clock where it is."""
    zone = timezone_of(department)
    for one in ruling.overrides:
        if one.kind == "closure":
            yield (
                datetime.combine(one.starts_on, time(), zone),
                datetime.combine(one.ends_on + timedelta(days=1), time(), zone) if one.ends_on else None,
            )


def openings_of(card: Card, now: datetime) -> tuple[tuple[Interval, ...], datetime]:
    """Return when a structure is open over the coming days, and until when that is whole."""
    start = now.replace(minute=0, second=0, microsecond=0)
    return _openings(card.ruling, card.department, start), start + COMPUTED_AHEAD


def service_openings_of(card: Card, now: datetime) -> tuple[ServiceOpenings, ...]:
    """Return when the services of each category are there, as far ahead as `openings_of`; nothing if none has hours."""
    if not card.services:
        return ()
    start = now.replace(minute=0, second=0, microsecond=0)
    return tuple(
        ServiceOpenings(
            category=category,
            open_during=tuple(
                sorted({span for one in rulings for span in _openings(one, card.department, start)}),
            ),
            closed_during=tuple(common(_closures(one, card.department) for one in rulings)),
        )
        for category in card.categories
        for rulings in [card.rulings(category)]
    )


def _openings(ruling: Ruling, department: str | None, start: datetime) -> tuple[Interval, ...]:
    if ruling.overrides:
        return tuple(open_intervals(*ruling, department, start, OPENINGS_DAYS))
    # Most departments have the same clock and the same holidays, and share what was computed for another.
    here = department if has_own_calendar(department) else None
    return _usual_openings(ruling.opening_hours, here, start)


@lru_cache(maxsize=4096)
def _usual_openings(hours: str | None, department: str | None, start: datetime) -> tuple[Interval, ...]:
    return tuple(open_intervals(hours, (), department, start, OPENINGS_DAYS))


def _texts(structure: Structure, card: Card) -> Texts:
    address = structure.address
    place = [address.postcode, address.city, *(stop.address.city for stop in structure.stops)]
    if district := _district(address.postcode):
        place.append(district)
    rest = [
        structure.description,
        address.street,
        address.complement,
        *(stop.address.street for stop in structure.stops),
        *(service.description for service in structure.services),
        *(national(phone.number) for phone in card.phones),
    ]
    named = [*(service.name for service in structure.services), structure.network]
    return Texts(
        name=fold(structure.name),
        offered=_offered(card.categories),
        services=fold(" ".join(filter(None, named))),
        place=fold(" ".join(filter(None, place))),
        rest=" ".join(word for word in words_of(" ".join(filter(None, rest))) if word not in _STREETS),
        joined=" ".join(_joined(fold(structure.name).split())),
    )


def _joined(words: list[str]) -> list[str]:
    return [one + other for one, other in pairwise(words) if min(len(one), len(other)) > 2 and len(one + other) < 16]


@lru_cache(maxsize=4096)
def _offered(categories: tuple[str, ...]) -> str:
    """Return what categories and their families are called, in both languages, folded: labels, and everyday words."""
    terms = [vocabulary.categories()[code] for code in categories if code in vocabulary.categories()]
    families = [vocabulary.families()[code] for code in dict.fromkeys(term.family for term in terms)]
    labels = [term.label(language) for term in [*terms, *families] for language in ("fr", "en")]
    everyday = [word for term in [*terms, *families] for word in everyday_words().get(term.code, ())]
    # Said once, whatever the number of categories: more of them are no better match.
    return fold(" ".join([*labels, *dict.fromkeys(everyday)]))


def _district(postcode: str | None) -> str | None:
    """Return the number of the district of Paris, Lyon or Marseille in a postcode, as people write it."""
    if postcode is None or len(postcode) != 5 or not postcode.startswith(("750", "6900", "130")):
        return None
    number = int(postcode[3:])
    most = {"75": 20, "69": 9, "13": 16}[postcode[:2]]
    return f"{number} {number}e" if 1 <= number <= most else None


def _prominence(structure: Structure, card: Card, inhabitants: int) -> float:
    """Return from 0 to 1 how much a record says and how large its town is: what orders results if nothing else does."""
    said = (
        structure.opening_hours,
        any(phone.visibility == "public" for phone in structure.phones),
        card.latitude is not None,
        structure.address.street,
        structure.description,
        structure.verified,
    )
    size = min(log10(max(inhabitants, 1)) / _LARGEST, 1.0)
    return (sum(map(bool, said)) + 2 * size) / (len(said) + 2)
