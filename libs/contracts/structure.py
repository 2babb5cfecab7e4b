"""A structure: a place, or a mobile team, that helps people, with what it offers.

One shape serves the API, the events and the contributions. Names follow Open Referral HSDS and
data·inclusion where these have one.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeVar
from uuid import UUID

import msgspec

ContactVisibility = Literal["public", "internal"]
Status = Literal["draft", "online", "offline", "closed"]
Visibility = Literal["public", "professionals"]
Kind = Literal["place", "mobile"]
Precision = Literal["address", "street", "city", "manual"]
OverrideKind = Literal["closure", "hours", "message"]
Fee = Literal["free", "conditional", "membership", "paid"]
Welcome = Literal["all", "preferential", "exclusive"]
Saturation = Literal["low", "moderate", "high"]
VerificationMethod = Literal["phone", "email", "visit", "self", "source"]


class Address(msgspec.Struct, kw_only=True, frozen=True):
    """Where a place stands. Coordinates are WGS 84 degrees; `precision` says what they point at."""

    street: str | None = None
    complement: str | None = None
    postcode: str | None = None
    city: str | None = None
    insee_code: str | None = None
    department: str | None = None
    region: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    precision: Precision | None = None


class Stop(msgspec.Struct, kw_only=True, frozen=True):
    """A halt of a mobile structure, with its own hours (OSM syntax)."""

    address: Address
    opening_hours: str | None = None
    note: str | None = None


class Phone(msgspec.Struct, kw_only=True, frozen=True):
    """A telephone number in E.164 form, or a French short number such as 115 or 3949."""

    number: str
    label: str | None = None
    visibility: ContactVisibility = "public"


class Email(msgspec.Struct, kw_only=True, frozen=True):
    address: str
    label: str | None = None
    visibility: ContactVisibility = "public"


class Website(msgspec.Struct, kw_only=True, frozen=True):
    url: str
    label: str | None = None
    visibility: ContactVisibility = "public"


class Override(msgspec.Struct, kw_only=True, frozen=True):
    """A dated exception to the usual hours; `ends_on` is included, None means until further notice."""

    id: str
    kind: OverrideKind
    starts_on: date
    ends_on: date | None = None
    opening_hours: str | None = None
    message: str | None = None
    reason: str | None = None


class Access(msgspec.Struct, kw_only=True, frozen=True):
    """Conditions of access. None means that nobody has said."""

    unconditional: bool | None = None
    appointment: bool | None = None
    registration: bool | None = None
    referral: bool | None = None
    wheelchair: bool | None = None
    animals: bool | None = None
    fee: Fee | None = None
    note: str | None = None


class Publics(msgspec.Struct, kw_only=True, frozen=True):
    """Who is welcome; `groups` are codes of the publics vocabulary."""

    welcome: Welcome = "all"
    groups: tuple[str, ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    note: str | None = None


class Service(msgspec.Struct, kw_only=True, frozen=True):
    """One thing a structure offers; `category` is a code of the categories vocabulary."""

    id: str
    category: str
    name: str | None = None
    description: str | None = None
    opening_hours: str | None = None
    overrides: tuple[Override, ...] = ()
    access: Access | None = None
    publics: Publics | None = None
    saturation: Saturation | None = None


class Source(msgspec.Struct, kw_only=True, frozen=True):
    """Where information came from: the publisher's code, its own id of the row, and the licence."""

    source: str
    external_id: str
    url: str | None = None
    licence: str | None = None
    retrieved_on: date | None = None


class Verification(msgspec.Struct, kw_only=True, frozen=True):
    """Who last confirmed the record, when and how."""

    at: datetime
    method: VerificationMethod
    by: str | None = None


class StructureContent(msgspec.Struct, kw_only=True, frozen=True):
    """What a person may propose or change about a structure."""

    name: str
    description: str | None = None
    kind: Kind = "place"
    network: str | None = None
    visibility: Visibility = "public"
    address: Address = Address()
    stops: tuple[Stop, ...] = ()
    phones: tuple[Phone, ...] = ()
    emails: tuple[Email, ...] = ()
    websites: tuple[Website, ...] = ()
    opening_hours: str | None = None
    opening_hours_note: str | None = None
    overrides: tuple[Override, ...] = ()
    access: Access = Access()
    publics: Publics = Publics()
    languages: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    status: Status = "online"


class Structure(StructureContent, kw_only=True, frozen=True):
    """A structure as the directory holds it. Times are UTC; `version` grows by one at each change."""

    id: UUID
    slug: str
    version: int
    sources: tuple[Source, ...] = ()
    verified: Verification | None = None
    created_at: datetime
    updated_at: datetime


C = TypeVar("C", bound=StructureContent)

CONTENT_FIELDS: tuple[str, ...] = tuple(field.name for field in msgspec.structs.fields(StructureContent))
"""Names of the fields that contributions and imports may set, in the order forms show them."""


def content_of(structure: Structure) -> StructureContent:
    """Return the editable part of a structure."""
    return StructureContent(**{name: getattr(structure, name) for name in CONTENT_FIELDS})


def departments_of(content: StructureContent) -> tuple[str, ...]:
    """Return the codes of the departments that a structure serves, each once: its address' first.

    A mobile one also serves those of its stops.
    """
    stops = content.stops if content.kind == "mobile" else ()
    addresses = (content.address, *(stop.address for stop in stops))
    return tuple(dict.fromkeys(address.department for address in addresses if address.department))


def department_of(content: StructureContent) -> str | None:
    """Return the first department that a structure serves, for what only one can give: the time zone, say."""
    return next(iter(departments_of(content)), None)


def public_part(content: C) -> C:
    """Return a content, or a structure, without what is marked internal: the only form that may leave its service."""
    return msgspec.structs.replace(
        content,
        phones=tuple(phone for phone in content.phones if phone.visibility == "public"),
        emails=tuple(email for email in content.emails if email.visibility == "public"),
        websites=tuple(website for website in content.websites if website.visibility == "public"),
    )


def is_listed(structure: Structure) -> bool:
    """Whether the public may see the structure in search results and exports."""
    return structure.status == "online" and structure.visibility == "public"
