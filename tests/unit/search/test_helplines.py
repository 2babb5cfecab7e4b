"""Numbers that answer day and night, for who looks for what they are for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from libs.contracts import vocabulary
from libs.web.language import LANGUAGES
from services.search.domain.words import needs_in, phrases_of
from services.search.helplines import _any_of, _helplines, helplines_for
from services.search.understanding import read


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("je veux mourir", ["3114"]),
        ("mon mari me frappe", ["3919"]),
        ("violences conjugales lyon", ["3919"]),
        ("où dormir ce soir à Paris", ["115"]),
        ("je suis à la rue", ["115"]),
        ("3919", ["3919"]),
        ("enfant battu", ["119"]),
        ("mon enfant est frappé", ["119", "3919"]),
        ("mon père me tape", ["119"]),
        ("mon mari me tape dessus", ["3919"]),
        ("il me menace", ["3919"]),
        ("j'ai été violée", ["3919"]),
        ("on m'a violé", ["3919"]),
        ("je vais me tuer", ["3114"]),
        ("envie d'en finir", ["3114"]),
        ("my husband hits me", ["3919"]),
        ("I was raped", ["3919"]),
        ("I want to die", ["3114"]),
        ("I have nowhere to sleep", ["115"]),
        ("زوجي يضربني", ["3919"]),
        ("أريد أن أموت", ["3114"]),
        ("taper une lettre", []),
        ("père lachaise", []),
        ("tape 3 rue du mari", []),
        ("mairie de lyon", []),
        ("garde d'enfant", []),
        ("rue de la paix", []),
        ("", []),
    ],
)
def test_who_may_be_in_danger_is_given_a_number(text: str, numbers: list[str]):
    words = read(text, datetime(2026, 12, 1, tzinfo=UTC), with_place=True, with_time=True).words
    assert [one.number for one in helplines_for(text, needs_in(words))] == numbers


def test_a_category_that_was_chosen_calls_for_its_number():
    assert [one.number for one in helplines_for("", ("violence_support",))] == ["3919"]


def test_each_has_a_known_category_or_words_and_a_label_in_every_language():
    for one in _helplines():
        assert one.categories <= set(vocabulary.categories())
        assert one.categories or one.said
        assert not one.said or not one.said.search("mairie de lyon")
        assert all(one.label(language) for language in LANGUAGES)


def test_a_line_without_words_and_an_end_without_any_call_for_nothing():
    assert _any_of(phrases_of("")) is None
    said = _any_of(phrases_of("mari…tape; "))
    assert said
    assert said.search("mon mari qui a bu tape")
    assert not said.search("mon mari qui est la ce soir tape")
    assert not said.search("mairie")
