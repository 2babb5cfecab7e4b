"""What every engine does where more places match than it ranks: all are listed, once. All places are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.search.domain.requests import Point

if TYPE_CHECKING:
    from conftest import Index, MakeIndex

PARIS = Point(48.8566, 2.3522)
MANY, RANKED = 10, 6
OPTIONS: dict[str, dict[str, int]] = {"postgres": {"many": MANY, "ranked": RANKED}, "meilisearch": {"ranked": RANKED}}


@pytest.fixture(params=OPTIONS)
async def index(request: pytest.FixtureRequest, make_index: MakeIndex) -> Index:
    return await make_index(request.param, **OPTIONS[request.param])


@pytest.mark.parametrize("text", ["", "bains"])
@pytest.mark.parametrize("near", [None, PARIS])
async def test_the_pages_hold_every_result_once_in_the_order_of_one_long_page(
    index: Index, text: str, near: Point | None
):
    somewhere: list[dict[str, Any]] = [{"latitude": 48.8, "longitude": 2.3}, {"latitude": 45.7, "longitude": 4.8}, {}]
    many = [index.a_structure(f"Bains {n % 5}", "shower", **somewhere[n % 3]) for n in range(3 * MANY)]
    await index.add(*many)
    seen = await index.listed(text, near=near)
    whole = await index.search(text, near=near, per_page=100)
    assert seen == [found.card.id for found in whole.found]
    assert set(seen) == {one.id for one in many}
    assert whole.total == len(many)


async def test_the_best_of_the_nearest_come_first_and_then_what_is_farther(index: Index):
    near = [index.a_structure(f"Lieu {n}", "shower", latitude=48.857, longitude=2.35) for n in range(RANKED - 1)]
    best = index.a_structure("Douche", "shower", latitude=48.86, longitude=2.35)
    far = [index.a_structure("Douche", "shower", latitude=45 - n / 10, longitude=4.8) for n in range(MANY)]
    await index.add(*near, best, *far)
    seen = await index.listed("douche", near=PARIS)
    assert seen[0] == best.id
    assert set(seen[1:RANKED]) == {one.id for one in near}
    assert seen[RANKED:] == [one.id for one in far]
