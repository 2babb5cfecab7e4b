"""What every engine does with places and distances. All places are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from libs.contracts.structure import Address, Stop
from services.search.domain.requests import Point

if TYPE_CHECKING:
    from conftest import Index

PARIS = Point(48.8566, 2.3522)
NORTH = {"latitude": 48.8656, "longitude": 2.3522}  # 1 km from PARIS
FURTHER = {"latitude": 48.9466, "longitude": 2.3522}  # 10 km
LYON = {"latitude": 45.7640, "longitude": 4.8357}


async def test_without_words_the_nearest_come_first_with_their_distance(index: Index):
    await index.add(
        index.a_structure("Lyon", **LYON), index.a_structure("Loin", **FURTHER), index.a_structure("Près", **NORTH)
    )
    result = await index.search(near=PARIS)
    assert [found.card.name for found in result.found] == ["Près", "Loin", "Lyon"]
    assert [round(found.distance or 0, -2) for found in result.found] == [1_000, 10_000, 391_500]


async def test_a_radius_is_a_limit(index: Index):
    await index.add(
        index.a_structure("Lyon", **LYON), index.a_structure("Loin", **FURTHER), index.a_structure("Près", **NORTH)
    )
    assert await index.names(near=PARIS, radius=9_900.0) == ["Près"]
    assert await index.names(near=PARIS, radius=10_100.0) == ["Près", "Loin"]
    assert (await index.search(near=PARIS, radius=9_900.0)).total == 1


async def test_what_has_no_coordinates_comes_last_and_within_no_radius(index: Index):
    await index.add(index.a_structure("Nulle part"), index.a_structure("Lyon", **LYON))
    result = await index.search(near=PARIS)
    assert [(found.card.name, found.distance is None) for found in result.found] == [
        ("Lyon", False),
        ("Nulle part", True),
    ]
    assert await index.names(near=PARIS, radius=1_000_000.0) == ["Lyon"]


async def test_with_words_equal_matches_come_by_distance(index: Index):
    await index.add(
        index.a_structure("Le Pont C", "shower", **LYON),
        index.a_structure("Le Pont B", "shower", **FURTHER),
        index.a_structure("Le Pont A", "shower", **NORTH),
    )
    assert await index.names("douche", near=PARIS) == ["Le Pont A", "Le Pont B", "Le Pont C"]


async def test_with_words_a_far_name_does_not_hide_what_is_on_the_spot(index: Index):
    await index.add(index.a_structure("Douche", **LYON), index.a_structure("Le Pont", "shower", **NORTH))
    assert await index.names("douche", near=PARIS) == ["Le Pont", "Douche"]


async def test_with_words_the_better_match_comes_first_at_one_place(index: Index):
    await index.add(index.a_structure("Le Pont", "shower", **NORTH), index.a_structure("Douche", **NORTH))
    assert await index.names("douche", near=PARIS) == ["Douche", "Le Pont"]


@pytest.mark.parametrize("point", [Point(90, 0), Point(-90, 0), Point(-13.3, -176.2), Point(-22.3, 180)])
async def test_poles_and_the_date_line_are_no_trouble(index: Index, point: Point):
    await index.add(
        index.a_structure("Ici", latitude=point.latitude, longitude=point.longitude),
        index.a_structure("Lyon", **LYON),
    )
    assert await index.names(near=point, radius=50_000.0) == ["Ici"]


async def test_a_mobile_team_is_found_near_each_of_its_stops(index: Index):
    stops = tuple(Stop(address=Address(**where)) for where in (LYON, FURTHER, {"city": "Mende"}))
    team = index.a_structure("Maraude", "shower", kind="mobile", stops=stops)
    await index.add(team, index.a_structure("Près", "shower", **NORTH))
    result = await index.search(near=PARIS)
    assert [(found.card.name, round(found.distance or 0, -2)) for found in result.found] == [
        ("Près", 1_000),
        ("Maraude", 10_000),
    ]
    assert await index.names("douche", near=PARIS, radius=10_100.0) == ["Près", "Maraude"]
    assert await index.names(near=Point(45.76, 4.83), radius=2_000.0) == ["Maraude"]
    assert await index.names(near=PARIS, radius=9_900.0) == ["Près"]
    moved = structs.replace(team, stops=stops[:1], version=2)
    await index.add(moved)
    assert await index.names(near=PARIS, radius=20_000.0) == ["Près"]
    assert await index.names(near=Point(45.76, 4.83), radius=2_000.0) == ["Maraude"]
