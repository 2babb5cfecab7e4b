"""The index in PostgreSQL, written in the transaction of the events and read by one query a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import scalar_row

from libs.contracts import vocabulary
from libs.database import Connection, Pool, Queries, fetch_all, rows_as
from services.search.domain.documents import Card, Document, Removal, openings_of
from services.search.domain.requests import Found, Position, SearchRequest, SearchResult
from services.search.engines.postgres.kept import Kept
from services.search.engines.postgres.values import NOWHERE, multirange, profile_of, row_of, search_parameters
from services.search.engines.postgres.words import Terms, terms_of

SQL = Queries("services.search.engines.postgres")

REFRESH_AHEAD = timedelta(days=6)
"""Openings known for less than this are computed again."""

REFRESH_BATCH = 100


class _Labels(msgspec.Struct):
    """What the structures of a profile are counted under."""

    id: int
    departments: tuple[str, ...]
    categories: tuple[str, ...]
    families: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = vocabulary.categories()
        self.families = tuple({known[code].family for code in self.categories if code in known})


class _Row(msgspec.Struct):
    score: float
    distance: float
    card: Card


class _Answer(msgspec.Struct):
    page: str | None
    counts: str | None


class _RunningOut(msgspec.Struct):
    id: UUID
    version: int
    card: str


_decode_card = msgspec.json.Decoder(Card).decode
_decode_page = msgspec.json.Decoder(list[_Row]).decode
_decode_counts = msgspec.json.Decoder(list[tuple[int, int]]).decode


class PostgresEngine:
    """See `services.search.engines.Engine`.

    Answers with `keep_from` matches or more are kept while the index does not change.
    """

    def __init__(self, pool: Pool, *, keep_from: int = 2_000) -> None:
        self._pool = pool
        self._labels: dict[int, _Labels] = {}
        self._kept = Kept(keep_from)

    async def index(self, connection: Connection, documents: Sequence[Document]) -> None:
        newest = {document.card.id: document for document in sorted(documents, key=lambda one: one.version)}.values()
        rows = msgspec.json.encode([row_of(document) for document in newest]).decode()
        profiles = list({profile_of(document) for document in newest})
        words = list({word for document in newest for word in document.texts.words()})
        # Also makes transactions that write wait for each other, in whatever order they touch things.
        await connection.execute(SQL["begin_generation"])
        await connection.execute(SQL["learn_profiles"], {"profiles": msgspec.json.encode(profiles).decode()})
        await connection.execute(SQL["learn_words"], {"words": words})
        await connection.execute(SQL["index"], {"documents": rows})

    async def remove(self, connection: Connection, removals: Sequence[Removal]) -> None:
        newest = {removal.id: removal for removal in sorted(removals, key=lambda one: one.version)}
        versions = [removal.version for removal in newest.values()]
        await connection.execute(SQL["begin_generation"])
        await connection.execute(SQL["remove"], {"ids": list(newest), "versions": versions})

    async def search(self, request: SearchRequest) -> SearchResult:
        async with self._pool.connection() as connection:
            generation = await self._generation(connection)
            result = self._kept.get(generation, request)
            if result is None:
                result = await self._find(connection, request)
                self._kept.put(generation, request, result)
            return result

    async def _generation(self, connection: Connection) -> int:
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["generation"])
            return await cursor.fetchone() or 0

    async def _find(self, connection: Connection, request: SearchRequest) -> SearchResult:
        profiles = await self._profiles(connection, request)
        tolerant = request.tolerant or (request.after is not None and request.after.tolerant)
        terms = await terms_of(connection, request, tolerant=tolerant) if request.words else None
        result = await self._search(connection, request, profiles, terms, tolerant=tolerant)
        if (
            terms
            and not result.total
            and not tolerant
            and request.after is None
            and not await self._matches(connection, terms)
        ):
            # Each word is known, but nothing holds them all: one may be mistyped into another.
            terms = await terms_of(connection, request, tolerant=True)
            result = await self._search(connection, request, profiles, terms, tolerant=True)
        return result

    async def _matches(self, connection: Connection, terms: Terms) -> bool:
        """Whether anything matches, wherever it is and whatever the filters."""
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["matches"], {"match": terms.match})
            return bool(await cursor.fetchone())

    async def refresh_openings(self, now: datetime) -> int:
        refreshed = 0
        while rows := await self._running_out(now + REFRESH_AHEAD):
            openings: list[dict[str, Any]] = []
            for row in rows:
                intervals, until = openings_of(_decode_card(row.card), now)
                openings.append(
                    {
                        "id": row.id,
                        "version": row.version,
                        "open_during": multirange(intervals),
                        "open_computed_until": until,
                    }
                )
            async with self._pool.connection() as connection:
                await connection.execute(SQL["refresh_openings"], {"openings": msgspec.json.encode(openings).decode()})
            refreshed += len(rows)
        return refreshed

    async def _running_out(self, before: datetime) -> list[_RunningOut]:
        parameters = {"before": before, "most": REFRESH_BATCH}
        async with self._pool.connection() as connection:
            return await fetch_all(connection, _RunningOut, SQL["openings_that_run_out"], parameters)

    async def _profiles(self, connection: Connection, request: SearchRequest) -> list[int] | None:
        """Return the ids of the profiles that pass the filters, or None when there is no filter."""
        filters = {
            "department": request.department,
            "categories": list(request.categories) or None,
            "family": list(request.family) or None,
            "publics": list(request.publics) or None,
        }
        if not any(filters.values()):
            return None
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["profiles_like"], filters)
            return await cursor.fetchone()

    async def _search(
        self,
        connection: Connection,
        request: SearchRequest,
        profiles: list[int] | None,
        terms: Terms | None,
        *,
        tolerant: bool,
    ) -> SearchResult:
        async with connection.cursor(row_factory=rows_as(_Answer)) as cursor:
            # A plan made for these very values: which filters are set decides which index serves.
            await cursor.execute(SQL["search"], search_parameters(request, terms, profiles), prepare=False)
            answer = await cursor.fetchone()
        rows = _decode_page(answer.page) if answer and answer.page else []
        counts = _decode_counts(answer.counts) if answer and answer.counts else []
        await self._learn_labels(connection, (profile for profile, _ in counts))
        categories: Counter[str] = Counter()
        departments: Counter[str] = Counter()
        families: Counter[str] = Counter()
        for profile, count in counts:
            labels = self._labels[profile]
            for code in labels.categories:
                categories[code] += count
            for code in labels.families:
                families[code] += count
            for code in labels.departments:
                departments[code] += count
        page = rows[: request.per_page]
        last = page[-1] if len(rows) > request.per_page else None
        return SearchResult(
            found=tuple(
                Found(card=row.card, distance=None if request.near is None or row.distance == NOWHERE else row.distance)
                for row in page
            ),
            total=sum(count for _, count in counts),
            categories=dict(categories.most_common()),
            departments=dict(departments.most_common()),
            families=dict(families.most_common()),
            corrections=terms.corrections if terms else {},
            next=last and Position(last.score, last.distance, last.card.id, tolerant),
        )

    async def _learn_labels(self, connection: Connection, profiles: Iterable[int]) -> None:
        """Read the profiles that this process has not met; they never change."""
        unknown = [profile for profile in profiles if profile not in self._labels]
        if unknown:
            found = await fetch_all(connection, _Labels, SQL["profiles"], {"ids": unknown})
            self._labels |= {labels.id: labels for labels in found}
