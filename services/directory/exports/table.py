"""The CSV of a department: its columns, and a structure as a line of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from libs.contracts.structure import Structure, departments_of
from libs.web.formatting import phone
from libs.web.spreadsheets import plain_cell
from services.directory.exports import PLATFORM

SEPARATOR = " | "
"""Between the values of a cell that holds several."""


class Column(msgspec.Struct, frozen=True):
    """A column: its name, and how its value is read from a structure."""

    name: str
    value: Callable[[Structure], Any]


COLUMNS = (
    Column("id", lambda s: s.id),
    Column("url", lambda s: f"{PLATFORM}/structures/{s.slug}"),
    Column("name", lambda s: s.name),
    Column("description", lambda s: s.description),
    Column("kind", lambda s: s.kind),
    Column("network", lambda s: s.network),
    Column("street", lambda s: s.address.street),
    Column("complement", lambda s: s.address.complement),
    Column("postcode", lambda s: s.address.postcode),
    Column("city", lambda s: s.address.city),
    Column("insee_code", lambda s: s.address.insee_code),
    Column("department", lambda s: _many(departments_of(s))),
    Column("latitude", lambda s: s.address.latitude),
    Column("longitude", lambda s: s.address.longitude),
    Column("precision", lambda s: s.address.precision),
    Column("phones", lambda s: _many(phone(one.number) for one in s.phones)),
    Column("emails", lambda s: _many(one.address for one in s.emails)),
    Column("websites", lambda s: _many(one.url for one in s.websites)),
    Column("opening_hours", lambda s: s.opening_hours),
    Column("opening_hours_note", lambda s: s.opening_hours_note),
    Column("overrides", lambda s: _many(_override(one) for one in s.overrides)),
    Column("services", lambda s: _many(one.category for one in s.services)),
    Column("welcome", lambda s: s.publics.welcome),
    Column("publics", lambda s: _many(s.publics.groups)),
    Column("age_min", lambda s: s.publics.age_min),
    Column("age_max", lambda s: s.publics.age_max),
    Column("publics_note", lambda s: s.publics.note),
    Column("fee", lambda s: s.access.fee),
    Column("unconditional", lambda s: s.access.unconditional),
    Column("appointment", lambda s: s.access.appointment),
    Column("registration", lambda s: s.access.registration),
    Column("referral", lambda s: s.access.referral),
    Column("wheelchair", lambda s: s.access.wheelchair),
    Column("animals", lambda s: s.access.animals),
    Column("access_note", lambda s: s.access.note),
    Column("languages", lambda s: _many(s.languages)),
    Column("verified_at", lambda s: s.verified.at.isoformat() if s.verified else None),
    Column("verified_method", lambda s: s.verified.method if s.verified else None),
    Column("sources", lambda s: _many(f"{one.source}:{one.external_id}" for one in s.sources)),
    Column("licences", lambda s: _many(dict.fromkeys(one.licence for one in s.sources if one.licence))),
    Column("retrieved_on", lambda s: _many(one.retrieved_on.isoformat() for one in s.sources if one.retrieved_on)),
    Column("version", lambda s: s.version),
    Column("updated_at", lambda s: s.updated_at.isoformat()),
)
"""The columns in order. Codes are those of the API; true and false are written so, and empty is not known."""


def header() -> str:
    """Return the first line."""
    return _line(column.name for column in COLUMNS)


def line_of(structure: Structure) -> str:
    """Return the line of a structure, its line break included (RFC 4180)."""
    return _line(_cell(column.value(structure)) for column in COLUMNS)


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return plain_cell(str(value))


def _many(values: Iterable[str]) -> str:
    return SEPARATOR.join(values)


def _override(override: Any) -> str:
    dates = f"{override.starts_on.isoformat()}/{override.ends_on.isoformat() if override.ends_on else ''}"
    words = [override.kind, dates, override.opening_hours, override.message, override.reason]
    return " ".join(word for word in words if word)
