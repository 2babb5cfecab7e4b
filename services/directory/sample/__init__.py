"""About 500 real places that a first start imports: see README.md for where they come from."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent

FILES: tuple[Path, ...] = tuple(
    _HERE / name
    for name in (
        "leaflet-paris-nord-est-2020.csv",
        "lieux-mediation-numerique.csv",
        "france-services-2024.csv",
        "mairies.csv",
    )
)
"""The files of the sample, in the order they are imported."""
