"""What a record's page shows, worked out for the moment of asking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

import msgspec
from babel import Locale

from libs.contracts import vocabulary
from libs.contracts.freshness import Freshness, freshness_of
from libs.contracts.structure import Access, Address, Override, Publics, Service, Source, Structure, department_of
from libs.opening_hours import (
    OpenState,
    Ruling,
    has_own_hours,
    ruling_of,
    state_at,
    state_of,
    timezone_of,
    week,
)
from libs.web.directions import directions_to
from libs.web.language import N_, current_language
from libs.web.weeks import week_of
from services.directory.imports import PUBLISHERS, Publisher
from services.directory.store.structures import HistoryEntry
from services.directory.web.words import Say, access_words, override_words, publics_words

COMING = timedelta(days=60)
"""How far ahead an exception is announced."""

FIELDS: dict[str, str] = {
    "name": N_("name"),
    "description": N_("description"),
    "kind": N_("place or mobile team"),
    "network": N_("network"),
    "visibility": N_("who can see it"),
    "address": N_("address"),
    "stops": N_("stops"),
    "phones": N_("telephone"),
    "emails": N_("e-mail"),
    "websites": N_("website"),
    "opening_hours": N_("opening hours"),
    "opening_hours_note": N_("hours in words"),
    "overrides": N_("closures and messages"),
    "access": N_("conditions of access"),
    "publics": N_("who is welcome"),
    "languages": N_("languages"),
    "services": N_("what it offers"),
    "status": N_("status"),
}
"""The fields of a record, as its history names them."""


class Strip(msgspec.Struct, frozen=True):
    """An exception in words; `tone` is the design system's."""

    text: str
    tone: str


class ShownService(msgspec.Struct, frozen=True, kw_only=True):
    """A service; `kind` is its category when it has another name. It has `state` and `days` if hours of its own.

    A service with exceptions alone has a `state` and no `days`: they are those of the place.
    """

    name: str
    kind: str | None
    description: str | None
    conditions: list[str]
    strips: list[Strip]
    state: OpenState | None = None
    days: list[dict[str, Any]] | None = None


