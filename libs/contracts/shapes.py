"""What is wrong with the shape of a value that was sent, in sentences for whoever sent it.

msgspec says it in the terms of Python's types; these are all the things that it may say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import inspect

from libs.contracts.validation import N_, FieldError

FEW = 12
"""Most values that a sentence lists."""

_PLACE = re.compile(r"(?P<what>.*?)(?: - at (?:`key` in )?`\$(?P<path>.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.{3})\]")
_FIELD = re.compile(r"Object (?P<problem>contains unknown|missing required) field `(?P<name>.+)`", re.DOTALL)
_KIND = re.compile(r"Expected `(?P<kinds>[^`]+)`(?:, got `(?P<got>\w+)`)?")
_CHOICE = re.compile(r"Invalid (?:enum )?value '?(?P<value>.*?)'?", re.DOTALL)

_UNREADABLE = N_("This value cannot be read.")
_REQUIRED = N_("This field is required.")
_NUMBER = N_("A number is expected here.")
_DATE = N_("Write a day as 2026-11-03.")
_MOMENT = N_("Write a day and a time with their time zone, such as 2026-11-03T09:30:00Z.")
_TIME = N_("Write a time as 09:30:00.")
_DURATION = N_("Write a duration such as PT1H30M.")
_IDENTIFIER = N_("Write an identifier such as 0190163d-8694-739b-b4ea-8c3c4fee29aa.")
_BASE64 = N_("Write this in base64.")
_RANGE = N_("This value is too large or too small.")
_TOO_MANY = N_("There are too many items: the most is %(most)s.")
_TOO_FEW = N_("There are too few items: the least is %(least)s.")

_KINDS: dict[str, str] = {
    "int": N_("A whole number is expected here."),
    "float": _NUMBER,
    "decimal": _NUMBER,
    "str": N_("A text is expected here."),
    "bool": N_("Write true or false."),
    "array": N_("A list is expected here."),
    "object": N_("An object with named fields is expected here."),
    "null": N_("This field must stay empty."),
    "date": _DATE,
    "datetime": _MOMENT,
    "time": _TIME,
    "duration": _DURATION,
    "uuid": _IDENTIFIER,
    "bytes": _BASE64,
}
_NUMBERS = {"int", "float", "decimal"}

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Expected `(?:str|bytes|array|object)` of length >= 1", _REQUIRED),
        (
            r"Expected `(?:str|bytes)` of length <= (?P<most>\d+)",
            N_("This text is too long: the most is %(most)s characters."),
        ),
        (
            r"Expected `(?:str|bytes)` of length >= (?P<least>\d+)",
            N_("This text is too short: the least is %(least)s characters."),
        ),
        (r"Expected `(?:array|object)` of length <= (?P<most>\d+)", _TOO_MANY),
        (r"Expected `(?:array|object)` of length >= (?P<least>\d+)", _TOO_FEW),
        (r"Expected `array` of at most length (?P<most>\d+).*", _TOO_MANY),
        (r"Expected `array` of at least length (?P<least>\d+).*", _TOO_FEW),
        (
            r"Expected `array` of length (?P<least>\d+) to (?P<most>\d+).*",
            N_("This list must have from %(least)s to %(most)s items."),
        ),
        (r"Expected `array` of length (?P<count>\d+).*", N_("This list must have %(count)s items.")),
        (r"Expected `(?:int|float)` >= (?P<bound>\S+)", N_("The least possible here is %(bound)s.")),
        (r"Expected `(?:int|float)` <= (?P<bound>\S+)", N_("The most possible here is %(bound)s.")),
        (r"Expected `(?:int|float)` > (?P<bound>\S+)", N_("This must be more than %(bound)s.")),
        (r"Expected `(?:int|float)` < (?P<bound>\S+)", N_("This must be less than %(bound)s.")),
        (r"Expected `(?:int|float)` that's a multiple of (?P<bound>\S+)", N_("This must be a multiple of %(bound)s.")),
        (r"Expected `str` matching regex .*", N_("This is not written in the way that this field asks for.")),
        (r"Expected `\w+` with a timezone component", N_("Add the time zone, such as Z or +01:00.")),
        (r"Expected `\w+` with no timezone component", N_("Leave the time zone out.")),
        (r"Invalid RFC3339 encoded date", _DATE),
        (r"Invalid RFC3339 encoded datetime", _MOMENT),
        (r"Invalid RFC3339 encoded time", _TIME),
        (r"Invalid ISO8601 duration|Only units .* are supported .*", _DURATION),
        (r"Invalid UUID.*", _IDENTIFIER),
        (r"Invalid base64 encoded string", _BASE64),
        (r"Invalid decimal string", _NUMBER),
        (r"(?:Invalid epoch|Timestamp|Duration|Number|Integer value).*", _RANGE),
    )
)


def shape_error(field: str, text: str, shape: Any = None) -> FieldError:
    """Return what msgspec says (`text`) of a value as a field and a sentence.

    `field` names the value itself, empty for a whole body; `shape` is the type that it should have, from which
    the sentence takes the values to choose from.
    """
    found = _PLACE.fullmatch(text)
    what = found["what"] if found else text
    steps = [name or index for name, index in _STEP.findall((found and found["path"]) or "")]
    place = ".".join(step for step in (field, *steps) if step not in {"", "..."})
    if match := _FIELD.fullmatch(what):
        inner = f"{place}.{match['name'][:80]}".lstrip(".")
        return unknown_field(inner) if match["problem"] == "contains unknown" else _error(inner, _REQUIRED)
    for pattern, sentence in _RULES:
        if match := pattern.fullmatch(what):
            parameters = {name: bound.removesuffix(".0") for name, bound in match.groupdict().items()}
            return _error(place, sentence, **parameters)
    if match := _KIND.fullmatch(what):
        return _error(place, _kind_sentence(match["kinds"], missing=match["got"] == "null" and bool(place)))
    if match := _CHOICE.fullmatch(what):
        return _choice_error(place, match["value"][:80], shape, steps)
    return _error(place, _UNREADABLE)


def unknown_field(field: str) -> FieldError:
    return FieldError(field=field, message=N_("There is no such field. Please check its name."))


def _error(field: str, message: str, **parameters: Any) -> FieldError:
    return FieldError(field=field, message=message, parameters=parameters)


def _kind_sentence(kinds: str, *, missing: bool) -> str:
    if missing:
        return _REQUIRED
    wanted = set(kinds.split(" | "))
    wanted = wanted - {"null"} or wanted
    if len(wanted) == 1:
        return _KINDS.get(wanted.pop(), _UNREADABLE)
    return _NUMBER if wanted <= _NUMBERS else N_("This value is of another kind than this field takes.")


def _choice_error(field: str, value: str, shape: Any, steps: Sequence[str]) -> FieldError:
    kinds = list(_kinds_of(inspect.type_info(shape))) if shape is not None else []
    for step in steps:
        kinds = [inner for kind in kinds for inner in _below(kind, step)]
    values = [str(choice) for kind in kinds for choice in _choices(kind)]
    if not 0 < len(values) <= FEW:
        return _error(field, N_("“%(value)s” is not one of the values that this field takes."), value=value)
    message = N_("“%(value)s” is not possible here. Choose one of: %(values)s.")
    return _error(field, message, value=value, values=", ".join(values))


def _kinds_of(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.UnionType):
        for member in kind.types:
            yield from _kinds_of(member)
    elif isinstance(kind, inspect.Metadata):
        yield from _kinds_of(kind.type)
    else:
        yield kind


def _below(kind: inspect.Type, step: str) -> Iterator[inspect.Type]:
    """Yield the types of what stands below a value of this type: in a field, at an index, or under any key."""
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            if field.encode_name == step:
                yield from _kinds_of(field.type)
    elif isinstance(kind, inspect.CollectionType):
        yield from _kinds_of(kind.item_type)
    elif isinstance(kind, inspect.TupleType):
        yield from _kinds_of(kind.item_types[int(step)])
    elif isinstance(kind, inspect.DictType):
        yield from _kinds_of(kind.value_type)


def _choices(kind: inspect.Type) -> Iterator[Any]:
    if isinstance(kind, inspect.LiteralType):
        yield from kind.values
    elif isinstance(kind, inspect.EnumType):
        yield from (member.value for member in kind.cls)
