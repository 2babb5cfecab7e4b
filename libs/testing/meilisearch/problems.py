"""The errors of the API."""

from __future__ import annotations

from typing import Any


class Problem(Exception):  # noqa: N818 -- it is an answer
    """An error as it is answered, or as a task tells it."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status, self.message = code, status, message

    def told(self) -> dict[str, Any]:
        kind = "auth" if self.status in {401, 403} else "invalid_request"
        return {"message": self.message, "code": self.code, "type": kind, "link": f"https://docs.invalid#{self.code}"}


def only_known(body: object, known: frozenset[str], code: str = "bad_request") -> dict[str, Any]:
    """Return a body that is an object without unknown fields."""
    if not isinstance(body, dict):
        raise Problem(code, "Invalid value type: expected an object")
    fields: dict[str, Any] = body  # pyright: ignore[reportUnknownVariableType]
    if unknown := set(fields) - known:
        raise Problem(code, f"Unknown field `{min(unknown)}`")
    return fields


def checked(value: Any, kind: type | tuple[type, ...], code: str) -> Any:
    """Return a value that is of a kind; a boolean is no number."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Problem(code, f"Invalid value type: {value!r}")
    return value


def texts(value: Any, code: str) -> list[str]:
    """Return a value that is a list of strings."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):  # pyright: ignore[reportUnknownVariableType]
        raise Problem(code, f"Invalid value type: expected an array of strings, not {value!r}")
    return value  # pyright: ignore[reportUnknownVariableType]
