from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from libs.contracts.freshness import freshness_of
from libs.contracts.structure import Address, Override, Phone, Publics, Service, Source, Stop, Structure
from libs.identifiers import uuid7
from services.search.answers import state_of
from services.search.domain.documents import COMPUTED_AHEAD, card_of, document_of, openings_of

NOW = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)  # a Tuesday


def structure(**fields: Any) -> Structure:
    known: dict[str, Any] = {"name": "Accueil Inventé", "slug": "accueil", "version": 1}
    return Structure(id=uuid7(), created_at=NOW, updated_at=NOW, **(known | fields))


def test_an_internal_phone_is_in_no_card():
    phones = (Phone(number="+33143438475"), Phone(number="+33600000000", visibility="internal"))
    assert [phone.number for phone in card_of(structure(phones=phones)).phones] == ["+33143438475"]


def test_a_category_offered_twice_stands_once():
    services = (
        Service(id="1", category="shower"),
        Service(id="2", category="laundry"),
        Service(id="3", category="shower"),
    )
    assert card_of(structure(services=services)).categories == ("shower", "laundry")


def test_the_offer_is_found_by_the_words_of_both_languages_and_of_the_family():
    texts = document_of(structure(services=(Service(id="1", category="shower"),)), NOW).texts
    assert {"douche", "shower", "hygiene"} <= set(texts.offered.split())


def test_a_district_is_found_by_its_number():
    texts = document_of(structure(address=Address(postcode="75019", city="Paris")), NOW).texts
    assert texts.place == "75019 paris 19 19e"
    other = document_of(structure(address=Address(postcode="75116", city="Paris")), NOW).texts
    assert other.place == "75116 paris"


def test_a_mobile_team_is_found_in_the_towns_where_it_stops():
    stops = (Stop(address=Address(city="Bondy", street="place de la Fiction")),)
    texts = document_of(structure(kind="mobile", stops=stops), NOW).texts
    assert "bondy" in texts.place
    assert "fiction" in texts.rest


def test_a_mobile_team_without_an_address_stands_where_it_first_stops():
    points = ((48.9, 2.48), (48.91, 2.5), (48.9, 2.48))
    stops = tuple(
        Stop(address=Address(city="Bondy", street="place de la Fiction", latitude=north, longitude=east))
        for north, east in points
    )
    card = card_of(structure(kind="mobile", stops=(Stop(address=Address(city="Pantin")), *stops)))
    assert (card.street, card.city) == ("place de la Fiction", "Bondy")
    assert (card.latitude, card.longitude) == points[0]
    assert card.stops == points[:2]
    assert card_of(structure(kind="mobile", stops=stops[:1])).stops == ()
    assert card_of(structure(stops=stops)).latitude is None


def test_openings_are_computed_whole_for_the_days_ahead():
    intervals, until = openings_of(card_of(structure(opening_hours="24/7")), NOW)
    assert until == NOW.replace(minute=0) + COMPUTED_AHEAD
    assert intervals[0][0] <= NOW
    assert intervals[-1][1] >= until


def test_a_closure_opens_nothing():
    closure = Override(id="1", kind="closure", starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 3))
    intervals, _ = openings_of(card_of(structure(opening_hours="Mo-Su 09:00-17:00", overrides=(closure,))), NOW)
    assert intervals[0][0].date() == date(2026, 12, 4)


def test_a_closure_does_not_leak_into_places_with_the_same_hours():
    closure = Override(id="1", kind="closure", starts_on=date(2026, 12, 1))
    card_closed = card_of(structure(opening_hours="Mo-Su 09:00-17:00", overrides=(closure,)))
    card_usual = card_of(structure(opening_hours="Mo-Su 09:00-17:00"))
    assert openings_of(card_usual, NOW)[0]
    assert not openings_of(card_closed, NOW)[0]
    assert openings_of(card_usual, NOW)[0]


def test_what_says_more_is_more_complete():
    bare = document_of(structure(), NOW).prominence
    full = document_of(structure(opening_hours="24/7", phones=(Phone(number="115"),), description="Un lieu."), NOW)
    assert 0 <= bare < full.prominence <= 1


def test_a_card_is_as_fresh_as_its_record():
    sources = (
        Source(source="a", external_id="1", retrieved_on=date(2024, 8, 1)),
        Source(source="leaflet-paris-2020", external_id="2", retrieved_on=date(2020, 5, 6)),
    )
    for record in (structure(sources=sources), structure()):
        assert freshness_of(card_of(record), NOW) == freshness_of(record, NOW)


def test_exclusive_places_are_told_apart():
    assert document_of(structure(publics=Publics(welcome="exclusive", groups=("women",))), NOW).exclusive
    assert not document_of(structure(publics=Publics(welcome="preferential", groups=("women",))), NOW).exclusive


def test_openings_computed_within_the_hour_are_the_same():
    card = card_of(structure(opening_hours="Mo-Fr 09:00-17:00", address=Address(department="974")))
    assert openings_of(card, NOW) == openings_of(card, NOW + timedelta(minutes=20))


def services_with_hours() -> Structure:
    day = NOW.date()
    closed = Override(id="1", kind="closure", starts_on=day, ends_on=day + timedelta(days=1))
    special = Override(id="2", kind="hours", starts_on=day + timedelta(days=2), opening_hours="10:00-11:00")
    return structure(
        opening_hours="Mo-Fr 09:00-17:00; PH off",
        address=Address(department="67"),
        overrides=(msgspec.structs.replace(special, starts_on=day + timedelta(days=5), id="3"),),
        services=(
            Service(id="1", category="seated_meal", opening_hours="Mo-Su 12:00-13:00,23:00-02:00"),
            Service(id="2", category="seated_meal", overrides=(closed,)),
            Service(id="3", category="shower", overrides=(special,)),
            Service(id="4", category="laundry"),
        ),
    )


def test_services_with_hours_of_their_own_are_on_the_card_with_the_others_of_their_category():
    card = card_of(services_with_hours())
    assert [one.category for one in card.services] == ["seated_meal", "seated_meal", "shower"]
    assert [len(card.rulings(code)) for code in ("seated_meal", "shower", "laundry")] == [2, 1, 1]
    assert card.rulings("laundry") == (card.ruling,)


def test_the_hours_of_the_structure_said_again_are_no_hours_of_a_service():
    services = (Service(id="1", category="shower", opening_hours="24/7"),)
    assert card_of(structure(opening_hours="24/7", services=services)).services == ()
    assert document_of(structure(opening_hours="24/7", services=services), NOW).services == ()


def test_what_is_computed_ahead_of_services_is_their_state_at_each_quarter_of_an_hour():
    document = document_of(services_with_hours(), NOW)
    assert [one.category for one in document.services] == ["seated_meal", "shower", "laundry"]
    for service in document.services:
        moment, opened = NOW, 0
        while moment < document.open_computed_until:
            state = state_of(document.card, moment, (service.category,)).state
            assert (state == "open") == any(start <= moment < end for start, end in service.open_during)
            shut = any(start <= moment and (end is None or moment < end) for start, end in service.closed_during)
            # A night begun before a closure goes on into it.
            assert state == "open" or (state == "temporarily_closed") == shut
            opened += state == "open"
            moment += timedelta(minutes=15)
        assert opened
