"""The engine on Meilisearch: it finds, counts and scores; the service's database says what is held, and shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import structlog
from psycopg.rows import scalar_row

from libs.database import Connection, Pool, fetch_all
from services.search.domain.documents import Document, Removal
from services.search.domain.requests import SearchRequest, SearchResult
from services.search.engines.meilisearch.asking import Asking
from services.search.engines.meilisearch.documents import document_for, openings_for
from services.search.engines.meilisearch.queries import SQL
from services.search.engines.meilisearch.ranking import elsewhere, page_of
from services.search.engines.meilisearch.server import MeilisearchAway, Server
from services.search.engines.meilisearch.settings import fingerprint_of, index_settings
from services.search.engines.postgres import PostgresEngine
from services.search.engines.postgres.engine import Openings
from services.search.engines.postgres.unusual import open_though_unusual
from services.search.engines.postgres.values import search_parameters
from services.search.engines.postgres.words import Terms

log = structlog.get_logger()

INDEX = "relais_structures"
RANKED = 1_000
"""How many matches are ranked at most; Meilisearch gives no more at once without being told to."""

BATCH = 500
"""Documents in one request."""


class _Held(msgspec.Struct):
    id: UUID
    version: int
    terms: tuple[str, ...]


class MeilisearchEngine(PostgresEngine):
    """See `services.search.engines.Engine`.

    The tables of the engine on PostgreSQL are kept too: they guard the versions, know the words, and answer while
    Meilisearch does not. The index `index` holds what the live tables hold; `<index>_next` is what a rebuild fills,
    and takes its place. Of more than `ranked` matches so many are ranked.
    Unless it `falls_back`, it raises `MeilisearchAway` where the tables would answer.
    """

    def __init__(
        self, pool: Pool, server: Server, *, index: str = INDEX, ranked: int = RANKED, falls_back: bool = True
    ) -> None:
        super().__init__(pool)
        self._falls_back = falls_back
        self._server = server
        self._index = index
        self._next = f"{index}_next"
        self._ranked = ranked
        self._without = PostgresEngine(pool)
        self._beginning = asyncio.Lock()
        self._rebuilding: bool | None = None
        """Whether this engine fills the next index; None before and after."""

    def fresh(self) -> MeilisearchEngine:
        """Return an engine on the same index that has not rebuilt it yet."""
        return MeilisearchEngine(self._pool, self._server, index=self._index, ranked=self._ranked)

    async def index(self, connection: Connection, documents: Sequence[Document]) -> None:
        await super().index(connection, documents)
        if not (index := await self._written(connection)):
            return
        held = await fetch_all(connection, _Held, SQL["held"], {"ids": [one.card.id for one in documents]})
        terms = {(one.id, one.version): one.terms for one in held}
        found = {one.card.id: one for one in documents if (one.card.id, one.version) in terms}
        told = [document_for(one, terms[one.card.id, one.version]) for one in found.values()]
        for start in range(0, len(told), BATCH):
            await self._server.put(connection, index, told[start : start + BATCH])

    async def remove(self, connection: Connection, removals: Sequence[Removal]) -> None:
        await super().remove(connection, removals)
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["removed"], {"ids": [one.id for one in removals]})
            removed: list[UUID] = await cursor.fetchall()
        await self._delete(connection, removed)

    async def forget(self, connection: Connection, ids: Sequence[UUID]) -> None:
        await super().forget(connection, ids)
        await self._delete(connection, ids)

    async def _delete(self, connection: Connection, ids: Sequence[UUID]) -> None:
        if ids and (index := await self._written(connection)):
            await self._server.delete(connection, index, list(map(str, ids)))

    async def _write_openings(self, connection: Connection, openings: Sequence[Openings]) -> list[UUID]:
        # Nobody removes a document meanwhile: what is merged into nothing would be half of one.
        await self.hold(connection)
        written = set(await super()._write_openings(connection, openings))
        told: list[dict[str, Any]] = [
            {"id": str(one.id), **openings_for(one.during, one.services)} for one in openings if one.id in written
        ]
        if told and (index := await self._written(connection)):
            await self._server.merge(connection, index, told)
        return list(written)

    async def _written(self, connection: Connection) -> str | None:
        """Return the index that goes with the tables which a connection writes, ready to be written; None without."""
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["schema_of_documents"])
            schema = await cursor.fetchone()
        if schema == "rebuild" and self._rebuilding is not False:
            await self.begin_rebuild(connection)
            return self._next
        if schema not in {"public", "rebuild"}:
            return None
        if not await self._server.has(self._index):
            # To write to an index that is not there would make one without settings. It will be built whole.
            log.warning("meilisearch_index_missing", index=self._index)
            return None
        return self._index

    async def begin(self) -> None:
        """Make the index where there is none and nothing to be put into it."""
        async with self._pool.connection() as connection, connection.transaction():
            await self.hold(connection)
            async with connection.cursor(row_factory=scalar_row) as cursor:
                await cursor.execute(SQL["nothing_is_indexed"])
                nothing = await cursor.fetchone()
            if nothing and not await self._server.has(self._index):
                settings = index_settings()
                await self._server.create(connection, self._index, settings)
                await self._note_settings(connection)

    async def refuse_master_key(self) -> None:
        """See that the key may only do what it needs.

        Raises:
            MasterKeyGiven: see there.
        """
        await self._server.refuse_master_key()

    async def is_due(self) -> bool:
        """Whether the index must be built anew: there is none, or it has other settings than ours."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["settings_of_index"], {"uid": self._index})
            settings: str | None = await cursor.fetchone()
        return settings != fingerprint_of(index_settings()) or not await self._server.has(self._index)

    async def begin_rebuild(self, connection: Connection) -> None:
        """Make the next index, empty, once."""
        async with self._beginning:
            if self._rebuilding is None:
                await self._server.create(connection, self._next, index_settings())
                self._rebuilding = True

    async def before_exchange(self, connection: Connection) -> None:
        # When the exchange of the tables fails after this the new index serves the old tables: both are complete.
        if self._rebuilding is not False:
            await self.begin_rebuild(connection)
            await self._server.replace(connection, self._index, self._next)
            self._rebuilding = False
        await self._note_settings(connection)

    async def _note_settings(self, connection: Connection) -> None:
        noted = {"uid": self._index, "settings": fingerprint_of(index_settings())}
        await connection.execute(SQL["set_settings_of_index"], noted)

    async def search(self, request: SearchRequest) -> SearchResult:
        try:
            return await super().search(request)
        except MeilisearchAway as error:
            if not self._falls_back:
                raise
            log.warning("meilisearch_away", error=str(error))
            return await self._without.search(request)

    async def _search(
        self,
        connection: Connection,
        request: SearchRequest,
        terms: Terms | None,
        *,
        tolerant: bool,
    ) -> SearchResult:
        others = await elsewhere(connection, request)
        parameters = search_parameters(request, terms, None, many=0, ranked=0)
        unusual = await open_though_unusual(connection, request, parameters)
        asking = Asking(
            self._server,
            self._index,
            request,
            terms=terms,
            elsewhere=others,
            unusual=unusual,
            ranked=self._ranked,
        )
        return await page_of(connection, asking, request, terms, tolerant=tolerant)
