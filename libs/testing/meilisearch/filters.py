"""Filter expressions, read by the documented grammar."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from math import asin, cos, radians, sin, sqrt
from typing import Any, TypeAlias

from libs.testing.meilisearch.problems import Problem

Fields: TypeAlias = Mapping[str, Any]
Holds: TypeAlias = Callable[[Fields], bool]

CODE = "invalid_search_filter"
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<sign>!=|>=|<=|[=><()\[\],])|(?P<word>[\w.\-]+))""",
    re.DOTALL,
)
_KEYWORDS = frozenset({"AND", "OR", "NOT", "IN", "TO", "EXISTS", "IS", "NULL", "EMPTY", "STARTS", "WITH", "CONTAINS"})
_DEEPEST = 200
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}


def read_filter(told: Any, filterable: Collection[str]) -> Holds:
    """Return what a `filter` asks: a text, or a list whose parts all must hold, of lists of which one must."""
    if told is None:
        return lambda _: True
    if isinstance(told, str):
        return _Reader(told, filterable).whole() if told.strip() else lambda _: True
    if not isinstance(told, list):
        raise Problem(CODE, "Invalid syntax for the filter parameter: expected String, Array")
    parts: list[Holds] = []
    for one in told:  # pyright: ignore[reportUnknownVariableType]
        if isinstance(one, list):
            either = [read_filter(text, filterable) for text in one]  # pyright: ignore[reportUnknownVariableType]
            parts.append(_any(either))
        else:
            parts.append(read_filter(one, filterable))
    return _all(parts)


def metres_between(latitude: float, longitude: float, point: Fields) -> float:
    south, north = radians(latitude), radians(float(point["lat"]))
    width = radians(float(point["lng"]) - longitude)
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(width / 2) ** 2
    return 2 * 6_371_000 * asin(min(1.0, sqrt(half)))


