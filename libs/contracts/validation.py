"""What a structure's content must satisfy before anyone stores it: one set of rules for every door.

Messages are English sentences that the catalogues translate; `parameters` fill their placeholders.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from libs.contracts import vocabulary
from libs.contracts.structure import Access, Address, Override, Publics, StructureContent
from libs.opening_hours import empty_span, impossible_date, is_valid


def N_(message: str) -> str:  # noqa: N802 -- gettext's customary name
    """Mark a message for extraction into the catalogues."""
    return message


class FieldError(msgspec.Struct, kw_only=True, frozen=True):
    """One thing wrong: where (`services.0.category`), and a sentence with its parameters."""

    field: str
    message: str
    parameters: dict[str, Any] = {}


class InvalidContent(Exception):  # noqa: N818 -- it is a finding about the input, not a failure
    """The content breaks rules; `errors` lists all that were found."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


SHORT, LONG = 300, 5_000
"""Longest single-line and multi-line texts, in characters."""

MANY = 200
"""Most items a list may hold."""

# Metropolitan France and the overseas territories, as (south, north, west, east) in degrees.
TERRITORIES: tuple[tuple[float, float, float, float], ...] = (
    (41.2, 51.2, -5.3, 9.7),  # metropole with Corsica
    (14.3, 18.2, -63.2, -60.7),  # Guadeloupe, Martinique, Saint-Martin, Saint-Barthélemy
    (2.0, 6.0, -54.7, -51.5),  # Guyane
    (-21.5, -20.7, 55.1, 55.9),  # La Réunion
    (-13.1, -12.5, 44.9, 45.4),  # Mayotte
    (46.7, 47.2, -56.5, -56.1),  # Saint-Pierre-et-Miquelon
    (-28.0, -7.8, -154.8, -134.3),  # Polynésie française
    (-23.0, -19.0, 158.0, 172.5),  # Nouvelle-Calédonie
    (-14.5, -13.0, -178.3, -176.0),  # Wallis-et-Futuna
)

