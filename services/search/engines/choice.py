"""Which engine this service runs on: the one place that knows.

What only Meilisearch needs is imported where it is chosen: its SDK takes a fifth of a second of every start.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from libs.bus.connection import BusClient
from libs.database import Pool
from libs.projections import Projection
from libs.runtime import Settings
from services.search.engines.postgres import PostgresEngine
from services.search.engines.postgres.projection import CONSUMER, projection_of

if TYPE_CHECKING:
    from services.search.engines.meilisearch import MeilisearchEngine, Server


@asynccontextmanager
async def engine_of(settings: Settings, pool: Pool) -> AsyncGenerator[PostgresEngine]:
    """Open the engine that `settings` name; the one on Meilisearch keeps the tables of the other, and so is one."""
    if settings.search_engine == "postgres":
        yield PostgresEngine(pool)
        return
    server, engine = _on_meilisearch(settings, pool)
    async with server:
        yield engine


def consumer_of(settings: Settings, purpose: str = CONSUMER) -> str:
    """Return the durable name under which this search hears for a purpose, of structures say: each replica its own."""
    return f"{purpose}-{settings.replica}" if settings.replica else purpose


def projection_for(pool: Pool, settings: Settings) -> Projection:
    """Return the index as a projection, for commands that end with it."""
    if settings.search_engine == "postgres":
        return projection_of(PostgresEngine(pool), consumer=consumer_of(settings))
    server, engine = _on_meilisearch(settings, pool)
    projection = projection_of(engine, consumer=consumer_of(settings))
    return replace(projection, close=server.close)


async def keeping(engine: PostgresEngine, settings: Settings, nats: BusClient) -> None:
    """See to what the engine needs beside events, until cancelled or for nothing.

    Raises:
        MasterKeyGiven: see there.
    """
    if settings.search_engine == "meilisearch":
        from services.search.engines.meilisearch import MeilisearchEngine  # noqa: PLC0415 -- see the top
        from services.search.engines.meilisearch.keeping import keep_index  # noqa: PLC0415 -- see the top

        if isinstance(engine, MeilisearchEngine):
            await keep_index(engine, database_url=settings.database_url, nats=nats)


def _on_meilisearch(settings: Settings, pool: Pool) -> tuple[Server, MeilisearchEngine]:
    from services.search.engines.meilisearch import MeilisearchEngine, Server  # noqa: PLC0415 -- see the top

    server = Server(settings.meilisearch_url, settings.meilisearch_key)
    return server, MeilisearchEngine(pool, server, index=settings.meilisearch_index)
