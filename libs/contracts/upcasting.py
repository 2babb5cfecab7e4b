"""How events of an older version are read: each is turned into the next one until the newest is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Makes the data of the next version, as JSON values, from the data of one."""

_UPCASTS: dict[str, tuple[str, Upcast]] = {}


def upcast(old: str, *, to: str) -> Callable[[Upcast], Upcast]:
    """Enter a function that makes events of the type `to` of events of the type `old`: `x.happened.v1`, `….v2`."""

    def register(function: Upcast) -> Upcast:
        _UPCASTS[old] = (to, function)
        return function

    return register


def newest(name: str) -> str:
    """Return the type that events of the type `name` are read as."""
    while name in _UPCASTS:
        name, _ = _UPCASTS[name]
    return name


def upcasted(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return data of the type `name` as data of the newest type."""
    while name in _UPCASTS:
        name, function = _UPCASTS[name]
        data = function(data)
    return data


def versions(name: str) -> list[str]:
    """Return the type `name` and every older one that is read as it, the newest first."""
    found = [name]
    for known in found:
        found.extend(old for old, (to, _) in _UPCASTS.items() if to == known)
    return found
