"""Views of records are counted, and what one person saw is told to nobody. Places and networks are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from libs.contracts.structure import Address, Service, Structure
from libs.web.counting import SEVERAL
from services.directory.views import Views

NOW = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
"""Half past midnight of a Wednesday in Paris."""
PEOPLE = [f"192.0.2.{number}" for number in range(1, 9)]
PLACE = Structure(
    id=UUID("01900000-0000-7000-8000-000000000001"),
    slug="essai",
    version=1,
    name="Essai",
    address=Address(department="48"),
    services=(Service(id="1", category="shower"), Service(id="2", category="shower")),
    created_at=NOW,
    updated_at=NOW,
)


def test_a_view_counts_in_its_hour_on_its_day_in_paris_and_once_in_each_category():
    views = Views()
    for minute in (0, 29):
        views.count(PLACE, PEOPLE[0], NOW + timedelta(minutes=minute))
    taken = views.take()
    assert taken is not None
    [hour] = taken.hours
    assert (hour.hour, hour.department, hour.views) == (datetime(2026, 12, 1, 23, tzinfo=UTC), "48", 2)
    [service] = taken.services
    assert (service.day, service.category, service.views) == (date(2026, 12, 2), "shower", 2)
    assert taken.structures == ()
    assert views.take() is None


def test_which_record_it_was_is_told_once_several_people_saw_it_in_a_week():
    views = Views()
    for _ in range(10):
        views.count(PLACE, PEOPLE[0], NOW)
    for person in PEOPLE[1:SEVERAL]:
        views.count(PLACE, person, NOW + timedelta(days=1))
    taken = views.take()
    assert taken is not None
    [told] = taken.structures
    assert (told.week, told.structure_id, told.views) == (date(2026, 11, 30), PLACE.id, 10 + SEVERAL - 1)


def test_people_of_different_weeks_are_not_added_up():
    views = Views()
    for week, person in enumerate(PEOPLE[:SEVERAL]):
        views.count(PLACE, person, NOW + timedelta(weeks=week))
    taken = views.take()
    assert taken is not None
    assert taken.structures == ()


def test_what_could_not_be_told_is_told_later():
    views = Views()
    for person in PEOPLE[:SEVERAL]:
        views.count(PLACE, person, NOW)
    taken = views.take()
    assert taken is not None
    views.count(PLACE, PEOPLE[0], NOW)
    views.give_back(taken)
    later = views.take()
    assert later is not None
    assert [one.views for one in (*later.hours, *later.services, *later.structures)] == [SEVERAL + 1] * 3
