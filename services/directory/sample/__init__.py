"""About 500 real places that a first start imports: see README.md for where they come from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

_HERE = Path(__file__).parent

FILES: dict[Path, date | None] = {
    _HERE / "leaflet-paris-nord-est-2020.csv": date(2020, 5, 6),
    _HERE / "lieux-mediation-numerique.csv": None,
    _HERE / "france-services-2024.csv": date(2024, 8, 1),
    _HERE / "mairies.csv": None,
}
"""The files of the sample, in the order they are imported, each with the day it was published where that is known."""
