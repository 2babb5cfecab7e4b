"""What the engine on Meilisearch does beside the contract, on the double of a server. All places are invented."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from meilisearch_python_sdk.models.search import SearchParams

from libs.contracts.events import StructureChanged
from libs.database import is_outage
from libs.testing.meilisearch.problems import Problem
from libs.testing.meilisearch.server import MASTER_KEY
from libs.testing.waiting import eventually
from services.search.domain.documents import document_of
from services.search.domain.requests import Point
from services.search.engines.meilisearch import MasterKeyGiven, MeilisearchAway, MeilisearchEngine, Refused, Server

if TYPE_CHECKING:
    from conftest import Index, MakeIndex, Meilisearch

PARIS = Point(48.8566, 2.3522)
RANKED = 6


@pytest.fixture(autouse=True)
def only_on_the_double(meilisearch: Meilisearch) -> None:
    if meilisearch.double is None:
        pytest.skip("a real server does not fail on demand")


@pytest.fixture
async def index(make_index: MakeIndex) -> Index:
    return await make_index("meilisearch", ranked=RANKED)


@pytest.fixture
def failing(index: Index, meilisearch: Meilisearch) -> Iterator[None]:  # noqa: ARG001 -- it is made before
    """Let every task fail meanwhile."""
    assert meilisearch.double is not None
    meilisearch.double.state.failing = Problem("internal", "An internal error has occurred. `No space left`.")
    yield
    meilisearch.double.state.failing = None


@pytest.fixture
async def away(index: Index) -> AsyncIterator[MeilisearchEngine]:
    """The engine of an index whose server does not answer."""
    async with Server("http://127.0.0.1:9", "a-key") as server:
        yield MeilisearchEngine(index.pool, server)


@pytest.mark.usefixtures("failing")
async def test_what_a_task_could_not_do_is_told_and_nothing_is_kept(index: Index):
    structure = index.a_structure("Bains")
    with pytest.raises(Refused, match=r"internal: .*No space left"):
        await index.add(structure)
    async with index.pool.connection() as connection:
        assert await (await connection.execute("select id from document")).fetchall() == []


async def test_a_server_that_is_away_is_an_outage_to_those_who_write(index: Index, away: MeilisearchEngine):
    with pytest.raises(MeilisearchAway) as told:
        await type(index)(away, index.pool).add(index.a_structure("Bains"))
    assert is_outage(told.value)


async def test_the_tables_answer_while_the_server_is_away(index: Index, away: MeilisearchEngine):
    await index.add(*(index.a_structure(f"Bains {n}", "shower") for n in range(5)))
    result = await type(index)(away, index.pool).search("bain")
    assert (result.total, result.categories) == (5, {"shower": 5})


async def test_an_index_that_is_not_there_is_not_made_by_writing_to_it(index: Index, meilisearch: Meilisearch):
    assert meilisearch.double is not None
    async with Server(meilisearch.url, meilisearch.key) as server:
        engine = MeilisearchEngine(index.pool, server, index="relais_test_of_none")
        other = type(index)(engine, index.pool)
        await other.add(index.a_structure("Bains"))
        assert await other.names("bains") == ["Bains"]
        assert await engine.is_due()
    assert "relais_test_of_none" not in meilisearch.double.state.indexes


async def test_what_was_rolled_back_is_neither_shown_nor_counted(index: Index):
    await index.add(index.a_structure("Bains"))
    ghost = index.a_structure("Bains fantômes")
    async with index.pool.connection() as connection, connection.transaction(force_rollback=True):
        await index.engine.index(connection, [document_of(ghost, index.now)])
    result = await index.search("bains")
    assert ([found.card.name for found in result.found], result.total) == (["Bains"], 1)


async def test_a_key_for_searches_alone_searches_and_writes_nothing(index: Index, meilisearch: Meilisearch):
    await index.add(index.a_structure("Bains"))
    asked = SearchParams(index_uid=index.engine._index, query="bains")  # noqa: SLF001 -- each test has its own
    async with Server(meilisearch.url, "an-invented-search-key") as server:
        assert len((await server.search([asked]))[0].hits) == 1
        with pytest.raises(MeilisearchAway, match="invalid_api_key"):
            await server.has("relais_structures")


async def test_the_master_key_is_refused_and_a_lesser_one_is_not(meilisearch: Meilisearch):
    async with Server(meilisearch.url, MASTER_KEY) as server:
        with pytest.raises(MasterKeyGiven, match="RELAIS_MEILISEARCH_KEY"):
            await server.refuse_master_key()
    async with Server(meilisearch.url, meilisearch.key) as server:
        await server.refuse_master_key()


async def test_a_search_that_the_server_does_not_understand_is_told(index: Index, meilisearch: Meilisearch):
    async with Server(meilisearch.url, meilisearch.key) as server:
        for wrong in ({"filter": "colour = red"}, {"filter": "closed IN"}, {"sort": ["name:asc"]}):
            with pytest.raises(Refused, match="invalid_search"):
                await server.search([SearchParams(index_uid=index.engine._index, **wrong)])  # noqa: SLF001 -- likewise


@pytest.mark.usefixtures("clean_streams")
async def test_an_event_that_the_server_refuses_is_buried_and_the_others_pass(
    search: Any, meilisearch: Meilisearch, monkeypatch: pytest.MonkeyPatch
):
    assert meilisearch.double is not None
    state = meilisearch.double.state
    put = state.put

    def picky(uid: str, key: str | None, documents: list[dict[str, Any]], *, whole: bool) -> None:
        if any("poison" in one.get("name", "") for one in documents):
            raise Problem("invalid_document_geo_field", "Could not parse `_geo`")
        put(uid, key, documents, whole=whole)

    monkeypatch.setattr(state, "put", picky)
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", (0.05,))
    given = {"search_engine": "meilisearch", "meilisearch_url": meilisearch.url, "meilisearch_key": meilisearch.key}
    search.settings = msgspec.structs.replace(search.settings, **given)
    async with search.at_work():

        async def made() -> bool:
            return "relais_structures" in state.indexes

        await eventually(made)
        for name in ("Bains", "Poison", "Vestiaire"):
            await search.hear(StructureChanged(structure=search.a_structure(name), field_versions={}))

        async def buried() -> list[Any]:
            async with search.pool.connection() as connection:
                return await (await connection.execute("select error from dead_letter")).fetchall()

        await eventually(buried)
        [(error,)] = await buried()
        assert "invalid_document_geo_field" in error
        await search.until_total(2)
    state.indexes.pop("relais_structures")
