from datetime import date, datetime, timedelta

import pytest
from opening_hours import OpeningHours

from libs.opening_hours import holidays, timezone_of
from libs.opening_hours.calendar import easter


@pytest.mark.parametrize(
    ("department", "zone"),
    [
        (None, "Europe/Paris"),
        ("75", "Europe/Paris"),
        ("2A", "Europe/Paris"),
        ("974", "Indian/Reunion"),
        ("988", "Pacific/Noumea"),
    ],
)
def test_every_territory_has_its_clock(department: str | None, zone: str):
    assert timezone_of(department).key == zone


@pytest.mark.parametrize(("year", "day"), [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2038, (4, 25))])
def test_easter_falls_on_its_day(year: int, day: tuple[int, int]):
    assert easter(year) == date(year, *day)


@pytest.mark.parametrize("year", range(2024, 2035))
def test_the_national_holidays_are_those_that_expressions_know(year: int):
    expression = OpeningHours("PH", country="FR")
    noons = [datetime(year, 1, 1, 12) + timedelta(days=n) for n in range(365)]  # noqa: DTZ001 -- days have no zone
    assert [noon.date() for noon in noons if expression.is_open(noon)] == list(holidays(year))


def test_local_holidays_are_kept_only_where_they_are():
    assert holidays(2026, "67")[date(2026, 4, 3)] == "Good Friday"
    assert date(2026, 4, 3) not in holidays(2026, "75")
    assert holidays(2026, "974")[date(2026, 12, 20)] == "Abolition of slavery"
