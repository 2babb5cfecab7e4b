"""Search on real servers: an engine to index into, and the service with its web application and worker."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.structure import Address, Service, Structure, is_listed
from libs.database import Pool, open_pool
from libs.identifiers import uuid7
from libs.runtime.tasks import running
from libs.testing.meilisearch import Double, double
from libs.testing.services import ServiceUnderTest, under_test
from libs.testing.waiting import eventually
from libs.testing.web import application, make_settings
from services.search.domain.documents import Removal, document_of
from services.search.domain.requests import SearchRequest, SearchResult
from services.search.domain.text import words_of
from services.search.engines import Engine
from services.search.engines.meilisearch import MeilisearchEngine, Server
from services.search.engines.postgres import PostgresEngine
from services.search.service import build_web, work
from services.search.statistics.keeping import write

MakeDatabase = Callable[[str], Awaitable[str]]
NOW = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
"""A Tuesday, 11:30 in Paris: when the contract suite indexes."""


def a_structure(name: str = "Accueil Inventé", *categories: str, **fields: Any) -> Structure:
    """Return an invented structure that offers `categories`; `latitude`, `city` and the like go to its address."""
    address = {key: fields.pop(key) for key in Address.__struct_fields__ if key in fields}
    known: dict[str, Any] = {
        "id": uuid7(),
        "slug": f"lieu-{uuid7().hex[-12:]}",
        "version": 1,
        "name": name,
        "address": Address(**address),
        "services": tuple(Service(id=str(at), category=code) for at, code in enumerate(categories)),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Structure(**(known | fields))


INDEX_KEY, SEARCH_KEY = "an-invented-index-key", "an-invented-search-key"
INDEX_ACTIONS = (
    *("search", "documents.add", "documents.delete", "indexes.create", "indexes.get", "indexes.delete"),
    *("indexes.swap", "settings.update", "tasks.get"),
)
"""What docs/settings.md says that the key of the workers may do."""


@dataclass(frozen=True)
class Meilisearch:
    """A server to test with; `double` is None where it is a real one."""

    url: str
    key: str | None
    double: Double | None


class Index:
    """An engine under test, and the hands to fill it and ask it."""

    now = NOW
    a_structure = staticmethod(a_structure)

    def __init__(self, engine: Engine, pool: Pool) -> None:
        self.engine, self.pool = engine, pool

    async def add(self, *structures: Structure) -> None:
        documents = [document_of(structure, NOW) for structure in structures]
        async with self.pool.connection() as connection, connection.transaction():
            await self.engine.index(connection, documents)

    async def remove(self, *removals: tuple[UUID, int]) -> None:
        async with self.pool.connection() as connection, connection.transaction():
            await self.engine.remove(connection, [Removal(*removal) for removal in removals])

    async def search(self, text: str = "", **request: Any) -> SearchResult:
        return await self.engine.search(SearchRequest(words=tuple(words_of(text)), **request))

    async def names(self, text: str = "", **request: Any) -> list[str]:
        return [found.card.name for found in (await self.search(text, **request)).found]

    async def listed(self, text: str, **request: Any) -> list[UUID]:
        """Return all that a search finds, read four by four."""
        seen: list[UUID] = []
        after = None
        while True:
            page = await self.search(text, per_page=4, after=after, **request)
            seen += [found.card.id for found in page.found]
            after = page.next
            if after is None:
                return seen


MakeIndex = Callable[..., Awaitable[Index]]


@pytest.fixture(scope="session")
def meilisearch() -> Iterator[Meilisearch]:
    """The real server that RELAIS_MEILISEARCH_URL names, else the double of one."""
    if url := os.environ.get("RELAIS_MEILISEARCH_URL"):
        yield Meilisearch(url, os.environ.get("RELAIS_MEILISEARCH_KEY"), None)
        return
    with double() as server:
        server.keys = {INDEX_KEY: frozenset(INDEX_ACTIONS), SEARCH_KEY: frozenset({"search"})}
        yield Meilisearch(server.url, INDEX_KEY, server)


@pytest.fixture
async def make_index(make_database: MakeDatabase, meilisearch: Meilisearch) -> AsyncIterator[MakeIndex]:
    """Make an empty index of an engine, with a database of its own."""
    async with AsyncExitStack() as stack:

        async def make(name: str, **options: Any) -> Index:
            pool = await stack.enter_async_context(open_pool(await make_database("search")))
            if name == "postgres":
                return Index(PostgresEngine(pool, **options), pool)
            server = await stack.enter_async_context(Server(meilisearch.url, meilisearch.key))
            uid = f"relais_test_{uuid7().hex}"
            engine = MeilisearchEngine(pool, server, index=uid, **{"falls_back": False, **options})
            await engine.begin()

            async def drop() -> None:
                async with pool.connection() as connection:
                    for one in (uid, f"{uid}_next"):
                        if await server.has(one):
                            await server.drop(connection, one)

            stack.push_async_callback(drop)
            return Index(engine, pool)

        yield make


@pytest.fixture(params=["postgres", "meilisearch"])
async def index(request: pytest.FixtureRequest, make_index: MakeIndex) -> Index:
    """An empty index of each engine in turn."""
    return await make_index(request.param)


class Search(ServiceUnderTest):
    """The service under test, and the hands to work it with."""

    a_structure = staticmethod(a_structure)

    def at_work(self) -> AbstractAsyncContextManager[None]:
        return running(work(self.settings))

    async def hold(self, *structures: Structure) -> None:
        """Have structures indexed, without waiting for events."""
        engine = PostgresEngine(self.pool)
        async with self.pool.connection() as connection, connection.transaction():
            await engine.index(
                connection, [document_of(one, datetime.now(UTC)) for one in structures if is_listed(one)]
            )

    async def get(self, **parameters: Any) -> httpx.Response:
        return await self.client.get("/api/v1/search", params=parameters)

    async def total(self, **parameters: Any) -> int:
        return (await self.get(**parameters)).raise_for_status().json()["total"]

    async def write_counts(self) -> None:
        """Write what the web application has counted so far."""
        await write(application(build_web, self.settings).state.desk.tally, self.pool)

    async def until_total(self, total: int, **parameters: Any) -> None:
        async def reached() -> bool:
            return await self.total(**parameters) == total

        await eventually(reached)


@pytest.fixture
async def search(make_database: MakeDatabase, nats_url: str) -> AsyncIterator[Search]:
    settings = make_settings("search", await make_database("search"), nats_url)
    async with under_test(Search, settings, build_web) as search:
        yield search
