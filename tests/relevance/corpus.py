"""Files of open data, held by a search engine of their own: no platform, no bus, one PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from judging import Hit, Judged

from libs.contracts.structure import Structure
from libs.database import open_pool
from libs.testing.servers import TestServers
from services.directory.domain.records import create
from services.directory.imports import Draft, read_file
from services.search.asking import Typed, understand
from services.search.domain.cursors import Cursors
from services.search.domain.documents import Card, document_of
from services.search.engines import Engine
from services.search.engines.postgres import PostgresEngine
from services.search.finding import find
from services.search.places import inhabitants_of

NOW = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
"""A Tuesday, 11:30 in Paris: the same at each run, for some queries speak of a time."""

BATCH = 500


def structures_in(files: Iterable[Path]) -> Iterator[tuple[Path, int, Structure]]:
    """Yield what the rows of files become, with the row; each structure has the same id at each run."""
    for path in files:
        for draft in read_file(path):
            if isinstance(draft, Draft):
                identifier = uuid5(NAMESPACE_URL, f"{draft.source.source}/{draft.source.external_id}")
                made = create(
                    draft.content,
                    id=identifier,
                    slug=identifier.hex,
                    at=NOW,
                    origin="import",
                    sources=(draft.source,),
                    verified=draft.verified,
                )
                yield path, draft.row, made.record.structure


@asynccontextmanager
async def engine_holding(structures: Iterable[Structure]) -> AsyncGenerator[tuple[Engine, list[Hit]]]:
    """Hold structures; yield the engine, and all that it holds as hits."""
    servers = TestServers()
    servers.start()
    try:
        async with open_pool(await servers.addresses().make_database("search", "relevance")) as pool:
            engine = PostgresEngine(pool)
            documents = [document_of(structure, NOW, inhabitants_of(structure.address)) for structure in structures]
            async with pool.connection() as connection:
                for begin in range(0, len(documents), BATCH):
                    async with connection.transaction():
                        await engine.index(connection, documents[begin : begin + BATCH])
                await connection.execute("analyze")
            yield engine, [hit_of(document.card) for document in documents]
    finally:
        servers.stop()


def hit_of(card: Card) -> Hit:
    """Return what is judged of a card, under the names of the API."""
    return {
        "id": card.id,
        "name": card.name,
        "city": card.city,
        "postcode": card.postcode,
        "department": card.department,
        "latitude": card.latitude,
        "longitude": card.longitude,
        "categories": card.categories,
        "phones": [{"number": phone.number} for phone in card.phones],
    }


async def answer(engine: Engine, one: Judged, depth: int) -> list[Hit]:
    """Ask a query as the API does."""
    typed = Typed(q=one.query, near=one.near or None, per_page=str(depth))
    asked = understand(typed, now=NOW, cursors=Cursors("relevance"))
    assert not asked.errors, asked.errors
    return [hit_of(found.card) for found in (await find(engine, asked)).result.found]
