"""The department of a point, where the communes around it leave no doubt."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache, lru_cache
from math import cos, hypot, radians
from typing import NamedTuple

from libs.territories.communes import communes

KM_PER_DEGREE = 111.2

NEAREST = 5.0
"""Kilometres to the nearest commune beyond which a point may be at sea or abroad."""

AROUND, LEAST_AROUND = 4.0, 5.0
"""Every commune within so many times the distance to the nearest, and so many kilometres more, must be of one
department. Without the borders of communes this is what tells: the nearest alone is wrong for one place in 130."""


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
