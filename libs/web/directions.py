"""Where « Directions » leads."""

from __future__ import annotations

from urllib.parse import urlencode


def directions_to(latitude: float, longitude: float) -> str:
    """Return the address of a map that leads to a point.

    OpenStreetMap's, not a `geo:` address: only Android knows what to do with the latter, an iPhone or a computer
    does nothing at all. It asks for no account and no application, and any browser opens it.
    """
    return f"https://www.openstreetmap.org/directions?{urlencode({'to': f'{latitude:.6f},{longitude:.6f}'})}"
