"""What is typed in Arabic is looked for in French."""

from __future__ import annotations

import csv
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts import vocabulary
from services.search.domain.text import fold
from services.search.domain.words import arabic_words, everyday_words
from services.search.understanding import read
from services.search.understanding.arabic import arabic_read

TUESDAY = datetime(2026, 12, 1, 10, 30, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("arabic", "french"),
    [
        ("طعام", "manger"),
        ("أين أجد طعامًا في باريس", "manger à paris"),
        ("ماء", "fontaine à eau"),
        ("والماء", "fontaine à eau"),
        ("طبيب الأسنان بليون", "dentiste lyon"),
        ("طبيب", "médecin"),
        ("حمّام مفتوح الآن", "douche ouvert maintenant"),
        ("إقامة", "papiers"),
        ("اقامه", "papiers"),
        ("استراحة ليلية", "Halte de nuit"),
        ("CAF الأوراق 75018", "CAF papiers 75018"),
        ("أريد مساعدة", "أريد مساعدة"),
        ("كلمة مجهولة", "كلمه مجهوله"),
        ("repas à Paris", "repas à Paris"),
    ],
)
def test_arabic_words_are_read_as_french_ones(arabic: str, french: str):
    assert arabic_read(arabic) == french


def test_place_and_time_are_read_among_arabic_words():
    reading = read(arabic_read("طعام في باريس يوم الأحد"), TUESDAY, with_place=True, with_time=True)
    assert reading.words == ("manger",)
    assert reading.where
    assert reading.where.place.label == "Paris (75)"
    assert reading.when
    assert reading.when.start.day == 6


def test_that_is_not_now():
    assert read(arabic_read("أريد أن آكل"), TUESDAY, with_place=True, with_time=True).when is None
    assert read(arabic_read("آكل الآن"), TUESDAY, with_place=True, with_time=True).when


def test_each_word_is_listed_once():
    text = (files("services.search") / "vocabulary" / "arabic.csv").read_text(encoding="utf-8-sig")
    words = [fold(word) for row in csv.DictReader(text.splitlines(), strict=True) for word in row["arabic"].split(";")]
    assert all(words)
    assert sorted(words) == sorted(set(words))


def test_what_arabic_is_read_as_means_something_to_the_search():
    terms = {**vocabulary.categories(), **vocabulary.families()}
    said = [set(fold(f"{term.label('fr')} {' '.join(everyday_words()[code])}").split()) for code, term in terms.items()]
    for french in filter(None, arabic_words().values()):
        reading = read(f"xyz {french}", TUESDAY, with_place=True, with_time=True)
        words = set(reading.words) - {"xyz"}
        assert words or reading.where or reading.when or french in ("à", "près de"), french
        assert not words or any(words <= known for known in said), french


@given(st.text(st.sampled_from("ابوالمءطعة َ؟19"), max_size=30))
def test_reading_never_fails_and_leaves_other_letters_alone(text: str):
    assert [c for c in arabic_read(text) if c in "19"] == [c for c in text if c in "19"]
