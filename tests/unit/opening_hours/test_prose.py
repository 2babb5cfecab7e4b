import csv
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from opening_hours import OpeningHours

from libs.opening_hours import from_prose, is_valid

LEAFLET = Path(__file__).parents[3] / "services/directory/sample/leaflet-paris-nord-est-2020.csv"


def same_hours(one: str, other: str) -> bool:
    return str(OpeningHours(one).normalize()) == str(OpeningHours(other).normalize())


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("lundi au vendredi 9h-12h et 14h-17h", "Mo-Fr 09:00-12:00,14:00-17:00"),
        ("du mardi au samedi de 9h30 à 12h", "Tu-Sa 09:30-12:00"),
        ("tous les jours sauf jeudi - 15h-20h", "Mo-We,Fr-Su 15:00-20:00"),
        ("lundi, mercredi 14h-17h ; vendredi 9h-12h", "Mo,We 14:00-17:00; Fr 09:00-12:00"),
        ("Lundi, mardi et jeudi : 9 h 15 – 12 heures / 13h30 à 17 h.", "Mo,Tu,Th 09:15-12:00,13:30-17:00"),
        ("Du lundi au vendredi de 8:30 à 12:00, le samedi de 9h à midi", "Mo-Fr 08:30-12:00; Sa 09:00-12:00"),
        ("du lundi au jeudi et le samedi 9h-12h", "Mo-Th,Sa 09:00-12:00"),
        ("tous les jours dès 12h30", "Mo-Su 12:30+"),
        ("lundi, de 9h à 12h, et mardi, de 14h à 17h", "Mo 09:00-12:00; Tu 14:00-17:00"),
        ("samedi à partir de 20h", "Sa 20:00+"),
        ("vendredi de 20h à minuit", "Fr 20:00-24:00"),
        ("du vendredi au lundi 10h-11h", "Mo,Fr-Su 10:00-11:00"),
        ("7j/7 24h/24", "24/7"),
        ("24h/24 et 7j/7", "24/7"),
        ("lundi au vendredi 9h-12h, fermé le mercredi", "Mo,Tu,Th,Fr 09:00-12:00"),
        ("lundi au vendredi 9h-17h, fermé le samedi et le dimanche", "Mo-Fr 09:00-17:00"),
        ("lundi 9h-12h ; mardi : fermé ; mercredi 9h-12h", "Mo,We 09:00-12:00"),
        ("lundi au vendredi 9h-12h sauf jours fériés", "Mo-Fr 09:00-12:00; PH off"),
        ("mardi-jeudi - 9h-15h - vendredi - 14h-19h", "Tu-Th 09:00-15:00; Fr 14:00-19:00"),
        ("mardi - 13h-16h - jeudi - 10h-12h - 13h30-16h30", "Tu 13:00-16:00; Th 10:00-12:00,13:30-16:30"),
        ("Horaires d’ouverture : lun. 9h-12h\nmar. 14h-17h", "Mo 09:00-12:00; Tu 14:00-17:00"),
    ],
)
def test_simple_prose_is_understood(text: str, hours: str):
    result = from_prose(text)
    assert result is not None
    assert is_valid(result)
    assert same_hours(result, hours)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sur rendez-vous",
        "Très variables",
        "fermé",
        "lundi",
        "9:00 - 12:00 / 13:30 - 17:00",  # which days?
        "24h/24",  # which days?
        "lundi 9h",  # until when?
        "lundi 9h-12h, 14h",
        "lundi 14h-16h - 17h",
        "lundi 9-12",
        "lundi 9h-25h",
        "lundi 9h75-12h",
        "vendredi 16h30-8h00",  # a night, or a slip?
        "lundi 14h-17h et 9h-12h",  # out of order
        "lundi 9h-12h et 11h-13h",
        "lundi 9h/12h - 14h/17h",
        "lundi au vendredi 9h-17h, mercredi 14h-18h",  # in addition, or instead?
        "lundi au vendredi 9h-12h, 14h-17h (vendredi 16h30)",
        "mardi-jeudi-vendredi 14h-17h",  # a run, or a list?
        "lundi ou vendredi 9h-12h",
        "lundi au vendredi 9h-12h sauf samedi",
        "mardi 9h-12h sauf mardi",
        "lundi matin 9h-12h",
        "2e lundi du mois 9h-12h",
        "lundi 9h-12h en période scolaire",
        "permanence téléphonique lundi 9h-12h",
        "lundi au vendredi 9h-12h et plus selon les animations",
        "samu 9h-12h",
        "lundi 9h-12h " * 60,
    ],
)
def test_whatever_leaves_a_doubt_is_refused(text: str):
    assert from_prose(text) is None


