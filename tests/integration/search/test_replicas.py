"""Several searches beside each other, each with an index of its own. All places are invented."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from libs.bus.operations import every_status
from libs.contracts.events import StructureChanged, StructureWithdrawn
from libs.identifiers import uuid7
from libs.testing.services import under_test
from libs.testing.waiting import eventually
from libs.testing.web import application, make_settings
from services.search.service import build_web, service
from services.search.statistics.keeping import write

if TYPE_CHECKING:
    from conftest import Search


class Two(NamedTuple):
    main: Search
    other: Search


@pytest.fixture
async def two(search: Search, make_database: Callable[[str], Awaitable[str]], nats_url: str) -> AsyncIterator[Two]:
    settings = make_settings(
        "search",
        await make_database("search"),
        nats_url,
        replica="b",
        main_database_url=search.settings.database_url,
    )
    async with under_test(type(search), settings, build_web) as other:
        yield Two(search, other)


async def test_each_hears_every_change_and_one_gives_the_receipt(two: Two):
    place, about = two.main.a_structure("Bains Inventés", "shower"), uuid7()
    async with AsyncExitStack() as stack:
        for one in two:
            await stack.enter_async_context(one.at_work())
        await two.main.hear(StructureChanged(structure=place, field_versions={}), about=about)
        for one in two:
            await one.until_total(1, q="bains")
        await two.main.wait_for_event("structure.indexed.v1")
        await two.main.hear(StructureWithdrawn(structure_id=place.id, version=2), about=about)
        for one in two:
            await one.until_total(0, q="bains")
        await two.main.wait_for_event("structure.indexed.v1", 2)
        consumers = await two.main.nats.jetstream().consumers_info("directory")
    assert {one.name for one in consumers if one.config.durable_name} == {
        "search-announcements",
        "search-announcements-b",
        "search-index",
        "search-index-b",
        "search-views",
    }
    assert await two.other.count("select count(*) from outbox") == 0


async def test_one_that_was_away_catches_up_alone(two: Two):
    places = [two.main.a_structure(f"Bains {number}", "shower") for number in range(3)]
    async with two.other.at_work():
        await two.main.hear(StructureChanged(structure=places[0], field_versions={}))
        await two.other.until_total(1)
    async with two.main.at_work():
        for place in places[1:]:
            await two.main.hear(StructureChanged(structure=place, field_versions={}))
        await two.main.until_total(3)
    assert await two.other.total() == 1
    async with two.other.at_work():
        await two.other.until_total(3)


async def test_a_page_begun_at_one_goes_on_at_the_other(two: Two):
    places = [two.main.a_structure(f"Bains {number}", "shower") for number in range(3)]
    for one in two:
        await one.hold(*places)
    first = (await two.main.get(q="bains", per_page=2)).json()
    second = (await two.other.get(q="bains", per_page=2, after=first["next"])).raise_for_status().json()
    assert {hit["id"] for answer in (first, second) for hit in answer["hits"]} == {str(one.id) for one in places}


async def test_searches_are_counted_in_one_place_and_told_by_all(two: Two):
    for one in two:
        await one.get(q="bains", department="48")
        state = application(build_web, one.settings).state
        await write(state.desk.tally, state.counting)
    for one in two:
        answer = (await one.client.get("/api/v1/search/statistics", params={"by": "department"})).json()
        assert answer["items"] == [{"key": "48", "searches": 2, "unanswered": 2}]
    assert await two.other.count("select count(*) from search_count") == 0


async def test_operators_are_answered_by_the_main_one_alone(two: Two):
    assert (await two.other.client.get("/healthz")).status_code == 200
    await two.other.get()
    assert await every_status(two.other.nats, 1) == []
    await two.main.get()

    async def answered() -> bool:
        return [one.service for one in await every_status(two.main.nats, 2)] == ["search"]

    await eventually(answered)


async def test_an_audit_of_a_replica_waits_for_its_own_consumer(two: Two):
    make = service.projections["search"]
    assert make(two.other.pool, two.other.settings).consumer == "search-index-b"
    assert make(two.main.pool, two.main.settings).consumer == "search-index"
    plain = msgspec.structs.replace(two.other.settings, search_engine="meilisearch")
    assert make(two.other.pool, plain).consumer == "search-index-b"
