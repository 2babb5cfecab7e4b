"""A point tells its department only where it is sure: measured on real places whose commune is known."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from libs.territories import department_at, find_commune, is_abroad, kilometres_off
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


@pytest.mark.parametrize(
    ("latitude", "longitude", "abroad"),
    [
        (48.8566, 2.3522, False),
        (48.457, -5.096, False),  # Ouessant
        (43.395, 4.729, False),  # Salin-de-Giraud, 35 km from its town hall in Arles
        (3.62, -53.2, False),  # Saül, in Guyane
        (-17.53, -149.57, False),  # Papeete
        (45.07, 7.68, True),  # Turin
        (50.85, 4.35, True),  # Brussels
        (41.65, -0.88, True),  # Saragossa
        (46.0, -4.5, True),  # at sea
        (46.2044, 6.1432, False),  # Geneva, two kilometres from Gaillard
    ],
)
def test_a_point_far_from_every_commune_is_abroad(latitude, longitude, abroad):
    assert is_abroad(latitude, longitude) is abroad


def test_a_point_far_from_a_commune_is_not_in_it():
    le_puy, saul = find_commune("43157"), find_commune("97352")
    assert le_puy
    assert saul
    assert kilometres_off(le_puy, 45.05, 3.88) is None
    assert kilometres_off(le_puy, 50.63, 3.06) == pytest.approx(625, abs=5)  # Lille
    assert kilometres_off(saul, 4.9, -52.3) is None  # Guyane: nobody can tell


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