def test_the_leaflet_reads_as_its_editors_read_it():
    with LEAFLET.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    answers = [(from_prose(row["hours_text"]), row["opening_hours"]) for row in rows]
    assert len(answers) == 30
    assert all(answer is not None and same_hours(answer, hours) for answer, hours in answers)


# Laws ----------------------------------------------------------------------------------------------------

FRENCH = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
QUARTERS = st.lists(st.integers(0, 95), min_size=2, max_size=6, unique=True).map(sorted)
SPANS = QUARTERS.map(lambda times: [(times[n] * 15, times[n + 1] * 15) for n in range(0, len(times) - 1, 2)])
WEEKS = st.dictionaries(st.integers(0, 6), SPANS, min_size=1)


def french_time(at: int, style: int) -> str:
    hour, minute = divmod(at, 60)
    return (f"{hour}h{minute:02}", f"{hour:02}:{minute:02}", f"{hour} h {minute:02}" if minute else f"{hour} h")[style]


@given(
    WEEKS,
    st.integers(0, 2),
    st.sampled_from([" ; ", "\n", ". ", ", ", " et ", " "]),
    st.sampled_from([("{} - {}", " / "), ("{}-{}", " et "), ("de {} à {}", " et "), ("{} à {}", ", ")]),
    st.sampled_from(["{} : {}", "{} {}", "le {} {}", "{} - {}"]),
)
def test_a_week_written_out_reads_back_as_itself(
    week: dict[int, list[tuple[int, int]]], style: int, between: str, spans: tuple[str, str], entry: str
):
    form, joint = spans

    def written(day: int) -> str:
        times = joint.join(form.format(french_time(a, style), french_time(b, style)) for a, b in week[day])
        return entry.format(FRENCH[day], times)

    expected = "; ".join(
        f"{CODES[day]} " + ",".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in week[day])
        for day in sorted(week)
    )
    result = from_prose(between.join(written(day) for day in sorted(week)))
    assert result is not None
    assert same_hours(result, expected)


@given(st.integers(0, 6), st.integers(0, 6), SPANS)
def test_a_run_of_days_is_each_of_its_days(first: int, last: int, spans: list[tuple[int, int]]):
    assume(first != last)
    times = " et ".join(f"{french_time(a, 0)}-{french_time(b, 0)}" for a, b in spans)
    listed = [FRENCH[(first + step) % 7] for step in range((last - first) % 7 + 1)]
    run = from_prose(f"du {FRENCH[first]} au {FRENCH[last]} {times}")
    assert run is not None
    assert run == from_prose(f"{', '.join(listed)} {times}")


OTHER_WORDS = "9h 12h 14h30 17:00 - à au et , ; / : du de le sauf fermé dès midi 24h/24 7j/7 matin 2e horaires"
WORDS = st.sampled_from([*FRENCH, *OTHER_WORDS.split(), "tous les jours", "jours fériés"])


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=80))
def test_any_text_gives_valid_hours_or_nothing(text: str):
    result = from_prose(text)
    assert result is None or is_valid(result)


@given(st.lists(WORDS, max_size=10))
def test_case_and_spaces_do_not_matter(words: list[str]):
    assert from_prose(" ".join(words)) == from_prose(" \u00a0 ".join(words).upper())
