"""Which places may be the same, and why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.structure import Address, Phone, StructureContent
from services.contributions.domain.duplicates import Candidate, PossibleDuplicate, distance, fold, rank

HERE = (48.8867, 2.3412)
DOOR: dict[str, Any] = {"street": "12 bis rue Invention", "postcode": "75018", "city": "Paris", "department": "75"}

ELSEWHERE: dict[str, Any] = {"name": "Accueil", "similarity": 1.0, "city": "Paris", "postcode": "75013"}


def content(**changes: Any) -> StructureContent:
    address = Address(**DOOR, latitude=HERE[0], longitude=HERE[1])
    return StructureContent(
        **{"name": "Accueil", "address": address, "phones": (Phone(number="+33143438475"),), **changes}
    )


def candidate(*, number: int = 1, name: str = "Autre", **changes: Any) -> Candidate:
    """Return an invented structure; what is no field of a candidate is one of its address."""
    known: dict[str, Any] = {"phones": (), "similarity": 0.0}
    known |= {key: changes.pop(key) for key in known if key in changes}
    where: dict[str, Any] = {"city": "Lyon", "postcode": "69003", **changes}
    return Candidate(
        id=UUID(int=number), slug="autre", name=name, folded_name=fold(name), address=Address(**where), **known
    )


def compared(other: Candidate, **changes: Any) -> PossibleDuplicate:
    [found] = rank(content(**changes), [other])
    return found


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({**DOOR, "phones": ("+33143438475",), "street": None}, "same_phone"),
        ({"latitude": HERE[0] + 0.001, "longitude": HERE[1], "similarity": 0.5}, "near_similar_name"),
        ({"name": "Accueil", "city": "paris", "postcode": "75011", "similarity": 1.0}, "same_name_and_city"),
        ({**DOOR, "similarity": 0.2, "street": "12bis, r. Invention"}, "same_address"),
        ({**DOOR, "similarity": 0.5, "street": "14 rue Invention"}, "same_street"),
        ({"city": None, "postcode": "75018", "similarity": 0.5, "street": "Rue Invention"}, "same_street"),
    ],
)
def test_one_thing_in_common_is_enough(changes: dict[str, Any], reason: str):
    found = compared(candidate(**changes))
    assert found.reasons == (reason,)
    assert 0.4 < found.score < 1


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"similarity": 1.0, "name": "Accueil"},
        {"similarity": 1.0, "name": "Accueil", "city": "Paris", "postcode": "97400"},
        {"latitude": HERE[0] + 0.01, "longitude": HERE[1], "similarity": 1.0},
        {"latitude": HERE[0], "longitude": HERE[1], "similarity": 0.1},
        {"latitude": HERE[0], "longitude": HERE[1], "precision": "city", "similarity": 0.9},
        {"city": "Paris", "postcode": "75018"},
        {**DOOR, "street": "14 rue Invention", "similarity": 0.1},
        {**DOOR, "city": "Lyon", "postcode": "69003", "department": "69", "similarity": 0.9},
    ],
)
def test_the_same_name_elsewhere_another_name_here_or_the_same_town_alone_is_not(changes: dict[str, Any]):
    assert rank(content(), [candidate(**changes)]) == []


def test_places_without_city_are_not_in_the_same_city():
    assert rank(content(address=Address()), [candidate(name="Accueil", city=None, postcode=None)]) == []


def test_one_at_the_other_end_of_the_country_scores_less_than_a_similar_one_in_the_street():
    far = compared(candidate(name="Accueil", phones=("+33143438475",), similarity=1.0))
    here = compared(candidate(**DOOR, similarity=0.5))
    assert far.reasons == ("same_phone",)
    assert far.score < 0.5 < here.score


def test_a_namesake_that_stands_apart_in_the_town_scores_less_than_one_whose_door_is_unknown():
    apart = compared(candidate(**ELSEWHERE, latitude=48.83, longitude=2.36))
    unknown = compared(candidate(**ELSEWHERE))
    assert apart.reasons == unknown.reasons == ("same_name_and_city",)
    assert apart.score < unknown.score


def test_the_more_in_common_the_higher_the_score_and_the_likeliest_comes_first():
    by_phone = candidate(number=2, phones=("+33143438475",))
    both = candidate(number=3, phones=("+33143438475",), latitude=HERE[0], longitude=HERE[1], similarity=0.9)
    found = rank(content(), [by_phone, both])
    assert [item.id for item in found] == [both.id, by_phone.id]
    assert found[0].distance_m == 0
    assert found[1].distance_m is None


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str):
    assert fold(fold(text)) == fold(text)


def test_accents_case_and_punctuation_do_not_count():
    assert fold("  L'Épicerie — du CŒUR ") == "l epicerie du coeur"


def test_distances_are_metres():
    assert distance(HERE, (HERE[0] + 0.001, HERE[1])) == pytest.approx(111, abs=1)
    assert distance(HERE, (HERE[0], HERE[1] + 0.001)) == pytest.approx(73, abs=1)
