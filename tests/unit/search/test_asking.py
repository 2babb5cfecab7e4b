from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts import vocabulary
from services.search.asking import Asked, Typed, shown, understand
from services.search.domain.cursors import Cursors
from services.search.domain.requests import Point, SearchRequest
from services.search.understanding import Reading

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
cursors = Cursors("an invented secret")


def ask(**typed: object) -> Asked:
    return understand(Typed(**typed), now=NOW, cursors=cursors)  # type: ignore[arg-type] -- any parameter


def test_nothing_asked_is_everything():
    nothing = SearchRequest(asked_at=NOW, closed_at=NOW)
    assert ask() == Asked(
        typed=Typed(),
        request=nothing,
        verbatim=nothing,
        after=None,
        reading=Reading(words=()),
        place=None,
        moment=NOW,
        errors=(),
    )
    assert ask(q=" ", near="", place="", radius_km="", open_now="", after="").request == nothing
    assert ask(closed="true").request == SearchRequest(asked_at=NOW)


def test_everything_asked_is_read():
    request = ask(
        q="Repas Chaud",
        near="48.8566, 2.3522",
        radius_km="2.5",
        category=["seated_meal", "shower"],
        family="food",
        public=["women"],
        department="2a",
        open_now="true",
        per_page="50",
    ).request
    assert request.words == ("repas", "chaud")
    assert request.near == Point(48.8566, 2.3522)
    assert request.radius == 2_500
    assert request.categories == ("seated_meal", "shower")
    assert "seated_meal" in request.family
    assert all(vocabulary.categories()[code].family == "food" for code in request.family)
    assert request.publics == ("women",)
    assert request.departments == ("2A",)
    assert request.open_at == NOW
    assert request.per_page == 50


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "a" * 10_000),
        ("near", "91,2"),
        ("near", "48,181"),
        ("near", "nan,2"),
        ("near", "48"),
        ("near", "48,2,3"),
        ("near", "quelque part"),
        ("place", "Trifouilly-les-Oies"),
        ("place", "x" * 10_000),
        ("place", "\u202e\x00"),
        ("radius_km", "0"),
        ("radius_km", "-1"),
        ("radius_km", "10000"),
        ("radius_km", "nan"),
        ("radius_km", "1e3"),
        ("category", ["swimming"]),
        ("family", "swimming"),
        ("public", ["martians"]),
        ("department", "00"),
        ("open_now", "maybe"),
        ("open_at", "2026-12-25"),
        ("per_page", "0"),
        ("per_page", "101"),
        ("per_page", "²"),
        ("per_page", "-5"),
        ("after", "abc"),
        ("after", "é"),
    ],
)
def test_what_cannot_be_read_is_said_by_its_name(name: str, value: object):
    asked = ask(**{name: value})
    assert [error.field for error in asked.errors] == [name]
    assert asked.errors[0].message % asked.errors[0].parameters


@given(
    st.fixed_dictionaries(
        {name: st.none() | st.text() for name in Typed.__struct_fields__ if name not in {"category", "public"}}
    )
)
def test_nothing_that_is_typed_makes_it_fail(typed: dict[str, str | None]):
    asked = ask(**typed)
    assert all(error.field in typed for error in asked.errors)


def test_a_place_is_a_circle_that_suits_it_unless_one_is_asked_for():
    paris = ask(place="paris")
    assert paris.place is not None
    assert paris.request.near == paris.place.centre
    assert paris.request.radius == paris.place.radius
    assert ask(place="paris", radius_km="3").request.radius == 3_000


def test_a_point_counts_before_a_place():
    asked = ask(near="45,5", place="paris")
    assert asked.request.near == Point(45, 5)
    assert asked.request.radius is None
    assert asked.place is None


def test_a_department_as_place_is_a_filter():
    asked = ask(place="Lozère")
    assert asked.request.departments == ("48",)
    assert asked.request.near is None
    assert ask(place="93").request.departments == ("93",)


def test_a_region_as_place_is_all_of_its_departments():
    for text in ("corse", "Corse"):
        assert ask(place=text).request.departments == ("2A", "2B")
    asked = ask(q="wifi en Bretagne")
    assert asked.request.words == ("wifi",)
    assert asked.request.departments == ("22", "29", "35", "56")
    assert asked.place
    assert asked.place.label == "Bretagne"
    assert ask(q="association auvergne rhone alpes ordinateur").request.words == ("association", "ordinateur")
    assert ask(q="repas ile de france").request.departments == ask(place="IDF").request.departments
    assert ask(place="Guadeloupe").request.departments == ("971",)


def test_what_cannot_be_seen_is_not_shown_again():
    assert shown("mai\x00rie\u202e\n") == "mairie"
    assert shown(None) == ""
