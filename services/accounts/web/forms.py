"""Plain HTML forms: read into a Struct, and their errors as pages show them."""

from __future__ import annotations

from typing import Any, TypeVar, get_origin
from urllib.parse import parse_qs

import msgspec
from litestar import Request

from libs.contracts.validation import InvalidContent
from libs.web.pages import translate

T = TypeVar("T", bound=msgspec.Struct)


async def read_form(request: Request[Any, Any, Any], shape: type[T]) -> T:
    """Return the form that was posted, as a Struct whose fields are `str` or `list[str]` and have defaults."""
    sent = parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True, max_num_fields=1_000)
    values: dict[str, str | list[str]] = {}
    for field in msgspec.structs.fields(shape):
        if found := sent.get(field.encode_name):
            values[field.encode_name] = found if get_origin(field.type) is list else found[-1]
    return msgspec.convert(values, shape)


def errors_of(request: Request[Any, Any, Any], invalid: InvalidContent) -> list[tuple[str, str]]:
    """Return field names with what is wrong with each, in the language of the person asking."""
    return [(error.field, translate(request, error.message, error.parameters)) for error in invalid.errors]


def departments_of(reach: str, text: str) -> list[str] | None:
    """Return the department codes in `text`, or None when the choice beside it is "all"."""
    return None if reach == "all" else text.replace(",", " ").replace(";", " ").split()