_INVISIBLE = {"Cc", "Cs", "Co", "Cn"}
_BIDI_OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z!?]")
# Nearly every text is plain Latin on one line: no need to look at each of its characters.
_PLAIN = re.compile("[ -;=-~\u00a0-\u024f\u2013\u2018\u2019\u20ac]*")
# E.164, or a French short number: emergencies, social services, information, four digits in 10 or 3.
_PHONE = re.compile(r"\+[1-9]\d{6,14}|1[578]|11\d|19[16]|10\d\d|3\d{3}|11[68]\d{3}")
_EMAIL = re.compile(r"[^@\s<>\"',;:()\[\]\\]{1,64}@[\w-]+(\.[\w-]+)+")
_POSTCODE = re.compile(r"\d{5}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_DEPARTMENT = re.compile(r"\d[\dAB]\d?")
_INSEE_CODE = re.compile(r"\d[\dAB]\d{3}")


def in_france(latitude: float, longitude: float) -> bool:
    """Whether WGS 84 coordinates (degrees) fall within a French territory's bounding box."""
    return any(s <= latitude <= n and w <= longitude <= e for s, n, w, e in TERRITORIES)


def _is_seen(character: str) -> bool:
    """Whether a character leaves a mark by itself: no space, no accent without a letter, nothing of no width."""
    return unicodedata.category(character)[0] not in "CZM"


def text_errors(field: str, text: str | None, *, longest: int = SHORT, required: bool = False) -> Iterator[FieldError]:
    """Yield what is wrong with one text."""
    if text is None or not text.strip():
        if required:
            yield FieldError(field=field, message=N_("Please fill this in."))
        return
    lines = longest > SHORT
    if len(text) > longest:
        message = N_("This text is too long: %(length)s characters, and the most is %(longest)s.")
        yield FieldError(field=field, message=message, parameters={"length": len(text), "longest": longest})
    elif _PLAIN.fullmatch(text):
        return
    elif any(
        (unicodedata.category(c) in _INVISIBLE and not (lines and c in "\n\r\t")) or c in _BIDI_OVERRIDES for c in text
    ):
        yield FieldError(field=field, message=N_("This text holds invisible control characters. Please type it again."))
    elif _MARKUP.search(text):
        yield FieldError(field=field, message=N_("Write plain text here: tags such as <b> are not accepted."))
    elif required and not any(map(_is_seen, text)):
        yield FieldError(field=field, message=N_("Please fill this in."))


def _hours_errors(field: str, hours: str | None) -> Iterator[FieldError]:
    errors = list(text_errors(field, hours, longest=1_000))
    yield from errors
    if hours and not errors and (impossible := impossible_date(hours)):
        message = N_("“%(date)s” is not in any calendar. Check the day and the month.")
        yield FieldError(field=field, message=message, parameters={"date": impossible})
    elif hours and not errors and not is_valid(hours):
        message = N_("These opening hours cannot be understood: “%(hours)s”. Example: Mo-Fr 09:00-12:00,14:00-17:00")
        yield FieldError(field=field, message=message, parameters={"hours": hours})
    elif hours and not errors and (span := empty_span(hours)):
        message = N_("“%(span)s” ends when it begins. For the whole day, write 00:00-24:00.")
        yield FieldError(field=field, message=message, parameters={"span": span})


def _address_errors(field: str, address: Address) -> Iterator[FieldError]:
    yield from text_errors(f"{field}.street", address.street)
    yield from text_errors(f"{field}.complement", address.complement)
    yield from text_errors(f"{field}.city", address.city)
    yield from text_errors(f"{field}.region", address.region)
    if address.department is not None and not _DEPARTMENT.fullmatch(address.department):
        yield FieldError(field=f"{field}.department", message=N_("This is not a department code, such as 75 or 2A."))
    if address.insee_code is not None and not _INSEE_CODE.fullmatch(address.insee_code):
        yield FieldError(field=f"{field}.insee_code", message=N_("This is not an INSEE code, such as 75118."))
    if address.postcode is not None and not _POSTCODE.fullmatch(address.postcode):
        yield FieldError(field=f"{field}.postcode", message=N_("A French postcode has five digits."))
    if (address.latitude is None) != (address.longitude is None):
        yield FieldError(field=f"{field}.latitude", message=N_("Give both latitude and longitude, or neither."))
    elif (
        address.latitude is not None
        and address.longitude is not None
        and not in_france(address.latitude, address.longitude)
    ):
        message = N_("This point is not in France: latitude %(latitude)s, longitude %(longitude)s.")
        parameters = {"latitude": address.latitude, "longitude": address.longitude}
        yield FieldError(field=f"{field}.latitude", message=message, parameters=parameters)


def _override_errors(field: str, override: Override) -> Iterator[FieldError]:
    yield from text_errors(f"{field}.id", override.id, required=True)
    yield from text_errors(f"{field}.message", override.message, longest=LONG, required=override.kind == "message")
    yield from text_errors(f"{field}.reason", override.reason)
    yield from _hours_errors(f"{field}.opening_hours", override.opening_hours)
    if override.kind == "hours" and not override.opening_hours:
        yield FieldError(field=f"{field}.opening_hours", message=N_("Please fill this in."))
    if override.ends_on is not None and override.ends_on < override.starts_on:
        yield FieldError(field=f"{field}.ends_on", message=N_("The end comes before the start."))


def _publics_errors(field: str, publics: Publics) -> Iterator[FieldError]:
    yield from text_errors(f"{field}.note", publics.note, longest=LONG)
    for index, group in enumerate(publics.groups):
        if group not in vocabulary.publics():
            message = N_("This public is not in the list: “%(code)s”.")
            yield FieldError(field=f"{field}.groups.{index}", message=message, parameters={"code": group[:80]})
    ages = [age for age in (publics.age_min, publics.age_max) if age is not None]
    if any(not 0 <= age <= 120 for age in ages) or ages != sorted(ages):
        yield FieldError(field=f"{field}.age_min", message=N_("Ages go from 0 to 120, the youngest first."))


def _access_errors(field: str, access: Access) -> Iterator[FieldError]:
    yield from text_errors(f"{field}.note", access.note, longest=LONG)


T = TypeVar("T")


def _each(field: str, items: tuple[T, ...], rule: Callable[[str, T], Iterator[FieldError]]) -> Iterator[FieldError]:
    if len(items) > MANY:
        message = N_("There are too many items: %(count)s, and the most is %(most)s.")
        yield FieldError(field=field, message=message, parameters={"count": len(items), "most": MANY})
        return
    for index, item in enumerate(items):
        yield from rule(f"{field}.{index}", item)


def _contact_errors(content: StructureContent) -> Iterator[FieldError]:
    for index, phone in enumerate(content.phones[:MANY]):
        yield from text_errors(f"phones.{index}.label", phone.label)
        if not _PHONE.fullmatch(phone.number):
            message = N_("This telephone number cannot be right: “%(number)s”.")
            yield FieldError(field=f"phones.{index}.number", message=message, parameters={"number": phone.number[:40]})
    for index, email in enumerate(content.emails[:MANY]):
        yield from text_errors(f"emails.{index}.label", email.label)
        if len(email.address) > 254 or not _EMAIL.fullmatch(email.address):
            message = N_("This e-mail address cannot be right: “%(address)s”.")
            yield FieldError(
                field=f"emails.{index}.address", message=message, parameters={"address": email.address[:80]}
            )
    for index, website in enumerate(content.websites[:MANY]):
        yield from text_errors(f"websites.{index}.label", website.label)
        if not is_web_address(website.url):
            message = N_("This web address cannot be right: “%(url)s”. It starts with https:// or http://.")
            yield FieldError(field=f"websites.{index}.url", message=message, parameters={"url": website.url[:80]})


def is_web_address(url: str) -> bool:
    """Whether `url` is a plain http or https address with a host, fit to be shown as a link."""
    if len(url) > 2_000 or re.search(r"[\s<>\"'`\\\x00-\x1f]", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and parts.username is None


def is_email_address(address: str) -> bool:
    """Whether `address` has the form of an e-mail address."""
    return len(address) <= 254 and _EMAIL.fullmatch(address) is not None


def content_errors(content: StructureContent) -> list[FieldError]:
    """Return everything that is wrong with a structure's content; an empty list when nothing is."""

    def service_errors(field: str, index: int) -> Iterator[FieldError]:
        service = content.services[index]
        yield from text_errors(f"{field}.id", service.id, required=True)
        yield from text_errors(f"{field}.name", service.name)
        yield from text_errors(f"{field}.description", service.description, longest=LONG)
        if service.category not in vocabulary.categories():
            message = N_("This kind of service is not in the list: “%(code)s”.")
            parameters = {"code": service.category[:80]}
            yield FieldError(field=f"{field}.category", message=message, parameters=parameters)
        yield from _hours_errors(f"{field}.opening_hours", service.opening_hours)
        yield from _each(f"{field}.overrides", service.overrides, _override_errors)
        if service.access is not None:
            yield from _access_errors(f"{field}.access", service.access)
        if service.publics is not None:
            yield from _publics_errors(f"{field}.publics", service.publics)

    def stop_errors(field: str, index: int) -> Iterator[FieldError]:
        stop = content.stops[index]
        yield from _address_errors(f"{field}.address", stop.address)
        yield from _hours_errors(f"{field}.opening_hours", stop.opening_hours)
        yield from text_errors(f"{field}.note", stop.note)

    def language_errors(field: str, code: str) -> Iterator[FieldError]:
        if not _LANGUAGE.fullmatch(code):
            message = N_("Write languages as codes of two or three letters, such as fr or ar.")
            yield FieldError(field=field, message=message)

    def nothing(_field: str, _item: object) -> Iterator[FieldError]:
        yield from ()

    return [
        *text_errors("name", content.name, required=True),
        *text_errors("description", content.description, longest=LONG),
        *text_errors("network", content.network),
        *_address_errors("address", content.address),
        *_each("stops", tuple(range(len(content.stops))), stop_errors),
        *_each("phones", content.phones, nothing),
        *_each("emails", content.emails, nothing),
        *_each("websites", content.websites, nothing),
        *_contact_errors(content),
        *_hours_errors("opening_hours", content.opening_hours),
        *text_errors("opening_hours_note", content.opening_hours_note, longest=LONG),
        *_each("overrides", content.overrides, _override_errors),
        *_access_errors("access", content.access),
        *_publics_errors("publics", content.publics),
        *_each("languages", content.languages, language_errors),
        *_each("services", tuple(range(len(content.services))), service_errors),
    ]


def check_content(content: StructureContent) -> None:
    """Raise `InvalidContent` unless the content keeps every rule."""
    if errors := content_errors(content):
        raise InvalidContent(errors)
