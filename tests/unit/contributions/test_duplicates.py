"""Which places may be the same, and why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.structure import Address, Phone, StructureContent
from services.contributions.domain.duplicates import Candidate, distance, fold, rank

HERE = (48.8867, 2.3412)


def content(**changes: Any) -> StructureContent:
    address = Address(city="Paris", latitude=HERE[0], longitude=HERE[1])
    return StructureContent(
        **{"name": "Accueil", "address": address, "phones": (Phone(number="+33143438475"),), **changes}
    )


def candidate(**changes: Any) -> Candidate:
    known: dict[str, Any] = {
        "id": UUID(int=1),
        "slug": "autre",
        "name": "Autre",
        "folded_name": "autre",
        "city": "Lyon",
        "folded_city": "lyon",
        "latitude": None,
        "longitude": None,
        "phones": (),
        "similarity": 0.0,
    }
    return Candidate(**{**known, **changes})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"phones": ("+33143438475",)}, "same_phone"),
        ({"latitude": HERE[0] + 0.001, "longitude": HERE[1], "similarity": 0.5}, "near_similar_name"),
        ({"folded_name": "accueil", "folded_city": "paris", "similarity": 1.0}, "same_name_and_city"),
    ],
)
def test_one_thing_in_common_is_enough(changes: dict[str, Any], reason: str):
    [found] = rank(content(), [candidate(**changes)])
    assert found.reasons == (reason,)
    assert 0.5 < found.score < 1


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"similarity": 1.0, "folded_name": "accueil"},
        {"latitude": HERE[0] + 0.01, "longitude": HERE[1], "similarity": 1.0},
        {"latitude": HERE[0], "longitude": HERE[1], "similarity": 0.1},
        {"folded_city": "paris"},
    ],
)
def test_the_same_name_elsewhere_another_name_here_or_the_same_city_alone_is_not(changes: dict[str, Any]):
    assert rank(content(), [candidate(**changes)]) == []


def test_places_without_city_are_not_in_the_same_city():
    assert rank(content(address=Address()), [candidate(folded_name="accueil", folded_city=None)]) == []


def test_the_more_in_common_the_higher_the_score_and_the_likeliest_comes_first():
    by_phone = candidate(id=UUID(int=2), phones=("+33143438475",))
    both = candidate(id=UUID(int=3), phones=("+33143438475",), latitude=HERE[0], longitude=HERE[1], similarity=0.9)
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
