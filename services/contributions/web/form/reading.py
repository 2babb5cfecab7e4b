"""From what was typed to a merge patch: only what differs from what the form showed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from libs.contracts.patch import Patch, to_json
from libs.contracts.structure import StructureContent
from libs.contracts.validation import N_, FieldError
from libs.identifiers import uuid7
from libs.opening_hours import from_prose
from libs.opening_hours.weekly import DAY_END
from libs.territories import commune, communes_of_postcode, department_of_postcode, e164
from libs.territories.communes import city_of_district
from libs.web.formatting import phone
from services.contributions.domain.hours_grid import Grid, Opening, overlap, to_osm
from services.contributions.web.form.parts import DAYS, OPENINGS, THREE_WAY, WEEK
from services.contributions.web.form.values import Values, texts_of

_TIME = re.compile(r"(\d{1,2})\s*(?:[h:.]\s*(\d{2})?)?(?::\d{2})?")
_POSITION = re.compile(r"(-?\d{1,2}[.,]\d+|-?\d{1,2})\s*[,; ]\s*(-?\d{1,3}[.,]\d+|-?\d{1,3})")
_ADDRESS = ("street", "complement", "postcode", "city")


class _Reader:
    """One form: `values` as typed, `seen` as it was shown, `base` the content to change (None: a new place)."""

    def __init__(self, values: Values, seen: Values, base: StructureContent | None) -> None:
        self.values, self.seen = values, seen
        self.base: dict[str, Any] = {} if base is None else to_json(base)
        self.patch: Patch = {}
        self.errors: list[FieldError] = []

    def typed(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "").strip()

    def texts(self, name: str) -> list[str]:
        return texts_of(self.values, name)

    def texts_seen(self, name: str) -> list[str]:
        return texts_of(self.seen, name)

    def changed(self, *names: str) -> bool:
        return any(self.texts(name) != self.texts_seen(name) for name in names)

    def ticked(self, name: str) -> list[str] | None:
        """Return the boxes that are ticked, those that were first, or None when they are the same."""
        boxes, before = set(self.texts(name)), self.seen.get(name, [])
        if boxes == set(before):
            return None
        return [*(text for text in before if text in boxes), *(text for text in self.texts(name) if text not in before)]

    def refuse(self, field: str, message: str) -> None:
        self.errors.append(FieldError(field=field, message=message))

    def put(self, parent: str, name: str, value: Any) -> None:
        self.patch.setdefault(parent, {})[name] = value


def read(values: Values, seen: Values, base: StructureContent | None) -> tuple[Patch, list[FieldError]]:
    """Return the merge patch that a form asks for, and what cannot be read in it, by the form's field.

    What was not touched is not in the patch, so that it keeps what the form cannot show.
    """
    reader = _Reader(values, seen, base)
    for step in (_texts, _address, _contacts, _hours, _services, _access, _publics, _closing):
        step(reader)
    return reader.patch, reader.errors


def _texts(reader: _Reader) -> None:
    if reader.changed("name") or not reader.base:
        reader.patch["name"] = reader.typed("name")
        if not reader.patch["name"]:
            reader.refuse("name", N_("Write the name of the place."))
    if reader.changed("description"):
        reader.patch["description"] = reader.typed("description") or None


def _address(reader: _Reader) -> None:
    for name in _ADDRESS:
        if reader.changed(name):
            reader.put("address", name, reader.typed(name) or None)
    if reader.changed("postcode", "city") and not reader.typed("city"):
        _town(reader)
    if not reader.changed("position"):
        return
    text = reader.typed("position")
    match = _POSITION.fullmatch(text)
    if text and match is None:
        reader.refuse("position", N_("Write latitude and longitude as numbers: 48.8867, 2.3412"))
        return
    latitude, longitude = (float(part.replace(",", ".")) for part in match.groups()) if match else (None, None)
    reader.put("address", "latitude", latitude)
    reader.put("address", "longitude", longitude)
    reader.put("address", "precision", "manual" if match else None)


def _town(reader: _Reader) -> None:
    """Fill in the town that a postcode names alone; ask for it where several share one."""
    found = communes_of_postcode(reader.typed("postcode"))
    if len(found) == 1:
        whole = commune(city_of_district(found[0]) or "") or found[0]
        reader.put("address", "city", whole.name)
    elif found:
        reader.refuse("city", N_("Several towns have this postcode: write which one it is."))


def _contacts(reader: _Reader) -> None:
    department = department_of_postcode(reader.typed("postcode"))
    _contact_list(
        reader, _ContactField("phone", "phones", "number", phone), lambda text: e164(text, department) or text
    )
    _contact_list(reader, _ContactField("place_email", "emails", "address", str), str)
    _contact_list(reader, _ContactField("website", "websites", "url", str), _web_address)


class _ContactField(NamedTuple):
    """A repeated field, the list it fills and the key of its items, and how a stored value is shown."""

    field: str
    list: str
    key: str
    shown: Callable[[str], str]


def _contact_list(reader: _Reader, kind: _ContactField, parse: Callable[[str], str]) -> None:
    """Read repeated fields: what was left as it stood stays as it is stored, what replaces it keeps its label.

    Contacts that are not published have boxes instead, and stay while they are ticked.
    """
    held: list[dict[str, Any]] = reader.base.get(kind.list, [])
    internal = [item for item in held if item["visibility"] == "internal"]
    unticked = set(reader.seen.get("internal", [])) - set(reader.texts("internal"))
    kept = [item for item in internal if f"{kind.list}:{item[kind.key]}" not in unticked]
    if not reader.changed(kind.field) and kept == internal:
        return
    known = {kind.shown(item[kind.key]): item for item in held if item not in internal}
    before = reader.seen.get(kind.field, [])
    items: list[dict[str, Any]] = []
    for place, typed in enumerate(reader.values.get(kind.field, ())):
        text = typed.strip()
        if text in known:
            items.append(known[text])
        elif text:
            earlier: dict[str, Any] = known.get(before[place], {}) if place < len(before) else {}
            items.append({**earlier, kind.key: parse(text)})
    public = {item[kind.key] for item in items}
    reader.patch[kind.list] = [*items, *(item for item in kept if item[kind.key] not in public)]


def _web_address(text: str) -> str:
    return text if re.match(r"[a-zA-Z][\w+.-]*:", text) else f"https://{text}"


def _hours(reader: _Reader) -> None:
    if reader.changed("hours_note"):
        reader.patch["opening_hours_note"] = reader.typed("hours_note") or None
    if not reader.changed(*WEEK, "hours_holidays"):
        if "opening_hours_note" in reader.patch:
            _hours_in_words(reader)
        return
    days = tuple(_day(reader, code) for code in DAYS)
    closed_on_holidays = bool(reader.typed("hours_holidays"))
    in_words = from_prose(reader.patch.get("opening_hours_note") or "")
    if in_words and not any(days):
        reader.patch["opening_hours"] = f"{in_words}; PH off" if closed_on_holidays else in_words
    else:
        if closed_on_holidays and not any(days):
            reader.refuse("hours", N_("Fill in the opening hours, too: they are empty."))
        reader.patch["opening_hours"] = to_osm(Grid(days=days, closed_on_holidays=closed_on_holidays))
        if in_words and in_words != to_osm(Grid(days=days, closed_on_holidays=False)):
            reader.refuse("hours_note", N_("The week below says other hours than these words. Keep one of the two."))
    if in_words:
        reader.patch["opening_hours_note"] = None


def _hours_in_words(reader: _Reader) -> None:
    """Take hours written in words, where they are understood for sure, as the week; other words stay a note."""
    typed, before = reader.typed("hours_note"), next(iter(reader.texts_seen("hours_note")), "")
    if hours := from_prose(typed):
        reader.patch["opening_hours"] = hours
        reader.patch["opening_hours_note"] = None
    elif before and (hours := from_prose(typed.replace(before, "", 1))):
        reader.patch["opening_hours"] = hours
        del reader.patch["opening_hours_note"]


def _day(reader: _Reader, code: str) -> tuple[Opening, ...]:
    openings: list[Opening] = []
    for number in OPENINGS:
        start, end = reader.typed(f"hours_{code}_from_{number}"), reader.typed(f"hours_{code}_to_{number}")
        if not start and not end:
            continue
        opens, closes = _minutes(start), _minutes(end)
        if not start or not end:
            reader.refuse(f"hours_{code}", N_("Give both times: when it opens and when it closes."))
        elif opens is None or closes is None:
            reader.refuse(f"hours_{code}", N_("Write times as hours and minutes, such as 09:30."))
        elif opens == closes and opens:
            reader.refuse(f"hours_{code}", N_("Opening and closing times are the same."))
        else:
            openings.append((opens % DAY_END, closes or DAY_END))
    openings.sort()
    if overlap(openings):
        reader.refuse(f"hours_{code}", N_("The second opening starts before the first one ends."))
    return tuple(openings)


def _minutes(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    minutes = int(match[1]) * 60 + int(match[2] or 0)
    return minutes if int(match[2] or 0) < 60 and minutes <= DAY_END else None


def _services(reader: _Reader) -> None:
    wanted = reader.ticked("category")
    if wanted is None:
        return
    services = [service for service in reader.base.get("services", ()) if service["category"] in wanted]
    offered = {service["category"] for service in services}
    taken = {service["id"] for service in services}
    services += [
        {"id": category if category not in taken else str(uuid7()), "category": category}
        for category in wanted
        if category not in offered
    ]
    reader.patch["services"] = services


def _access(reader: _Reader) -> None:
    for name in THREE_WAY:
        if reader.changed(name):
            reader.put("access", name, {"yes": True, "no": False}.get(reader.typed(name)))
    if reader.changed("fee"):
        reader.put("access", "fee", reader.typed("fee") or None)
    if reader.changed("access_note"):
        reader.put("access", "note", reader.typed("access_note") or None)


def _publics(reader: _Reader) -> None:
    if reader.changed("welcome"):
        reader.put("publics", "welcome", reader.typed("welcome") or None)
    if (groups := reader.ticked("group")) is not None:
        reader.put("publics", "groups", groups)
    if (languages := reader.ticked("language")) is not None:
        reader.patch["languages"] = languages


def _closing(reader: _Reader) -> None:
    if reader.changed("closed"):
        reader.patch["status"] = "closed" if reader.typed("closed") else "online"
    announced: list[dict[str, Any]] = list(reader.base.get("overrides", ()))
    kept = [override for override in announced if override["id"] not in reader.texts("ended")]
    if (closure := _closure(reader)) is not None:
        kept.append(closure)
    if kept != announced:
        reader.patch["overrides"] = kept


def _closure(reader: _Reader) -> dict[str, Any] | None:
    starts, ends, reason = (reader.typed(name) for name in ("closure_from", "closure_to", "closure_reason"))
    if not starts and not ends and not reason:
        return None
    for field, text in (("closure_from", starts), ("closure_to", ends)):
        if text and _date(text) is None:
            reader.refuse(field, N_("This is not a date."))
    return {
        "id": str(uuid7()),
        "kind": "closure",
        "starts_on": starts or datetime.now(UTC).date().isoformat(),
        "ends_on": ends or None,
        "reason": reason or None,
    }


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
