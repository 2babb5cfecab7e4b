"""Contents in words: each field of a structure as a moderator reads it, and what changes between two."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from datetime import date, time
from itertools import groupby
from typing import Any, cast

import msgspec
from babel import Locale
from babel.dates import get_day_names

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
from libs.opening_hours import is_valid
from libs.opening_hours.weekly import DAY_END
from libs.web.formatting import clock, day, phone
from libs.web.language import N_, current_language
from services.contributions.domain.contribution import Difference
from services.contributions.domain.hours_grid import Opening, grid_of

Say = Callable[..., str]
"""Puts a marked message, with its parameters, in the language of who reads."""

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
WEEKDAYS: tuple[str, ...] = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)

_JOINT = " · "
Text = str | list[tuple[str, bool]] | list[dict[str, Any]] | None


def language_name(code: str) -> str:
    """Return the name of a language by its code, in the current language."""
    name = cast("str | None", Locale(current_language()).languages.get(code))
    return name[:1].upper() + name[1:] if name else code


def address_line(address: Address) -> str:
    """Return an address as one line."""
    city = " ".join(part for part in (address.postcode, address.city) if part)
    return ", ".join(part for part in (address.street, address.complement, city) if part)


def text_of(field: str, value: Any, say: Say) -> str | None:
    """Return a field's JSON value in words, or None when it says nothing."""
    if value is None:
        return None
    if field in _CODES:
        return say(_CODES[field][value])
    content = msgspec.convert({"name": "", field: value}, StructureContent)
    words = _WORDS.get(field)
    text = words(getattr(content, field), say) if words else str(getattr(content, field))
    return text or None


def week_of(hours: str, say: Say, *, short: bool = False) -> list[dict[str, Any]] | None:
    """Return hours as the days that a week table shows, or None when a plain week cannot hold them.

    `short` abbreviates the names of days, for where three weeks stand side by side.
    """
    grid = grid_of(hours)
    if grid is None:
        return None
    names = get_day_names("abbreviated", locale=current_language()) if short else [say(name) for name in WEEKDAYS]
    days: list[dict[str, Any]] = [
        {"name": names[number], "hours": [_opening(opening) for opening in openings]}
        for number, openings in enumerate(grid.days)
    ]
    if grid.closed_on_holidays:
        days.append({"name": say(N_("Public holidays")), "hours": []})
    return days


def facts(content: StructureContent, say: Say) -> list[tuple[str, str]]:
    """Return what a content says, as (label, words), its hours in words too."""
    empty = msgspec.to_builtins(StructureContent(name=""))
    return [
        (say(label), text)
        for field, label in LABELS.items()
        if (value := msgspec.to_builtins(getattr(content, field))) != empty[field]
        and (text := text_of(field, value, say))
    ]


def changes(differences: Sequence[Difference], say: Say, *, editable: bool) -> list[dict[str, Any]]:
    """Return differences as the design system's `difference` shows them."""
    return [_change(difference, say, editable=editable) for difference in differences]


def _change(difference: Difference, say: Say, *, editable: bool) -> dict[str, Any]:
    field = difference.field
    shown: dict[str, Any] = {"label": say(LABELS[field]), "href": "#modifier" if editable else None}
    before = difference.base if difference.conflict else difference.before
    if field == "opening_hours":
        weeks = [
            week_of(hours, say, short=difference.conflict) if hours else []
            for hours in (before, difference.after, difference.before)
        ]
        if all(week is not None for week in weeks):
            old, new, now = (week or [] for week in weeks)
            shown |= {"kind": "week", "before": _marked(old, new), "after": _marked(new, old)}
            return shown | ({"current": now} if difference.conflict else {})
    old_text, new_text = text_of(field, before, say), text_of(field, difference.after, say)
    shown["before"], shown["after"] = compared(old_text, new_text)
    if difference.conflict:
        shown["current"] = text_of(field, difference.before, say)
    return shown


