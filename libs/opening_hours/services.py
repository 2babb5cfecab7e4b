"""When one service of a structure is there: its own hours and exceptions, within those of the structure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from libs.contracts.structure import Override, Service, StructureContent
from libs.opening_hours.state import OpenState

_NOT_SAID = "24/7 unknown"


class Ruling(NamedTuple):
    """Usual hours (OSM syntax), and the exceptions to them."""

    opening_hours: str | None
    overrides: tuple[Override, ...]


def has_own_hours(service: Service, content: StructureContent) -> bool:
    """Whether a service is not simply there when its structure is open."""
    return bool(service.overrides) or service.opening_hours not in {None, content.opening_hours}


def ruling_of(own: Ruling, structure: Ruling) -> Ruling:
    """Return what rules a service that says `own` in a structure.

    What shuts the structure shuts the service, which keeps the structure's hours where it has none. Where it
    has some, and the structure has others for a while, nobody has said when the service is there meanwhile.
    """
    if own.opening_hours in {None, structure.opening_hours}:
        return Ruling(structure.opening_hours, (*structure.overrides, *own.overrides))
    of_all = (
        msgspec.structs.replace(one, opening_hours=_NOT_SAID) if one.kind == "hours" else one
        for one in structure.overrides
    )
    return Ruling(own.opening_hours, (*of_all, *own.overrides))


def best_of(states: Sequence[OpenState]) -> OpenState:
    """Return the state of several services of which any one will do: the most that is sure of them."""
    return states[0] if len(states) == 1 else min(states, key=_how_far)


def _how_far(state: OpenState) -> tuple[int, float]:
    if state.state == "open":
        # None is when nobody has said an end: the one that is known to last longest is the surest.
        return 0, -state.until.timestamp() if state.until else 0
    if state.state == "closed" and state.next:
        return 1, state.next.timestamp()
    return {"closed": 2, "unknown": 3, "temporarily_closed": 4}[state.state], _end(state)


def _end(state: OpenState) -> float:
    return state.until.timestamp() if state.until else float("inf")


Span = tuple[datetime, datetime | None]


def common(every: Iterable[Iterable[Span]]) -> list[Span]:
    """Return the time that lies in a span of each of several lists; a span without an end goes on."""
    first, *others = [list(spans) for spans in every]
    for spans in others:
        first = [both for one in first for other in spans if (both := _overlap(one, other))]
    return first


def _overlap(one: Span, other: Span) -> Span | None:
    start = max(one[0], other[0])
    ends = [end for end in (one[1], other[1]) if end is not None]
    end = min(ends, default=None)
    return (start, end) if end is None or start < end else None
