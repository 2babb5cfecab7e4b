"""What stands in the fields of a form, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from litestar.datastructures import FormMultiDict

from libs.contracts.validation import FieldError
from services.contributions.web.form.parts import ORDER, PARTS

Values = dict[str, list[str]]
"""The texts of each field by its name: several for boxes and repeated fields, none for what is empty."""

MOST_TEXTS = 400
"""Most texts of one name that are read: a form has far fewer."""

_PATHS = {
    "address.latitude": "position",
    "address.longitude": "position",
    "address": "city",
    "phones": "phone",
    "emails": "place_email",
    "websites": "website",
    "opening_hours_note": "hours_note",
    "opening_hours": "hours",
    "overrides": "closure_from",
    "access.note": "access_note",
    "access": "fee",
    "publics": "group",
    "languages": "language",
    "services": "category",
    "status": "closed",
    "contact.email": "email",
    "contact.name": "contact_name",
    "contact.role": "contact_role",
}
_SAME = ("name", "description", "comment", "reason", "street", "complement", "postcode", "city")

_PLACES = {name: place for place, name in enumerate(ORDER)}


class Form:
    """A form as it is shown: `errors` holds a sentence by field name, `others` those of no field.

    `seen` is what stood in the fields when they were first shown.
    """

    def __init__(
        self,
        values: Values,
        errors: Mapping[str, str] | None = None,
        others: tuple[str, ...] = (),
        *,
        seen: Values | None = None,
    ) -> None:
        self.values = values
        self.errors = dict(errors or {})
        self.others = others
        self._seen = seen or {}

    def one(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def error(self, name: str) -> str | None:
        return self.errors.get(name)

    def is_filled(self, *names: str) -> bool:
        """Whether one of the fields holds something, or has an error."""
        return any(any(self.values.get(name, ())) or name in self.errors for name in names)

    def is_wrong(self, part: str) -> bool:
        """Whether a field of the part has an error."""
        return not self.errors.keys().isdisjoint(PARTS[part])

    def is_edited(self, part: str) -> bool:
        """Whether something in the part is not as it was first shown; boxes come back in the order of the page."""
        return any(sorted(texts_of(self.values, name)) != sorted(texts_of(self._seen, name)) for name in PARTS[part])

    @property
    def summary(self) -> list[tuple[str | None, str]]:
        """The errors for the top of the page, as (field, sentence), in the order of the fields."""
        ordered = sorted(self.errors.items(), key=lambda item: _PLACES.get(item[0], len(_PLACES)))
        return [*ordered, *((None, sentence) for sentence in self.others)]


def texts_of(values: Values, name: str) -> list[str]:
    """Return what stands in a field, without what is empty."""
    return [text.strip() for text in values.get(name, ()) if text.strip()]


def posted(form: FormMultiDict) -> Values:
    """Return the texts of a submitted form, with one kind of line end."""
    values: Values = {}
    for name in form:
        texts = [text for text in form.getall(name) if isinstance(text, str)][:MOST_TEXTS]
        values[name] = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    return values


def packed(values: Values) -> str:
    """Return values as the text of a hidden field."""
    return msgspec.json.encode({name: texts for name, texts in values.items() if any(texts)}).decode()


def unpacked(text: str) -> Values:
    """Return the values of a hidden field; nothing when it was tampered with."""
    try:
        return msgspec.json.decode(text, type=Values)
    except msgspec.MsgspecError:
        return {}


def field_of(error: FieldError) -> str | None:
    """Return the name of the form's field that an error is about, or None when no field shows it."""
    path = error.field.removeprefix("proposed.").removeprefix("edits.")
    if (name := path.removeprefix("address.")) in _SAME:
        return name
    return next((name for start, name in _PATHS.items() if path == start or path.startswith(f"{start}.")), None)