class Family(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    label: str
    services: list[ShownService]


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """A source, and its publisher when it is one whose files we read."""

    source: Source
    publisher: Publisher | None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A record ready for its page.

    `structure` is its public part; `days` is None when it gives no hours; `directions` leads to a map.
    """

    structure: Structure
    state: OpenState
    days: list[dict[str, Any]] | None
    strips: list[Strip]
    families: list[Family]
    conditions: list[str]
    publics: list[str]
    languages: list[str]
    provenance: list[Provenance]
    freshness: Freshness
    directions: str | None


def show(structure: Structure, now: datetime, say: Say) -> Shown:
    """Return what the page of a structure shows at an aware moment, in the current language."""
    department = department_of(structure)
    today = now.astimezone(timezone_of(department)).date()
    return Shown(
        structure=structure,
        state=state_of(structure, now),
        days=week_of(structure.opening_hours, structure.overrides, department, today, say),
        strips=_strips(structure.overrides, today, say),
        families=_families(structure, now, today, say),
        conditions=access_words(structure.access, say),
        publics=publics_words(structure.publics, say),
        languages=[language_name(code) for code in structure.languages],
        provenance=[Provenance(source=one, publisher=PUBLISHERS.get(one.source)) for one in structure.sources],
        freshness=freshness_of(structure, now),
        directions=_directions(structure.address),
    )


def history_lines(entries: Sequence[HistoryEntry], say: Say) -> list[dict[str, Any]]:
    """Return the changes as the page lists them: when, what happened, which fields, from which source."""
    return [
        {
            "at": entry.at,
            "created": entry.version == 1,
            "publisher": _publisher_of(entry.origin),
            "fields": [] if entry.version == 1 else [say(FIELDS[name]) for name in entry.fields if name in FIELDS],
        }
        for entry in entries
    ]


def language_name(code: str) -> str:
    """Return the name of a language by its code, in the current language."""
    return cast("str | None", Locale(current_language()).languages.get(code)) or code


def linked_data(structure: Structure, url: str, today: date) -> dict[str, Any]:
    """Return the structure in the terms of schema.org, for search engines."""
    address = structure.address
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "CivicStructure",
        "@id": url,
        "url": url,
        "name": structure.name,
        "description": structure.description,
        "telephone": structure.phones[0].number if structure.phones else None,
        "email": structure.emails[0].address if structure.emails else None,
        "address": _without_none(
            {
                "@type": "PostalAddress",
                "streetAddress": address.street,
                "postalCode": address.postcode,
                "addressLocality": address.city,
                "addressCountry": "FR",
            }
        ),
        "openingHoursSpecification": [*_specifications(structure, today)] or None,
    }
    if address.latitude is not None and address.precision != "city":
        data["geo"] = {"@type": "GeoCoordinates", "latitude": address.latitude, "longitude": address.longitude}
    return _without_none(data)


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _specifications(structure: Structure, today: date) -> Iterator[dict[str, str]]:
    # What holds today and exceptions to it change daily; engines keep what they read for weeks.
    ordinary, department = today + timedelta(weeks=1), department_of(structure)
    for name, day in zip(_DAYS, week(structure.opening_hours, (), department, ordinary), strict=True):
        for span in day.spans or ():
            if span.closes is not None and day.holiday is None:
                yield {
                    "@type": "OpeningHoursSpecification",
                    "dayOfWeek": name,
                    "opens": span.opens.strftime("%H:%M"),
                    "closes": span.closes.strftime("%H:%M"),
                }


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def _publisher_of(origin: str) -> Publisher | None:
    kind, _, source = origin.partition(":")
    return PUBLISHERS.get(source) if kind == "import" else None


def _strips(overrides: Sequence[Override], today: date, say: Say) -> list[Strip]:
    """Return the exceptions in force or near, the earliest first."""
    near = [
        one for one in overrides if (one.ends_on is None or one.ends_on >= today) and one.starts_on <= today + COMING
    ]
    return [
        Strip(override_words(one, say), "temporary" if one.kind == "closure" and one.starts_on <= today else "soon")
        for one in sorted(near, key=lambda one: one.starts_on)
    ]


def _families(structure: Structure, now: datetime, today: date, say: Say) -> list[Family]:
    """Return the services by family, in the order of the vocabulary."""
    language = current_language()
    department = department_of(structure)
    whole = Ruling(structure.opening_hours, structure.overrides)
    grouped: dict[str, list[ShownService]] = {}
    for service in structure.services:
        category = vocabulary.categories().get(service.category)
        if category is None:
            continue
        own = service.opening_hours not in {None, structure.opening_hours}
        ruling = ruling_of(Ruling(service.opening_hours, service.overrides), whole)
        label = category.label(language)
        name = service.name or label
        shown = ShownService(
            name=name,
            kind=label if name != label else None,
            description=service.description if service.description != structure.description else None,
            conditions=_own_conditions(service, structure, say),
            strips=_strips(service.overrides, today, say),
            state=state_at(*ruling, now, department) if has_own_hours(service, structure) else None,
            days=week_of(*ruling, department, today, say) if own else None,
        )
        grouped.setdefault(category.family, []).append(shown)
    return [
        Family(code=code, label=family.label(language), services=grouped[code])
        for code, family in vocabulary.families().items()
        if code in grouped
    ]


def _own_conditions(service: Service, structure: Structure, say: Say) -> list[str]:
    """Return the conditions and publics of a service that are not those of the whole place."""
    access = access_words(service.access or Access(), say)
    publics = publics_words(service.publics or Publics(), say)
    of_all = {*access_words(structure.access, say), *publics_words(structure.publics, say)}
    return [phrase for phrase in (*access, *publics) if phrase not in of_all]


def _directions(address: Address) -> str | None:
    """Return the address of a map that leads there; of the street, when the point is only the town's."""
    if address.latitude is not None and address.longitude is not None and address.precision != "city":
        return directions_to(address.latitude, address.longitude)
    if address.city:
        words = ", ".join(part for part in (address.street, address.postcode, address.city) if part)
        return f"https://www.openstreetmap.org/search?{urlencode({'query': words})}"
    return None
