"""Languages: which way they run, and how many forms a number has in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import libs.web
import services.search
from libs.contracts import vocabulary
from libs.web.language import LANGUAGES, Catalogues, direction, in_french, speak

CATALOGUES = Catalogues([Path(str(file)).parent / "locale" for file in (services.search.__file__, libs.web.__file__)])


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    yield
    speak("fr")


def test_only_arabic_runs_from_right_to_left() -> None:
    found = {}
    for language in LANGUAGES:
        speak(language)
        found[language] = direction()
    assert found == {"fr": "ltr", "en": "ltr", "ar": "rtl"}


def test_what_places_say_is_marked_as_french_where_the_page_is_not() -> None:
    speak("fr")
    assert in_french() == ""
    speak("ar")
    assert in_french() == ' lang="fr" dir="auto"'


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        ("fr", 0, "0 lieu"),
        ("fr", 1, "1 lieu"),
        ("fr", 2, "2 lieux"),
        ("en", 0, "0 places"),
        ("en", 1, "1 place"),
        ("ar", 0, "لا مكان"),
        ("ar", 1, "مكان واحد"),
        ("ar", 2, "مكانان"),
        ("ar", 3, "3 أماكن"),
        ("ar", 10, "10 أماكن"),
        ("ar", 11, "11 مكانًا"),
        ("ar", 26, "26 مكانًا"),
        ("ar", 99, "99 مكانًا"),
        ("ar", 100, "100 مكان"),
        ("ar", 103, "103 أماكن"),
    ],
)
def test_a_number_takes_the_form_that_its_language_gives_it(language: str, count: int, words: str) -> None:
    speak(language)
    assert CATALOGUES.ngettext("%(number)s place", "%(number)s places", count) % {"number": count} == words


def test_every_word_of_the_vocabularies_has_its_arabic() -> None:
    for terms in (vocabulary.families(), vocabulary.categories(), vocabulary.publics()):
        labels = [term.label("ar") for term in terms.values()]
        assert len(set(labels)) == len(terms)
        assert all(any("\u0600" <= letter <= "\u06ff" for letter in label) for label in labels)


def test_a_language_without_labels_reads_french() -> None:
    assert vocabulary.families()["food"].label("uk") == "Alimentation"
