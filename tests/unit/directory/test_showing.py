"""What a record's page works out: the coming week, exceptions near and far, conditions in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from libs.contracts.structure import Access, Address, Override, Publics, Service, Structure
from libs.web.language import speak
from services.directory.web.showing import linked_data, show
from services.directory.web.words import access_words, override_words, publics_words

SUNDAY = datetime(2026, 11, 22, 11, tzinfo=UTC)
PLACE = Structure(
    id=UUID("01900000-0000-7000-8000-000000000001"),
    slug="essai",
    version=1,
    name="Essai",
    address=Address(department="48", city="Mende", postcode="48000"),
    opening_hours="Mo-Sa 09:00-18:00",
    created_at=SUNDAY,
    updated_at=SUNDAY,
)


@pytest.fixture(autouse=True)
def _french() -> None:
    speak("fr")


def say(message: str) -> str:
    return message


def shown(**changes: Any) -> Any:
    return show(msgspec.structs.replace(PLACE, **changes), SUNDAY, say)


def closure(start: date, end: date | None) -> Override:
    return Override(id="x", kind="closure", starts_on=start, ends_on=end, reason="Travaux")


def test_the_week_shows_each_day_as_it_comes_next_with_today_marked():
    days = shown(overrides=(closure(date(2026, 11, 23), date(2026, 11, 23)),)).days
    assert [day["name"] for day in days][::6] == ["Lundi", "Dimanche"]
    assert [day["today"] for day in days] == [False] * 6 + [True]
    assert (days[0]["hours"], days[0]["note"]) == ([], "Travaux")
    assert days[1]["hours"] == ["9\u202fh – 18\u202fh"]


def test_a_place_without_hours_has_no_week():
    assert shown(opening_hours=None).days is None


def test_exceptions_are_announced_from_two_months_before_until_they_end():
    past, present = closure(date(2026, 11, 1), date(2026, 11, 21)), closure(date(2026, 11, 22), None)
    near, far = closure(date(2026, 12, 24), date(2026, 12, 26)), closure(date(2027, 8, 1), date(2027, 8, 15))
    strips = shown(overrides=(far, near, present, past)).strips
    assert [strip.tone for strip in strips] == ["temporary", "soon"]


def test_services_stand_by_family_and_keep_their_own_hours_and_conditions():
    service = Service(id="a", category="shower", opening_hours="Su 10:00-14:00", access=Access(registration=True))
    families = shown(
        access=Access(fee="free"),
        services=(service, Service(id="b", category="seated_meal", access=Access(fee="free"))),
    ).families
    assert [family.code for family in families] == ["food", "hygiene"]
    assert families[1].services[0].state.state == "open"
    assert families[1].services[0].conditions == ["You must register first"]
    assert families[0].services[0].conditions == []
    assert families[0].services[0].days is None


def test_directions_lead_to_the_point_but_never_to_the_middle_of_a_town():
    exact = Address(latitude=48.9, longitude=2.35, precision="address", city="Paris")
    assert "to=48.900000%2C2.350000" in (shown(address=exact).directions or "")
    vague = msgspec.structs.replace(exact, precision="city", street="3 rue des Essais")
    assert "query=3+rue+des+Essais%2C+Paris" in (shown(address=vague).directions or "")
    assert shown(address=Address()).directions is None


def test_search_engines_are_given_the_ordinary_week():
    data = linked_data(PLACE, "http://x", date(2026, 11, 4))
    days = [entry["dayOfWeek"] for entry in data["openingHoursSpecification"]]
    assert "Sunday" not in days
    assert "Monday" in days


def test_what_nobody_said_about_access_is_not_said():
    assert access_words(Access(), say) == []
    assert access_words(Access(fee="free", appointment=False, animals=True, note="Sonnez"), say) == [
        "Free of charge",
        "Without appointment",
        "Animals are accepted",
        "Sonnez",
    ]


@pytest.mark.parametrize(
    ("publics", "words"),
    [
        (Publics(), []),
        (Publics(welcome="exclusive", groups=("women",)), ["Only for: Femmes"]),
        (Publics(welcome="preferential", groups=("women",)), ["Everybody is welcome, these people first: Femmes"]),
        (Publics(age_min=16, age_max=25), ["From 16 to 25 years old"]),
        (Publics(age_max=25, note="Sur place"), ["Up to 25 years old", "Sur place"]),
    ],
)
def test_publics_in_words(publics: Publics, words: list[str]):
    assert publics_words(publics, say) == words


def test_an_exception_in_words():
    assert override_words(closure(date(2026, 8, 3), date(2026, 8, 14)), say) == (
        "Closed from lundi 3 août to vendredi 14 août. Travaux."
    )
    assert "until further notice" in override_words(closure(date(2026, 8, 3), None), say)
    assert override_words(closure(date(2026, 8, 3), date(2026, 8, 3)), say).startswith("Closed on lundi 3 août")


def test_a_service_is_closed_with_its_place_and_alone():
    meal = Service(id="a", category="seated_meal", opening_hours="Mo-Su 10:00-22:00")
    shower = Service(id="b", category="shower", overrides=(closure(date(2026, 11, 22), None),))
    laundry = Service(id="c", category="laundry")

    def states(**changes: Any) -> dict[str, str | None]:
        families = shown(opening_hours="24/7", services=(meal, shower, laundry), **changes).families
        return {one.name: one.state and one.state.state for family in families for one in family.services}

    assert states() == {"Restauration assise": "open", "Douche": "temporarily_closed", "Laverie": None}
    shut = states(overrides=(closure(date(2026, 11, 22), None),))
    assert shut == {"Restauration assise": "temporarily_closed", "Douche": "temporarily_closed", "Laverie": None}


def test_on_days_with_special_hours_of_the_place_the_hours_of_a_service_are_not_known():
    monday = date(2026, 11, 23)
    special = Override(id="x", kind="hours", starts_on=monday, ends_on=monday, opening_hours="14:00-16:00")
    meal = Service(id="a", category="seated_meal", opening_hours="Mo-Su 12:00-13:00")
    [family] = shown(overrides=(special,), services=(meal,)).families
    first, tuesday = family.services[0].days[:2]
    assert (first["hours"], first["note"]) == ([], "hours not known")
    assert (tuesday["hours"], tuesday["note"]) == (["12\u202fh – 13\u202fh"], None)