def folded(text: str) -> str:
    """Return a text as values are compared: without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


class _Reader:
    def __init__(self, text: str, filterable: Collection[str]) -> None:
        self._text, self._filterable = text, filterable
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            if not (found := _TOKEN.match(text, at)):
                raise self._wrong(f"unexpected characters at {at}")
            self._tokens.append((found.lastgroup or "", found[found.lastgroup or 0]))
            at = found.end()
        self._at = 0
        self._depth = 0

    def whole(self) -> Holds:
        found = self._or()
        if self._at < len(self._tokens):
            raise self._wrong(f"found unexpected {self._tokens[self._at][1]}")
        return found

    def _wrong(self, why: str) -> Problem:
        return Problem(CODE, f"{why} in filter: {self._text[:200]}")

    def _peek(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place][1] if place < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._peek()
        if not token or (wanted and token not in wanted):
            raise self._wrong(f"expected {' or '.join(wanted) or 'more'}, found {token or 'the end'}")
        self._at += 1
        return token

    def _takes(self, *wanted: str) -> bool:
        """Whether what follows is these tokens; they are taken then."""
        if any(self._peek(n) != one for n, one in enumerate(wanted)):
            return False
        self._at += len(wanted)
        return True

    def _or(self) -> Holds:
        parts = [self._and()]
        while self._takes("OR"):
            parts.append(self._and())
        return _any(parts)

    def _and(self) -> Holds:
        parts = [self._not()]
        while self._takes("AND"):
            parts.append(self._not())
        return _all(parts)

    def _not(self) -> Holds:
        if self._takes("NOT"):
            return _none(self._not())
        if self._takes("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise self._wrong("too many nested parentheses")
            found = self._or()
            self._take(")")
            self._depth -= 1
            return found
        return self._condition()

    def _condition(self) -> Holds:
        name = self._attribute()
        if name == "_geoRadius":
            return self._circle()
        if name not in self._filterable:
            raise Problem(CODE, f"Attribute `{name}` is not filterable.")
        if self._peek() == "NOT":
            self._take()
            if self._peek() not in {"IN", "EXISTS", "STARTS"}:
                raise self._wrong(f"unexpected {self._peek() or 'end'} after NOT")
            return _none(self._operation(name))
        return self._operation(name)

    def _operation(self, name: str) -> Holds:
        if self._takes("IN"):
            return self._in(name)
        if self._takes("EXISTS"):
            return lambda fields: name in fields
        if self._takes("STARTS", "WITH"):
            beginning = folded(self._value())
            return lambda fields: any(folded(one).startswith(beginning) for one in _values(fields, name))
        if self._peek() == "CONTAINS":
            raise Problem("feature_not_enabled", "Using `CONTAINS` requires enabling the `contains filter` feature.")
        return self._comparison(name)

    def _comparison(self, name: str) -> Holds:
        if self._peek(1) == "TO":
            least = self._number(self._value())
            self._take("TO")
            most = self._number(self._value())
            return lambda fields: any(least <= one <= most for one in _numbers(fields, name))
        sign = self._take("=", "!=", ">", ">=", "<", "<=")
        if sign in _COMPARE:
            bound = self._number(self._value())
            return lambda fields: any(_COMPARE[sign](one, bound) for one in _numbers(fields, name))
        equal = _equal(name, [self._value()])
        return equal if sign == "=" else _none(equal)

    def _attribute(self) -> str:
        if not self._peek() or self._tokens[self._at][0] == "sign" or self._peek() in _KEYWORDS:
            raise self._wrong(f"expected an attribute, found {self._peek() or 'the end'}")
        name = self._take()
        if name in {"_geo", "_geoPoint", "_geoDistance"}:
            raise Problem(CODE, f"`{name}` is a reserved keyword and thus can't be used as a filter expression.")
        return name

    def _value(self) -> str:
        if not self._peek():
            raise self._wrong("expected a value, found the end")
        kind, text = self._tokens[self._at]
        if kind == "sign" or (kind == "word" and text in _KEYWORDS):
            raise self._wrong(f"expected a value, found {text}")
        self._at += 1
        return re.sub(r"\\(.)", r"\1", text[1:-1]) if kind == "text" else text

    def _in(self, name: str) -> Holds:
        self._take("[")
        values: list[str] = []
        while not self._takes("]"):
            values.append(self._value())
            if self._take(",", "]") == "]":
                break
        return _equal(name, values)

    def _circle(self) -> Holds:
        if "_geo" not in self._filterable:
            raise Problem(CODE, "Attribute `_geo` is not filterable.")
        self._take("(")
        numbers = [self._number(self._value())]
        while self._take(",", ")") == ",":
            numbers.append(self._number(self._value()))
        if len(numbers) not in {3, 4} or abs(numbers[0]) > 90 or abs(numbers[1]) > 180 or numbers[2] < 0:
            raise self._wrong("bad `_geoRadius(latitude, longitude, radius)`")
        latitude, longitude, radius = numbers[:3]
        return lambda fields: "_geo" in fields and metres_between(latitude, longitude, fields["_geo"]) <= radius

    def _number(self, text: str) -> float:
        try:
            return float(text)
        except ValueError as error:
            raise self._wrong(f"expected a number, found {text}") from error


def _any(parts: list[Holds]) -> Holds:
    return parts[0] if len(parts) == 1 else lambda fields: any(one(fields) for one in parts)


def _all(parts: list[Holds]) -> Holds:
    return parts[0] if len(parts) == 1 else lambda fields: all(one(fields) for one in parts)


def _none(part: Holds) -> Holds:
    return lambda fields: not part(fields)


def _equal(name: str, values: list[str]) -> Holds:
    wanted = frozenset(map(folded, values))
    return lambda fields: any(folded(one) in wanted for one in _values(fields, name))


def _held(fields: Fields, name: str) -> list[Any]:
    held = fields.get(name)
    if isinstance(held, list):
        return held  # pyright: ignore[reportUnknownVariableType]
    return [] if held is None else [held]


def _values(fields: Fields, name: str) -> list[str]:
    """Return what a field holds, each as a text."""
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in _held(fields, name)]


def _numbers(fields: Fields, name: str) -> list[float]:
    return [float(one) for one in _held(fields, name) if isinstance(one, int | float) and not isinstance(one, bool)]