def _marked(week: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the days of a week, those that differ from the other week's marked."""
    hours = {day["name"]: day["hours"] for day in other}
    return [{**day, "changed": bool(other) and day["hours"] != hours.get(day["name"])} for day in week]


def compared(old: str | None, new: str | None) -> tuple[Text, Text]:
    """Return both texts as (words, changed) pairs; whole texts when one is nothing or all differs."""
    if not old or not new:
        return old, new
    a, b = re.findall(r"\s+|[^\s]+", old), re.findall(r"\s+|[^\s]+", new)
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    if len(a) * len(b) > 250_000 or matcher.ratio() < 0.2:
        return [(old, True)], [(new, True)]
    blocks = matcher.get_matching_blocks()
    left = {place for block in blocks for place in range(block.a, block.a + block.size)}
    right = {place for block in blocks for place in range(block.b, block.b + block.size)}
    return _pieces(a, left), _pieces(b, right)


def _pieces(tokens: Sequence[str], kept: set[int]) -> list[tuple[str, bool]]:
    """Return tokens as runs that are changed or not; a space is changed where the words on both sides are."""

    def is_changed(place: int) -> bool:
        if tokens[place].isspace() and 0 < place < len(tokens) - 1:
            return place - 1 not in kept and place + 1 not in kept
        return place not in kept and not tokens[place].isspace()

    runs = groupby(range(len(tokens)), key=is_changed)
    return [("".join(tokens[place] for place in places), changed) for changed, places in runs]


def _opening(opening: Opening) -> str:
    start, end = (time(minutes % DAY_END // 60, minutes % 60) for minutes in opening)
    return f"{clock(start)} – {clock(end)}"  # noqa: RUF001 -- the dash of a span


def _address(address: Address, _say: Say) -> str:
    position = ""
    if address.latitude is not None and address.longitude is not None:
        position = f"{address.latitude:.5f}, {address.longitude:.5f}"
    return _JOINT.join(part for part in (address_line(address), position) if part)


def _stops(stops: Sequence[Stop], say: Say) -> str:
    parts = [
        ", ".join(filter(None, (address_line(stop.address), _hours(stop.opening_hours, say), stop.note)))
        for stop in stops
    ]
    return _JOINT.join(parts)


def _labelled(value: str, label: str | None) -> str:
    return f"{value} ({label})" if label else value


def _phones(phones: Sequence[Phone], _say: Say) -> str:
    return _JOINT.join(_labelled(phone(item.number), item.label) for item in phones)


def _emails(emails: Sequence[Email], _say: Say) -> str:
    return _JOINT.join(_labelled(item.address, item.label) for item in emails)


def _websites(websites: Sequence[Website], _say: Say) -> str:
    return _JOINT.join(_labelled(item.url, item.label) for item in websites)


def _hours(hours: str | None, say: Say) -> str:
    if not hours or not is_valid(hours):
        return hours or ""
    week = week_of(hours, say)
    if week is None:
        return hours
    closed = say(N_("closed"))
    return _JOINT.join(f"{day['name']} {', '.join(day['hours']) or closed}" for day in week)


def _overrides(overrides: Sequence[Override], say: Say) -> str:
    return _JOINT.join(_override(override, say) for override in overrides)


def _override(override: Override, say: Say) -> str:
    kinds = {"closure": N_("Closed"), "hours": N_("Other hours"), "message": N_("Message")}
    words = {"start": _date(override.starts_on), "end": _date(override.ends_on) if override.ends_on else ""}
    period = say(N_("from %(start)s to %(end)s"), **words) if override.ends_on else say(N_("from %(start)s"), **words)
    more = ", ".join(filter(None, (_hours(override.opening_hours, say), override.reason, override.message)))
    return f"{say(kinds[override.kind])} {period}" + (f" ({more})" if more else "")


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
    return _JOINT.join([*parts, *filter(None, [access.note])])


def _publics(publics: Publics, say: Say) -> str:
    known = vocabulary.publics()
    groups = [known[code].label(current_language()) if code in known else code for code in publics.groups]
    ages = ""
    if publics.age_min is not None or publics.age_max is not None:
        ages = say(N_("ages %(least)s to %(most)s"), least=publics.age_min or 0, most=publics.age_max or "…")
    return _JOINT.join(filter(None, [say(WELCOMES[publics.welcome]), *groups, ages, publics.note]))


def _languages(languages: Sequence[str], _say: Say) -> str:
    return ", ".join(language_name(code) for code in languages)


def _services(services: Sequence[Service], say: Say) -> str:
    known = vocabulary.categories()
    parts: list[str] = []
    for service in services:
        label = known[service.category].label(current_language()) if service.category in known else service.category
        more = ", ".join(filter(None, (service.name, service.description, _hours(service.opening_hours, say))))
        parts.append(_labelled(label, more))
    return _JOINT.join(parts)


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
