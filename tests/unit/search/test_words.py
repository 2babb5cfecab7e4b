import csv
from pathlib import Path

import services.search
from libs.contracts import vocabulary
from services.search.domain.text import fold
from services.search.domain.words import everyday_words, needs_in


def test_every_code_is_of_the_vocabulary_and_stands_once():
    path = Path(services.search.__file__).parent / "vocabulary" / "words.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    codes = [row["code"] for row in rows]
    assert set(codes) <= {*vocabulary.families(), *vocabulary.categories()}
    assert len(codes) == len(set(codes))
    assert all(set(row) == {"code", "words_fr", "words_en"} and all(row.values()) for row in rows)


def test_every_family_has_words():
    assert set(vocabulary.families()) <= set(everyday_words())


def test_words_of_both_languages_are_read_and_can_be_searched():
    words = everyday_words()
    assert {"manger", "eat"} <= set(words["meal_distribution"])
    assert all(fold(word) for found in words.values() for word in found)


def test_words_ask_for_the_categories_that_are_called_so():
    assert needs_in(("douches",)) == ("shower",)
    assert needs_in(("laver", "linge")) == ("laundry",)
    assert needs_in(("acte",)) == ()
    assert needs_in(("acte", "naissance", "ici")) == ("town_hall",)
    assert {"town_hall", "administrative_help"} <= set(needs_in(("papiers",)))
    assert needs_in(("abracadabra",)) == needs_in(()) == ()
