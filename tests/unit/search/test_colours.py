"""Whatever colour is chosen, text in it and on it can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.colours import BLACK, READABLE, WHITE, accent_on, contrast, read_colour, write_colour

DARK = (26 / 255, 32 / 255, 41 / 255)
parts = st.integers(0, 255).map(lambda part: part / 255)


@given(st.tuples(parts, parts, parts), st.sampled_from([WHITE, DARK]))
def test_any_colour_becomes_one_that_can_be_read(colour, paper) -> None:
    found = accent_on(paper, colour)
    for one in (found.accent, found.strong):
        assert contrast(one, paper) >= READABLE
        assert contrast(one, found.soft) >= READABLE


@pytest.mark.parametrize("text", ["#0b5a6f", "0B5A6F"])
def test_a_colour_that_can_be_read_stays_as_it_is(text) -> None:
    colour = read_colour(text)
    assert colour is not None
    assert write_colour(accent_on(WHITE, colour).accent) == "#0b5a6f"


def test_contrast_is_that_of_the_guidelines() -> None:
    assert round(contrast(WHITE, BLACK), 2) == 21
    assert round(contrast(WHITE, (0x76 / 255, 0x76 / 255, 0x76 / 255)), 2) == 4.54


@pytest.mark.parametrize("text", ["", "red", "#12345", "#1234567", "#12345g", "}body{"])
def test_what_is_no_colour_is_none(text) -> None:
    assert read_colour(text) is None


@given(st.tuples(parts, parts, parts))
def test_what_is_written_is_read_as_it_was(colour) -> None:
    assert read_colour(write_colour(colour)) == colour
