"""What a consumer could not take in yet, so that nothing on the same aggregate overtakes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

Key: TypeAlias = tuple[str, UUID]
"""A stream and an aggregate: the order of an aggregate's events is that of their stream."""

STEP = 0.05
"""Seconds by which an event comes after the one it waits for; twice as many each time it has waited in vain."""

LONGEST_STEP = 2.0

GRACE = 30.0
"""Seconds by which an event may be late before others stop waiting for it: its stream may have lost it."""


@dataclass(slots=True)
class _Late:
    """An event put off until `next_try`: tried in vain, held for the sake of another, or kept by an outage."""

    next_try: float = 0.0
    tries: int = 0
    held: int = 0
    kept: int = 0


class Backlog:
    """Events put off, by aggregate and place in the stream. In memory: one process consumes, in order.

    `clock` gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._late: dict[Key, dict[int, _Late]] = {}

    def __len__(self) -> int:
        return sum(len(places) for places in self._late.values())

    def hold(self, key: Key, place: int) -> float:
        """Put an event off when an earlier one on its aggregate is late, and return for how long; else 0."""
        if not (places := self._late.get(key)):
            return 0
        now = self._clock()
        for lost in [other for other, late in places.items() if late.next_try + GRACE < now and other != place]:
            del places[lost]
        earlier = [late.next_try for other, late in places.items() if other < place]
        if not earlier:
            return 0
        late = places.setdefault(place, _Late())
        delay = max(max(earlier) - now, 0) + min(STEP * 2**late.held, LONGEST_STEP)
        late.held += 1
        late.next_try = now + delay
        return delay

    def tries(self, key: Key, place: int) -> int:
        """Return how often an event was tried in vain."""
        late = self._late.get(key, {}).get(place)
        return late.tries if late else 0

    def answers(self, key: Key, place: int) -> int:
        """Return how often the server was told to bring an event again later."""
        late = self._late.get(key, {}).get(place)
        return late.tries + late.held + late.kept if late else 0

    def failed(self, key: Key, place: int, delay: float) -> None:
        """Put an event off that was tried in vain, for `delay` seconds."""
        late = self._put_off(key, place, delay)
        late.tries += 1

    def keep(self, key: Key, place: int, delay: float) -> None:
        """Put an event off that could not be tried, for `delay` seconds."""
        late = self._put_off(key, place, delay)
        late.kept += 1

    def _put_off(self, key: Key, place: int, delay: float) -> _Late:
        late = self._late.setdefault(key, {}).setdefault(place, _Late())
        late.next_try = self._clock() + delay
        return late

    def done(self, key: Key, place: int) -> None:
        """Forget an event that was handled or buried."""
        if places := self._late.get(key):
            places.pop(place, None)
            if not places:
                del self._late[key]
