"""The door: what a proposal must be before it is kept, with the field at fault for whatever it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import inspect

from libs.contracts.patch import Patch, merge, to_json
from libs.contracts.shapes import shape_error, unknown_field
from libs.contracts.structure import StructureContent
from libs.contracts.validation import (
    LONG,
    N_,
    FieldError,
    InvalidContent,
    content_errors,
    is_email_address,
    text_errors,
)

_CONTENT = inspect.type_info(StructureContent)


PlaceErrors = Callable[[StructureContent | None, StructureContent], Iterable[FieldError]]
"""Says what is wrong with where a content (the second) is, by the content's field; the first is the present one."""


class ProposedContact(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Who proposes, if they want to say. An answer is sent to `email`; none of this is ever published."""

    email: str | None = None
    name: str | None = None
    role: str | None = None


def content_from(
    current: StructureContent | None, patch: Patch, field: str, place_errors: PlaceErrors
) -> StructureContent:
    """Return the content that `patch` makes of `current` (None: of nothing), when it keeps every rule.

    `field` names the patch in errors: `proposed` gives `proposed.address.postcode`.

    Raises:
        InvalidContent: unknown fields, wrong shapes or broken rules.
    """
    errors = list(_unknown_fields(field, patch, _CONTENT))
    if errors:
        raise InvalidContent(errors)
    try:
        content = msgspec.convert(merge(to_json(current) if current else {}, patch), StructureContent)
    except msgspec.ValidationError as error:
        raise InvalidContent([shape_error(field, str(error), StructureContent)]) from error
    found = content_errors(content)
    if not any(error.field.startswith(("address.", "stops.")) for error in found):
        found += place_errors(current, content)
    errors = [
        FieldError(field=f"{field}.{error.field}", message=error.message, parameters=error.parameters)
        for error in found
    ]
    if errors:
        raise InvalidContent(errors)
    return content


def contact_errors(contact: ProposedContact | None, comment: str | None) -> list[FieldError]:
    """Return what is wrong with what people say about themselves."""
    errors = list(text_errors("comment", comment, longest=LONG))
    if contact is not None:
        errors += text_errors("contact.name", contact.name)
        errors += text_errors("contact.role", contact.role)
        if contact.email and not is_email_address(contact.email):
            message = N_("This e-mail address cannot be right: “%(address)s”.")
            errors.append(
                FieldError(field="contact.email", message=message, parameters={"address": contact.email[:80]})
            )
    return errors


def _unknown_fields(path: str, value: Any, kind: inspect.Type) -> Iterator[FieldError]:
    """Yield the keys of nested objects that the Structs behind `kind` do not have."""
    if isinstance(kind, inspect.UnionType):
        for member in kind.types:
            yield from _unknown_fields(path, value, member)
    elif isinstance(kind, inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field.type for field in kind.fields}
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType] -- JSON
            name = str(key)[:80]  # pyright: ignore[reportUnknownArgumentType] -- JSON
            if name in fields:
                yield from _unknown_fields(f"{path}.{name}", item, fields[name])
            else:
                yield unknown_field(f"{path}.{name}")
    elif isinstance(kind, inspect.VarTupleType) and isinstance(value, list):
        for index, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- JSON
            yield from _unknown_fields(f"{path}.{index}", item, kind.item_type)
