"""A service has its own hours and exceptions, within those of its structure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from libs.contracts.structure import Override, OverrideKind, Service, StructureContent
from libs.opening_hours import OpenState, Ruling, best_of, common, has_own_hours, ruling_of, state_at

DAY = date(2026, 12, 1)  # a Tuesday
NOON = datetime(2026, 12, 1, 11, tzinfo=UTC)
PLACE = Ruling("Mo-Su 09:00-18:00", ())


def override(kind: OverrideKind, hours: str | None = None) -> Override:
    return Override(id="x", kind=kind, starts_on=DAY, ends_on=DAY, opening_hours=hours)


def state(own: Ruling, place: Ruling = PLACE, at: datetime = NOON) -> str:
    return state_at(*ruling_of(own, place), at, "75").state


def test_a_service_without_hours_is_there_when_its_structure_is_open():
    assert state(Ruling(None, ())) == "open"
    assert state(Ruling(None, ()), at=NOON + timedelta(hours=7)) == "closed"


def test_a_service_keeps_its_own_hours_even_beyond_those_of_the_structure():
    assert state(Ruling("Mo-Su 12:30-13:30", ())) == "closed"
    assert state(Ruling("Mo-Su 20:00-23:00", ()), at=NOON + timedelta(hours=9)) == "open"


def test_what_closes_the_structure_closes_every_service():
    shut = Ruling(PLACE.opening_hours, (override("closure"),))
    assert state(Ruling(None, ()), shut) == "temporarily_closed"
    assert state(Ruling("24/7", ()), shut) == "temporarily_closed"


def test_what_closes_a_service_leaves_the_structure_as_it_is():
    assert state(Ruling(None, (override("closure"),))) == "temporarily_closed"
    assert state_at(*PLACE, NOON, "75").state == "open"


def test_special_hours_of_the_structure_are_those_of_services_without_hours_only():
    special = Ruling(PLACE.opening_hours, (override("hours", "14:00-16:00"),))
    assert state(Ruling(None, ()), special) == "closed"
    assert state(Ruling("Mo-Su 11:00-13:00", ()), special) == "unknown"
    own = override("hours", "11:00-15:00")
    assert state(Ruling("Mo-Su 16:00-17:00", (own,)), special) == "open"


def test_own_hours_are_those_that_differ_and_exceptions():
    content = StructureContent(name="Lieu inventé", opening_hours=PLACE.opening_hours)
    assert not has_own_hours(Service(id="1", category="shower"), content)
    assert not has_own_hours(Service(id="1", category="shower", opening_hours=PLACE.opening_hours), content)
    assert has_own_hours(Service(id="1", category="shower", opening_hours="24/7"), content)
    assert has_own_hours(Service(id="1", category="shower", overrides=(override("closure"),)), content)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (OpenState(state="closed", next=NOON), OpenState(state="open", until=NOON)),
        (OpenState(state="open", until=NOON), OpenState(state="open", until=NOON + timedelta(hours=1))),
        (OpenState(state="closed"), OpenState(state="closed", next=NOON)),
        (OpenState(state="closed", next=NOON + timedelta(hours=1)), OpenState(state="closed", next=NOON)),
        (OpenState(state="unknown"), OpenState(state="closed", next=NOON)),
        (OpenState(state="temporarily_closed", until=NOON), OpenState(state="unknown")),
        (OpenState(state="temporarily_closed"), OpenState(state="temporarily_closed", until=NOON)),
    ],
)
def test_of_services_of_which_any_will_do_the_one_that_serves_soonest_counts(less: OpenState, more: OpenState):
    assert best_of([less, more]) == best_of([more, less]) == more


def test_common_time_is_in_every_list():
    hour = timedelta(hours=1)
    first = [(NOON, NOON + 2 * hour), (NOON + 4 * hour, None)]
    second = [(NOON + hour, NOON + 5 * hour)]
    assert common([first, second]) == [(NOON + hour, NOON + 2 * hour), (NOON + 4 * hour, NOON + 5 * hour)]
    assert common([first, []]) == []
    assert common([first]) == first
    assert common([[(NOON, None)], [(NOON + hour, None)]]) == [(NOON + hour, None)]
