"""About 500 real places that a first start imports: see README.md for where they come from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

_HERE = Path(__file__).parent

CUT_ON = date(2026, 11, 21)
"""The day the sample was cut: that of the files whose edition bears no date."""

FILES: dict[Path, date] = {
    _HERE / "leaflet-paris-nord-est-2020.csv": date(2020, 5, 6),
    _HERE / "lieux-mediation-numerique.csv": CUT_ON,
    _HERE / "france-services-2024.csv": date(2024, 8, 1),
    _HERE / "mairies.csv": CUT_ON,
}
"""The files of the sample, in the order they are imported, each with the day its sources bear."""
