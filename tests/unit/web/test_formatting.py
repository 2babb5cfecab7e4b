from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from markupsafe import Markup

from libs.web import formatting
from libs.web.language import speak

NARROW = "\u202f"


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    speak("fr")
    yield
    speak("fr")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formatting.day(date(2024, 12, 3)), "mardi 3 décembre"),
        (formatting.day(date(2024, 5, 1), year=True), "mercredi 1er mai 2024"),
        (formatting.clock(time(14, 30)), f"14{NARROW}h{NARROW}30"),
        (formatting.clock(time(9)), f"9{NARROW}h"),
        (formatting.moment(datetime(2024, 7, 1, 22, 30, tzinfo=UTC)), f"mardi 2 juillet 2024, 0{NARROW}h{NARROW}30"),
        (formatting.distance(348), f"350{NARROW}m"),
        (formatting.distance(1_240), f"1,2{NARROW}km"),
        (formatting.distance(12_400), f"12{NARROW}km"),
        (formatting.number(43_700), f"43{NARROW}700"),
    ],
)
def test_french_is_written_as_people_write_it(written: str, expected: str) -> None:
    assert written == expected


def test_english_is_written_as_people_write_it() -> None:
    speak("en")
    assert formatting.day(date(2024, 12, 3)) == "Tuesday, 3 December"
    assert formatting.clock(time(9)) == "09:00"
    assert formatting.distance(1_240) == f"1.2{NARROW}km"
    assert formatting.number(43_700) == "43,700"


def test_arabic_is_written_with_the_digits_that_france_uses() -> None:
    speak("ar")
    assert formatting.day(date(2024, 12, 3), year=True) == "الثلاثاء 3 ديسمبر 2024"
    assert formatting.clock(time(9)) == "09:00"
    assert formatting.distance(348) == f"350{NARROW}م"
    assert formatting.distance(1_240) == f"1.2{NARROW}كم"
    assert formatting.number(43_700) == "43,700"
    assert formatting.listed(["خبز", "ماء"]) == "خبز، ماء"
    now = datetime(2026, 1, 22, tzinfo=UTC)
    assert formatting.ago(now - timedelta(weeks=2), now) == "قبل أسبوعين"
    assert formatting.ago(now - timedelta(weeks=3), now) == "قبل 3 أسابيع"


def test_french_within_arabic_keeps_its_punctuation_where_it_is() -> None:
    assert formatting.isolated("Fermé.") == "Fermé."
    speak("ar")
    assert formatting.isolated("Fermé.") == "\u2068Fermé.\u2069"
    assert formatting.isolated("") == ""


def test_how_long_ago_is_said_in_words() -> None:
    now = datetime(2026, 1, 22, tzinfo=UTC)
    assert formatting.ago(now - timedelta(weeks=3), now) == "il y a 3 semaines"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (5.5 * 365, "il y a 5 ans"),
        (6 * 365 - 1, "il y a 5 ans"),
        (364, "il y a 12 mois"),
        (59, "il y a 1 mois"),
        (13, "il y a 1 semaine"),
        (1.9, "il y a 1 jour"),
        (0.99, "il y a 23 heures"),
        (0, "il y a 1 seconde"),
        (-5.5 * 365, "dans 5 ans"),
    ],
)
def test_a_time_that_is_not_over_is_not_counted(days: float, words: str) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert formatting.ago(now - timedelta(days=days), now) == words


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+33143438475", "01 43 43 84 75"), ("115", "115"), ("3949", "3949"), ("+262262790049", "0262 79 00 49")],
)
def test_telephone_numbers_are_shown_as_they_are_dialled(number: str, shown: str) -> None:
    assert formatting.phone(number) == shown


def test_the_longest_word_of_a_cell_counts_no_markup() -> None:
    assert formatting.longest_word(Markup('<a href="https://example.org/long">un mot</a>')) == 3
    assert formatting.longest_word("a < b") == 1
    assert formatting.longest_word(12345) == 5
    assert formatting.longest_word("") == 0
