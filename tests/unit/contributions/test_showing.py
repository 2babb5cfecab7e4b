"""Contents in words, and what changes between two, as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from libs.web.language import speak
from services.contributions.domain.contribution import Difference
from services.contributions.web.showing import changes, compared, hours_words

NARROW = "\u202f"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    speak("en")
    yield
    speak("fr")


def say(message: str, **parameters: Any) -> str:
    return message % parameters


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("Mo-Fr 09:00-17:00", "Monday to Friday 09:00 – 17:00"),
        (
            "Mo,We 09:00-12:00,14:00-17:00; Sa 10:00-12:00",
            "Monday and Wednesday 09:00 – 12:00, 14:00 – 17:00 · Saturday 10:00 – 12:00",
        ),
        ("Mo-We,Fr 09:00-12:00", "Monday to Wednesday and Friday 09:00 – 12:00"),
        ("24/7", "day and night"),
        ("Mo-Su 20:00-02:00; PH off", "every day 20:00 – 02:00 · closed on public holidays"),
        ("Mo-Su 12:00+", "every day from 12:00"),
        ("Mo 20:30+", "Monday from 20:30"),
        ("Mo[1] 09:00-12:00", "Mo[1] 09:00-12:00"),
        ("week 1-53/2 12:00+", "week 1-53/2 12:00+"),
    ],
)
def test_hours_are_said_in_a_line(hours: str, words: str):
    assert hours_words(hours, say) == words


def test_texts_are_compared_word_by_word_and_lists_item_by_item():
    assert compared("Accueil du Pont", "Accueil des Ponts") == (
        [("Accueil ", False), ("du Pont", True)],
        [("Accueil ", False), ("des Ponts", True)],
    )
    assert compared("01 43 43 84 75 · 115", "01 43 43 84 76 · 115", items=True) == (
        [("01 43 43 84 75", True), (" · 115", False)],
        [("01 43 43 84 76", True), (" · 115", False)],
    )
    assert compared("a · b · c", "a", items=True) == ([("a · ", False), ("b · c", True)], [("a", False)])
    assert compared(None, "a") == (None, "a")


def test_of_a_day_only_the_opening_that_changes_is_marked():
    [change] = changes(
        [
            Difference(
                field="opening_hours",
                before="Mo 09:00-12:00,14:00-17:00; Tu 09:00-12:00",
                after="Mo 09:00-12:00,14:00-19:00; Tu 09:00-12:00",
            )
        ],
        say,
        editable=True,
    )
    assert change["href"] == "#horaires"
    monday, tuesday = change["after"][:2]
    assert monday["hours"] == [("09:00 – 12:00", False), ("14:00 – 19:00", True)]
    assert (monday["changed"], tuesday["changed"]) == (True, False)


def test_what_the_form_cannot_edit_leads_nowhere():
    [change] = changes([Difference(field="network", before=None, after="x")], say, editable=True)
    assert change["href"] is None
