"""What the communes around a point tell: its department, where they leave no doubt, and what contradicts an address."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache, lru_cache
from math import cos, hypot, radians
from typing import NamedTuple

from libs.territories.communes import Commune, communes

KM_PER_DEGREE = 111.2

NEAREST = 5.0
"""Kilometres to the nearest commune beyond which a point may be at sea or abroad."""

AROUND, LEAST_AROUND = 4.0, 5.0
"""Every commune within so many times the distance to the nearest, and so many kilometres more, must be of one
department. Without the borders of communes this is what tells: the nearest alone is wrong for one place in 130."""


ABROAD = 10.0
"""Kilometres to the nearest commune beyond which a point is at sea or abroad."""

FAR = 30.0
"""Kilometres from a commune's town hall or centre beyond which a point is not in it."""

_VAST = {"973", "975", "986", "987", "988"}
"""Departments and territories where a commune may be as large as a department elsewhere."""


class _Points(NamedTuple):
    """The points of communes, from south to north."""

    latitudes: array[float]
    longitudes: array[float]
    departments: list[str]


@cache
def _points() -> _Points:
    known = sorted((c.latitude, c.longitude, c.department) for c in communes() if c.latitude is not None)
    latitudes, longitudes, departments = zip(*known, strict=True)
    return _Points(array("d", latitudes), array("d", longitudes), list(departments))


@lru_cache(maxsize=1024)
def department_at(latitude: float, longitude: float) -> str | None:
    """Return the code of the department of a point (WGS 84 degrees), or None where that is not sure."""
    farthest = NEAREST * AROUND + LEAST_AROUND
    around = sorted(_within(farthest, latitude, longitude))
    if not around or around[0][0] > NEAREST:
        return None
    reach = around[0][0] * AROUND + LEAST_AROUND
    found = {department for distance, department in around if distance <= reach}
    return found.pop() if len(found) == 1 else None


def is_abroad(latitude: float, longitude: float) -> bool:
    """Whether no commune is near a point (WGS 84 degrees) of Europe; across a border it may still be near to one.

    Overseas, communes are vast or have no coordinates in the reference, and islands have no neighbours.
    """
    in_europe = 41 < latitude < 52 and -6 < longitude < 10
    return in_europe and not any(True for _ in _within(ABROAD, latitude, longitude))


def kilometres_off(commune: Commune, latitude: float, longitude: float) -> float | None:
    """Return how far a point (WGS 84 degrees) is from a commune when that is too far to be in it, else None."""
    if commune.latitude is None or commune.longitude is None or commune.department in _VAST:
        return None
    north = (latitude - commune.latitude) * KM_PER_DEGREE
    east = (longitude - commune.longitude) * KM_PER_DEGREE * cos(radians(commune.latitude))
    distance = hypot(north, east)
    return distance if distance > FAR else None


def _within(kilometres: float, latitude: float, longitude: float) -> Iterator[tuple[float, str]]:
    """Yield how far communes are (kilometres), and their departments."""
    latitudes, longitudes, departments = _points()
    height = kilometres / KM_PER_DEGREE
    width = KM_PER_DEGREE * cos(radians(latitude))
    west, east = longitude - kilometres / width, longitude + kilometres / width
    for at in range(bisect_left(latitudes, latitude - height), bisect_left(latitudes, latitude + height)):
        if not west <= longitudes[at] <= east:
            continue
        distance = hypot((latitudes[at] - latitude) * KM_PER_DEGREE, (longitudes[at] - longitude) * width)
        if distance <= kilometres:
            yield distance, departments[at]
