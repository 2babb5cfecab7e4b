from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.cursors import BadCursor, Cursors
from services.search.domain.requests import Point, Position, SearchRequest

cursors = Cursors("an invented secret")
REQUEST = SearchRequest(words=("mairie",), near=Point(48.85, 2.35))
finite = st.floats(allow_nan=False, allow_infinity=False)
positions = st.builds(Position, finite, finite, st.uuids(), st.booleans())
HERE = Position(0.25, 350.5, UUID(int=7), tolerant=True)


@given(positions)
def test_a_cursor_gives_back_the_position_it_was_made_from(position: Position):
    assert cursors.read(cursors.write(position, REQUEST), REQUEST) == position


@given(positions, st.data())
def test_a_cursor_changed_anywhere_is_refused(position: Position, data: st.DataObject):
    text = cursors.write(position, REQUEST)
    # The last character may hold bits that stand for nothing.
    place = data.draw(st.integers(0, len(text) - 2))
    letter = data.draw(st.sampled_from("ABCabc019-_").filter(lambda one: one != text[place]))
    with pytest.raises(BadCursor):
        cursors.read(text[:place] + letter + text[place + 1 :], REQUEST)


@given(st.text(max_size=200))
def test_whatever_is_not_a_cursor_is_refused(text: str):
    with pytest.raises(BadCursor):
        cursors.read(text, REQUEST)


@pytest.mark.parametrize(
    "change",
    [
        {"words": ("musée",)},
        {"near": None},
        {"radius": 5_000.0},
        {"categories": ("shower",)},
        {"family": ("shower",)},
        {"publics": ("women",)},
        {"departments": ("75",)},
        {"open_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_cursor_serves_its_own_search_only(change: dict[str, object]):
    other = msgspec.structs.replace(REQUEST, **change)
    with pytest.raises(BadCursor):
        cursors.read(cursors.write(HERE, REQUEST), other)


def test_the_moment_and_the_size_of_pages_may_change_on_the_way():
    first = msgspec.structs.replace(REQUEST, open_at=datetime(2026, 1, 1, tzinfo=UTC), per_page=5)
    later = msgspec.structs.replace(REQUEST, open_at=datetime(2026, 1, 2, tzinfo=UTC), per_page=50)
    assert cursors.read(cursors.write(HERE, first), later) == HERE


def test_another_secret_reads_nothing():
    with pytest.raises(BadCursor):
        Cursors("another secret").read(cursors.write(HERE, REQUEST), REQUEST)
