"""Each field of a structure in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, cast

import msgspec
from babel import Locale

from libs.contracts import vocabulary
from libs.contracts.structure import (
    Access,
    Address,
    Email,
    Override,
    Phone,
    Publics,
    Service,
    Stop,
    StructureContent,
    Website,
)
from libs.web.formatting import day, isolated, listed, phone
from libs.web.language import N_, current_language
from services.contributions.web.showing.hours import JOINT, Say, hours_words

LABELS: dict[str, str] = {
    "name": N_("Name"),
    "description": N_("Description"),
    "kind": N_("Place or mobile team"),
    "network": N_("Network"),
    "visibility": N_("Who can see it"),
    "address": N_("Address"),
    "stops": N_("Stops"),
    "phones": N_("Telephone"),
    "emails": N_("E-mail of the place"),
    "websites": N_("Website"),
    "opening_hours": N_("Opening hours"),
    "opening_hours_note": N_("Hours in words"),
    "overrides": N_("Closures and messages"),
    "access": N_("Conditions of access"),
    "publics": N_("Who is welcome"),
    "languages": N_("Languages spoken"),
    "services": N_("What it offers"),
    "status": N_("Status"),
}

_CODES: dict[str, dict[str, str]] = {
    "kind": {"place": N_("A place"), "mobile": N_("A mobile team")},
    "visibility": {"public": N_("Everybody"), "professionals": N_("Professionals only")},
    "status": {
        "draft": N_("Draft"),
        "online": N_("Online"),
        "offline": N_("Offline"),
        "closed": N_("Closed for good"),
    },
}
FEES: dict[str, str] = {
    "free": N_("Free"),
    "conditional": N_("Free under conditions"),
    "membership": N_("With a membership"),
    "paid": N_("To be paid"),
}
WELCOMES: dict[str, str] = {
    "all": N_("Everybody"),
    "preferential": N_("Some people first"),
    "exclusive": N_("Only some people"),
}
CONDITIONS: dict[str, tuple[str, str]] = {
    "unconditional": (N_("Open to all, without condition"), N_("Not without condition")),
    "appointment": (N_("By appointment"), N_("Without appointment")),
    "registration": (N_("One must register first"), N_("Without registration")),
    "referral": (N_("Sent by a social worker"), N_("Without being sent by a social worker")),
    "wheelchair": (N_("Accessible by wheelchair"), N_("Not accessible by wheelchair")),
    "animals": (N_("Animals are accepted"), N_("Animals are not accepted")),
}


def language_name(code: str) -> str:
    """Return the name of a language by its code, in the current language."""
    name = cast("str | None", Locale(current_language()).languages.get(code))
    return name[:1].upper() + name[1:] if name else code


def address_line(address: Address) -> str:
    """Return an address as one line."""
    city = " ".join(part for part in (address.postcode, address.city) if part)
    return ", ".join(part for part in (address.street, address.complement, city) if part)


def said(content: StructureContent, field: str, say: Say) -> str:
    """Return a field of a content in words; nothing when it says nothing."""
    value = getattr(content, field)
    if value is None:
        return ""
    if field in _CODES:
        return say(_CODES[field][value])
    words = _WORDS.get(field)
    return words(value, say) if words else str(value)


def text_of(field: str, value: Any, say: Say) -> str | None:
    """Return a field's JSON value in words, or None when it says nothing."""
    if value is None:
        return None
    return said(msgspec.convert({"name": "", field: value}, StructureContent), field, say) or None


def facts(content: StructureContent, say: Say) -> list[tuple[str, str]]:
    """Return what a content says, as (label, words), its hours in words too."""
    empty = StructureContent(name="")
    return [
        (say(label), text)
        for field, label in LABELS.items()
        if getattr(content, field) != getattr(empty, field) and (text := said(content, field, say))
    ]


def service_names(services: Sequence[Service]) -> str:
    """Return what is offered, each kind of service once."""
    return JOINT.join(dict.fromkeys(_category(service.category) for service in services))


