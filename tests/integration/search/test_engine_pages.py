"""How every engine hands out its results, page by page. All places are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.search.domain.requests import Point

if TYPE_CHECKING:
    from conftest import Index

PARIS = Point(48.8566, 2.3522)
NORTH = {"latitude": 48.8656, "longitude": 2.3522}  # 1 km from PARIS
FURTHER = {"latitude": 48.9466, "longitude": 2.3522}  # 10 km


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("", {}),
        ("", {"near": PARIS}),
        ("bains", {}),
        ("bains", {"near": PARIS}),
        ("bians", {}),
        ("", {"near": PARIS, "radius": 50_000.0, "categories": ("shower",)}),
    ],
)
async def test_the_pages_hold_every_result_once_in_the_order_of_one_long_page(
    index: Index, text: str, request_: dict[str, Any]
):
    places: list[dict[str, Any]] = [NORTH, FURTHER, {}, NORTH]
    await index.add(*(index.a_structure(f"Bains {n % 5}", "shower", **places[n % 4]) for n in range(23)))
    whole = await index.search(text, per_page=100, **request_)
    seen: list[Any] = []
    after = None
    for _ in range(10):
        page = await index.search(text, per_page=4, after=after, **request_)
        assert page.total == whole.total
        seen += [found.card.id for found in page.found]
        after = page.next
        if after is None:
            break
    assert seen == [found.card.id for found in whole.found]
    assert whole.next is None


async def test_what_arrives_meanwhile_moves_no_later_page(index: Index):
    await index.add(*(index.a_structure(f"Bains {n}", latitude=48.86 + n / 100, longitude=2.35) for n in range(6)))
    first = await index.search(near=PARIS, per_page=3)
    await index.add(index.a_structure("Nouveau", latitude=48.8567, longitude=2.3522))
    second = await index.search(near=PARIS, per_page=3, after=first.next)
    assert [found.card.name for found in second.found] == ["Bains 3", "Bains 4", "Bains 5"]


async def test_a_page_that_ends_the_results_has_no_next(index: Index):
    await index.add(*(index.a_structure(f"Bains {n}") for n in range(4)))
    first = await index.search(per_page=2)
    assert first.next is not None
    assert (await index.search(per_page=2, after=first.next)).next is None
