"""A point tells its department only where it is sure: measured on real places whose commune is known."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from libs.territories import department_at
from services.directory.imports import Draft, read_file

DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.mark.parametrize(
    ("latitude", "longitude", "department"),
    [
        (44.518, 3.501, "48"),
        (-20.88, 55.45, "974"),
        (42.5655, 8.757, "2B"),
        (48.8566, 2.3522, None),  # Paris, with three departments within an hour's walk
        (43.6766, 4.6278, None),  # Arles, over the river from another department
        (46.2044, 6.1432, None),  # Geneva
        (41.3874, 2.1686, None),  # Barcelona
        (46.2, -4.5, None),  # at sea
        (0.0, 0.0, None),
        (90.0, 0.0, None),
        (-90.0, 180.0, None),
    ],
)
def test_a_point_is_in_a_department_when_all_the_communes_around_are(latitude, longitude, department):
    assert department_at(latitude, longitude) == department


@pytest.mark.shared_data
@pytest.mark.skipif(not DATA.is_dir(), reason="The real data files are not in ../shared/data.")
@pytest.mark.parametrize(
    ("name", "sure"), [("lieux-mediation-numerique.csv.gz", 0.75), ("france-services-2024.csv", 0.75)]
)
def test_no_real_place_is_said_to_be_in_another_department_and_most_are_told(name: str, sure: float):
    told: Counter[str] = Counter()
    for draft in read_file(DATA / name):
        address = draft.content.address if isinstance(draft, Draft) else None
        if address is None or address.precision != "address" or address.insee_code is None:
            continue
        assert address.latitude is not None
        assert address.longitude is not None
        found = department_at(address.latitude, address.longitude)
        told["unsure" if found is None else "right" if found == address.department else "wrong"] += 1
    assert told["wrong"] == 0
    assert told["right"] > sure * told.total() > 1_000
