"""What every engine filters by, and what it counts. All places are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from libs.contracts.structure import Address, Override, Publics, Service, Stop
from services.search.domain.requests import Point

if TYPE_CHECKING:
    from conftest import Index

PARIS = Point(48.8566, 2.3522)
NORTH = {"latitude": 48.8656, "longitude": 2.3522}  # 1 km from PARIS
LYON = {"latitude": 45.7640, "longitude": 4.8357}


async def test_any_of_several_categories_will_do(index: Index):
    await index.add(
        index.a_structure("A", "shower"), index.a_structure("B", "laundry"), index.a_structure("C", "seated_meal")
    )
    assert set(await index.names(categories=("shower", "laundry"))) == {"A", "B"}


async def test_a_family_is_any_of_its_categories_and_category_and_family_both_count(index: Index):
    await index.add(index.a_structure("A", "shower", "seated_meal"), index.a_structure("B", "shower"))
    assert set(await index.names(family=("shower", "laundry"))) == {"A", "B"}
    assert await index.names(family=("shower",), categories=("seated_meal",)) == ["A"]


async def test_a_public_finds_what_does_not_shut_it_out(index: Index):
    await index.add(
        index.a_structure("Tous"),
        index.a_structure("Femmes", publics=Publics(welcome="exclusive", groups=("women",))),
        index.a_structure("Hommes", publics=Publics(welcome="exclusive", groups=("men",))),
        index.a_structure("Hommes d'abord", publics=Publics(welcome="preferential", groups=("men",))),
    )
    assert set(await index.names(publics=("women",))) == {"Tous", "Femmes", "Hommes d'abord"}
    assert len(await index.names(publics=("women", "men"))) == 4


async def test_a_department_is_exact(index: Index):
    await index.add(
        index.a_structure("A", department="2A"), index.a_structure("B", department="2B"), index.a_structure("C")
    )
    assert await index.names(departments=("2A",)) == ["A"]
    assert sorted(await index.names(departments=("2A", "2B"))) == ["A", "B"]


async def test_a_mobile_team_is_found_and_counted_in_each_department_where_it_stops(index: Index):
    stops = tuple(Stop(address=Address(department=code)) for code in ("93", "94", "93"))
    await index.add(
        index.a_structure("Maraude", kind="mobile", stops=stops), index.a_structure("Accueil", department="94")
    )
    assert await index.names(departments=("93",)) == ["Maraude"]
    assert set(await index.names(departments=("94",))) == {"Maraude", "Accueil"}
    assert await index.names(departments=("75",)) == []
    assert (await index.search()).departments == {"94": 2, "93": 1}
    assert (await index.search(departments=("93",))).found[0].card.department == "93"


async def test_open_at_a_moment_is_exact_to_the_minute(index: Index):
    await index.add(
        index.a_structure("Matin", opening_hours="Mo-Fr 09:00-12:00", department="75"),
        index.a_structure("Toujours", opening_hours="24/7"),
        index.a_structure("Inconnu"),
        index.a_structure("La Réunion", opening_hours="Mo-Fr 09:00-12:00", department="974"),
    )
    morning = index.now.replace(day=2, hour=8, minute=0)  # 9:00 in Paris, noon in La Réunion
    assert set(await index.names(open_at=morning)) == {"Matin", "Toujours"}
    assert set(await index.names(open_at=morning - timedelta(minutes=1))) == {"Toujours", "La Réunion"}
    assert set(await index.names(open_at=morning + timedelta(hours=3))) == {"Toujours"}


async def test_a_closure_shuts_and_special_hours_open(index: Index):
    today = index.now.date()
    closure = Override(id="1", kind="closure", starts_on=today, ends_on=today)
    special = Override(id="2", kind="hours", starts_on=today, ends_on=today, opening_hours="10:00-14:00")
    await index.add(
        index.a_structure("Fermé", opening_hours="24/7", overrides=(closure,)),
        index.a_structure("Spécial", opening_hours="Sa 09:00-12:00", overrides=(special,)),
    )
    assert await index.names(open_at=index.now) == ["Spécial"]
    assert await index.names(open_at=index.now + timedelta(days=1)) == ["Fermé"]


async def test_filters_words_and_place_add_up(index: Index):
    await index.add(
        index.a_structure("Bains A", "shower", department="75", opening_hours="24/7", **NORTH),
        index.a_structure("Bains B", "laundry", department="75", opening_hours="24/7", **NORTH),
        index.a_structure("Bains C", "shower", department="69", opening_hours="24/7", **NORTH),
        index.a_structure("Bains D", "shower", department="75", **NORTH),
        index.a_structure("Bains E", "shower", department="75", opening_hours="24/7", **LYON),
        index.a_structure("Autre", "shower", department="75", opening_hours="24/7", **NORTH),
    )
    found = await index.names(
        "bains", near=PARIS, radius=5_000.0, categories=("shower",), departments=("75",), open_at=index.now
    )
    assert found == ["Bains A"]


async def test_counts_are_over_all_matches_whatever_the_page(index: Index):
    await index.add(
        *(index.a_structure(f"Bains {n}", "shower", department="75") for n in range(7)),
        *(index.a_structure(f"Bains {n}", "shower", "laundry", department="93") for n in range(3)),
        index.a_structure("Bains sans département", "laundry"),
        index.a_structure("Autre", "seated_meal", department="75"),
    )
    result = await index.search("bains", per_page=2)
    assert (len(result.found), result.total) == (2, 11)
    assert result.categories == {"shower": 10, "laundry": 4}
    assert result.departments == {"75": 7, "93": 3}


async def test_a_structure_counts_once_in_a_family(index: Index):
    await index.add(index.a_structure("A", "shower", "laundry"), index.a_structure("B", "shower", "seated_meal"))
    assert (await index.search()).families == {"hygiene": 2, "food": 1}


async def test_counts_follow_what_changes(index: Index):
    structure = index.a_structure("A", "shower", department="75")
    await index.add(structure)
    assert (await index.search()).departments == {"75": 1}
    await index.add(msgspec.structs.replace(structure, version=2, address=index.a_structure(department="93").address))
    assert (await index.search()).departments == {"93": 1}


CHRISTMAS = datetime(2027, 12, 25, 9, 0, tzinfo=UTC)
"""A Saturday, a year and more after the suite indexes; 10:00 in Paris."""


async def test_a_moment_far_ahead_is_as_exact_as_one_of_this_week(index: Index):
    shut_then = Override(id="1", kind="closure", starts_on=date(2027, 12, 20), ends_on=date(2027, 12, 31))
    special = Override(
        id="2", kind="hours", starts_on=date(2027, 12, 25), ends_on=date(2027, 12, 25), opening_hours="09:00-12:00"
    )
    night = Service(id="1", category="emergency_accommodation", opening_hours="Sa 09:00-12:00")
    await index.add(
        index.a_structure("Chaque samedi", opening_hours="Sa 09:00-12:00", department="75"),
        index.a_structure("Chaque vendredi", opening_hours="Fr 09:00-12:00", department="75"),
        index.a_structure("Sauf jours fériés", opening_hours="Sa 09:00-12:00; PH off", department="75"),
        index.a_structure("Que les jours fériés", opening_hours="PH 09:00-12:00", department="75"),
        index.a_structure("En hiver", opening_hours="Nov-Feb Sa 09:00-12:00", department="75"),
        index.a_structure("En été", opening_hours="Jun-Aug Sa 09:00-12:00", department="75"),
        index.a_structure("Fermé pour Noël", opening_hours="24/7", overrides=(shut_then,)),
        index.a_structure("Ouvert pour Noël", overrides=(special,)),
        index.a_structure("La Réunion", opening_hours="Sa 13:00-14:00", department="974"),
        msgspec.structs.replace(index.a_structure("Service du samedi", department="75"), services=(night,)),
    )
    every = {"Chaque samedi", "Que les jours fériés", "En hiver", "Ouvert pour Noël", "La Réunion"}
    asked = {"asked_at": index.now}
    assert set(await index.names(open_at=CHRISTMAS, **asked)) == every
    needs = {"needs": ("emergency_accommodation",)}
    assert set(await index.names(open_at=CHRISTMAS, **asked, **needs)) == {*every, "Service du samedi"}
    before, eve = CHRISTMAS - timedelta(hours=1, minutes=1), CHRISTMAS - timedelta(days=1)
    assert await index.names(open_at=before, **asked) == []
    assert set(await index.names(open_at=before, open_until=CHRISTMAS, **asked)) == every - {"La Réunion"}
    just_after = CHRISTMAS + timedelta(minutes=1)
    assert set(await index.names(open_at=before, open_until=just_after, **asked)) == every
    assert await index.names(open_at=eve, **asked) == ["Chaque vendredi"]
    counted = await index.search(open_at=CHRISTMAS, per_page=1, **asked)
    assert (counted.total, counted.departments) == (5, {"75": 3, "974": 1})