def _address(address: Address, say: Say) -> str:
    position = ""
    if address.latitude is not None and address.longitude is not None:
        near = say(N_("the town's, not the door's")) if address.precision == "city" else None
        position = _labelled(f"{address.latitude:.5f}, {address.longitude:.5f}", near)
    return JOINT.join(part for part in (address_line(address), position) if part)


def _stops(stops: Sequence[Stop], say: Say) -> str:
    parts = [
        ", ".join(filter(None, (address_line(stop.address), _hours(stop.opening_hours, say), stop.note)))
        for stop in stops
    ]
    return JOINT.join(parts)


def _labelled(value: str, label: str | None) -> str:
    return f"{value} ({label})" if label else value


def _contact(value: str, item: Phone | Email | Website, say: Say) -> str:
    internal = say(N_("not published")) if item.visibility == "internal" else None
    return _labelled(value, ", ".join(filter(None, (item.label, internal))))


def _phones(phones: Sequence[Phone], say: Say) -> str:
    return JOINT.join(_contact(phone(item.number), item, say) for item in phones)


def _emails(emails: Sequence[Email], say: Say) -> str:
    return JOINT.join(_contact(item.address, item, say) for item in emails)


def _websites(websites: Sequence[Website], say: Say) -> str:
    return JOINT.join(_contact(item.url, item, say) for item in websites)


def _hours(hours: str | None, say: Say) -> str:
    return hours_words(hours, say) if hours else ""


def _overrides(overrides: Sequence[Override], say: Say) -> str:
    return JOINT.join(override_words(override, say) for override in overrides)


def override_words(override: Override, say: Say) -> str:
    """Return a closure, other hours or a message, with when it holds."""
    kinds = {"closure": N_("Closed"), "hours": N_("Other hours"), "message": N_("Message")}
    words = {"start": _date(override.starts_on), "end": _date(override.ends_on) if override.ends_on else ""}
    period = say(N_("from %(start)s to %(end)s"), **words) if override.ends_on else say(N_("from %(start)s"), **words)
    more = ", ".join(filter(None, (_hours(override.opening_hours, say), override.reason, override.message)))
    return f"{say(kinds[override.kind])} {period}" + (f" ({isolated(more)})" if more else "")


def _date(value: date) -> str:
    return day(value, year=True)


def _access(access: Access, say: Say) -> str:
    parts = [
        say(words[0] if value else words[1])
        for name, words in CONDITIONS.items()
        if (value := getattr(access, name)) is not None
    ]
    if access.fee:
        parts.append(say(FEES[access.fee]))
    return JOINT.join([*parts, *filter(None, [isolated(access.note or "")])])


def _publics(publics: Publics, say: Say) -> str:
    known = vocabulary.publics()
    groups = [known[code].label(current_language()) if code in known else code for code in publics.groups]
    ages = ""
    if publics.age_min is not None or publics.age_max is not None:
        ages = say(N_("ages %(least)s to %(most)s"), least=publics.age_min or 0, most=publics.age_max or "…")
    return JOINT.join(filter(None, [say(WELCOMES[publics.welcome]), *groups, ages, isolated(publics.note or "")]))


def _languages(languages: Sequence[str], _say: Say) -> str:
    return listed(language_name(code) for code in languages)


def _services(services: Sequence[Service], say: Say) -> str:
    parts: list[str] = []
    for service in services:
        more = ", ".join(filter(None, (service.name, service.description, _hours(service.opening_hours, say))))
        parts.append(_labelled(_category(service.category), more))
    return JOINT.join(parts)


def _category(code: str) -> str:
    known = vocabulary.categories()
    return known[code].label(current_language()) if code in known else code


_WORDS: dict[str, Callable[[Any, Say], str]] = {
    "address": _address,
    "stops": _stops,
    "phones": _phones,
    "emails": _emails,
    "websites": _websites,
    "opening_hours": _hours,
    "overrides": _overrides,
    "access": _access,
    "publics": _publics,
    "languages": _languages,
    "services": _services,
}
