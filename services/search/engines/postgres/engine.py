"""The index in PostgreSQL, written in the transaction of the events; a search counts what matches and ranks it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from psycopg.rows import scalar_row

from libs.database import Connection, Pool, Queries, fetch_all
from services.search.domain.documents import (
    KNOWN_AHEAD,
    Card,
    Document,
    Interval,
    Removal,
    ServiceOpenings,
    openings_of,
    service_openings_of,
)
from services.search.domain.requests import Found, Position, SearchRequest, SearchResult
from services.search.engines.postgres.facets import Counting, Facets
from services.search.engines.postgres.kept import Generation, Kept
from services.search.engines.postgres.ranking import Ranked, page_of_many, tallies_and_page_of_few
from services.search.engines.postgres.unusual import open_though_unusual
from services.search.engines.postgres.values import (
    NOWHERE,
    Parameters,
    multirange,
    profile_of,
    row_of,
    search_parameters,
    services_row,
)
from services.search.engines.postgres.words import Lexicon, Terms, terms_of

SQL = Queries("services.search.engines.postgres")

REFRESH_AHEAD = KNOWN_AHEAD + timedelta(days=1)
"""Openings known for less than this are computed again."""

REFRESH_BATCH = 100


class _RunningOut(msgspec.Struct):
    id: UUID
    version: int
    card: str


class Openings(msgspec.Struct, frozen=True):
    """When a structure at one version is open, as far as that was computed."""

    id: UUID
    version: int
    is_weekly: bool
    during: tuple[Interval, ...]
    computed_until: datetime
    services: tuple[ServiceOpenings, ...] = ()


def _openings(row: _RunningOut, now: datetime) -> Openings:
    card = _decode_card(row.card)
    return Openings(row.id, row.version, card.is_weekly, *openings_of(card, now), service_openings_of(card, now))


_decode_card = msgspec.json.Decoder(Card).decode

MANY = 2_000
"""Matches beyond which not all are ranked."""

RANKED_OF_MANY = 500

MOST_FACETS = 256
MOST_PAGES = 96
LONGEST_PAGE = 21
"""Of first pages of many matches that are kept, in matches: some 100 kB each."""


class PostgresEngine:
    """See `services.search.engines.Engine`.

    Of more than `many` matches, `ranked` are ranked, and `pages` are kept.
    """

    def __init__(self, pool: Pool, *, many: int = MANY, ranked: int = RANKED_OF_MANY, pages: int = MOST_PAGES) -> None:
        self._pool = pool
        self._many = many
        self._ranked = ranked
        self._counting = Counting()
        self._generation = Generation()
        self._facets = Kept[Facets](self._generation, MOST_FACETS)
        self._pages = Kept[list[Ranked]](self._generation, pages)
        self._lexicon = Lexicon()

    async def index(self, connection: Connection, documents: Sequence[Document]) -> None:
        newest = {document.card.id: document for document in sorted(documents, key=lambda one: one.version)}.values()
        offered = {text: place for place, text in enumerate({document.texts.offered for document in newest})}
        rows = msgspec.json.encode([row_of(document, offered[document.texts.offered]) for document in newest]).decode()
        profiles = list({profile_of(document) for document in newest})
        words = list({word for document in newest for word in document.texts.words()})
        await connection.execute(SQL["begin_generation"])
        await connection.execute(SQL["learn_profiles"], {"profiles": msgspec.json.encode(profiles).decode()})
        await connection.execute(SQL["learn_words"], {"words": words})
        await connection.execute(SQL["index"], {"documents": rows, "offered": list(offered)})

    async def remove(self, connection: Connection, removals: Sequence[Removal]) -> None:
        newest = {removal.id: removal for removal in sorted(removals, key=lambda one: one.version)}
        versions = [removal.version for removal in newest.values()]
        await connection.execute(SQL["begin_generation"])
        await connection.execute(SQL["remove"], {"ids": list(newest), "versions": versions})

    async def forget(self, connection: Connection, ids: Sequence[UUID]) -> None:
        """Hold nothing of structures any more, not even that they were removed."""
        await connection.execute(SQL["forget"], {"ids": list(ids)})

    async def hold(self, connection: Connection) -> None:
        """Keep whoever else writes waiting for the end of the transaction."""
        # Every transaction that writes begins with it; counts that were kept are forgotten, besides.
        await connection.execute(SQL["begin_generation"])

    async def before_exchange(self, connection: Connection) -> None:
        """Do, in the transaction, what comes before the tables of a rebuild take the place of the old ones."""

    async def search(self, request: SearchRequest) -> SearchResult:
        async with self._pool.connection() as connection:
            return await self._find(connection, request)

    async def _find(self, connection: Connection, request: SearchRequest) -> SearchResult:
        tolerant = request.tolerant or (request.after is not None and request.after.tolerant)
        terms = await terms_of(connection, self._lexicon, request, tolerant=tolerant) if request.words else None
        result = await self._search(connection, request, terms, tolerant=tolerant)
        if (
            terms
            and not result.total
            and not tolerant
            and not request.exact
            and request.after is None
            and not await self._matches(connection, terms)
        ):
            # Each word is known, but nothing holds them all: one may be mistyped into another.
            terms = await terms_of(connection, self._lexicon, request, tolerant=True)
            result = await self._search(connection, request, terms, tolerant=True)
        return result

    async def _matches(self, connection: Connection, terms: Terms) -> bool:
        """Whether anything matches, wherever it is and whatever the filters."""
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["matches"], {"match": terms.match})
            return bool(await cursor.fetchone())

    async def refresh_openings(self, now: datetime) -> int:
        refreshed = 0
        while rows := await self._running_out(now + REFRESH_AHEAD):
            openings = [_openings(row, now) for row in rows]
            async with self._pool.connection() as connection, connection.transaction():
                await self._write_openings(connection, openings)
            refreshed += len(rows)
        return refreshed

    async def _write_openings(self, connection: Connection, openings: Sequence[Openings]) -> list[UUID]:
        """Write openings of structures that are still at the version they were computed for; return which were."""
        rows = [
            {
                "id": one.id,
                "version": one.version,
                "is_weekly": one.is_weekly,
                "open_during": multirange(one.during),
                "open_computed_until": one.computed_until,
                "service_open": services_row(one.services)["service_open"],
            }
            for one in openings
        ]
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["refresh_openings"], {"openings": msgspec.json.encode(rows).decode()})
            return await cursor.fetchall()

    async def _running_out(self, before: datetime) -> list[_RunningOut]:
        parameters = {"before": before, "most": REFRESH_BATCH}
        async with self._pool.connection() as connection:
            return await fetch_all(connection, _RunningOut, SQL["openings_that_run_out"], parameters)

    async def _profiles(self, connection: Connection, request: SearchRequest) -> list[int] | None:
        """Return the ids of the profiles that pass the filters, or None when there is no filter."""
        filters = {
            "departments": list(request.departments) or None,
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
        terms: Terms | None,
        *,
        tolerant: bool,
    ) -> SearchResult:
        profiles = await self._profiles(connection, request)
        parameters = search_parameters(request, terms, profiles, many=self._many, ranked=self._ranked)
        parameters = {**parameters, "unusual": await open_though_unusual(connection, request, parameters)}
        facets, rows = await self._facets_and_page(connection, request, parameters)
        page = rows[: request.per_page]
        last = page[-1] if len(rows) > request.per_page else None
        return SearchResult(
            found=tuple(
                Found(card=row.card, distance=None if request.near is None or row.distance == NOWHERE else row.distance)
                for row in page
            ),
            total=facets.total,
            hidden=facets.hidden,
            categories=facets.categories,
            departments=facets.departments,
            families=facets.families,
            corrections=terms.corrections if terms else {},
            next=last and Position(last.score, last.reach, last.card.id, tolerant),
        )

    async def _facets_and_page(
        self, connection: Connection, request: SearchRequest, parameters: Parameters
    ) -> tuple[Facets, list[Ranked]]:
        """Return what a request, of which `parameters` were made, counts and shows, and one match more."""
        await self._generation.look(connection)
        since = self._generation.number
        counted, shown = _counts_depend_on(request, parameters), _page_depends_on(request, parameters)
        facets = self._facets.get(counted)
        if facets is None:
            tallies, rows = await tallies_and_page_of_few(connection, parameters)
            facets = await self._counting.tell(connection, tallies)
            if facets.total <= self._many:
                return facets, rows
            self._facets.keep(counted, facets, since=since)
        page = self._pages.get(shown)
        if page is None:
            page = await page_of_many(connection, request, parameters)
            if request.after is None and len(page) <= LONGEST_PAGE:
                self._pages.keep(shown, page, since=since)
        return facets, page


def _counts_depend_on(request: SearchRequest, parameters: Parameters) -> Hashable:
    """Return all that counts depend on.

    Closures begin and end at midnights, which are whole hours of UTC in every zone of France: what is closed stays so
    within an hour.
    """
    closed_at = request.closed_at and request.closed_at.replace(minute=0, second=0, microsecond=0)
    circle = (request.near, request.radius) if request.near and request.radius else None
    filters = (request.categories, request.family, request.publics, request.needs, request.departments)
    return (parameters["match"], circle, *filters, request.open_at, request.open_until, closed_at)


def _page_depends_on(request: SearchRequest, parameters: Parameters) -> Hashable:
    ranking = (parameters["rank"], parameters["needed"], parameters["phrase"], request.near)
    return (_counts_depend_on(request, parameters), ranking, request.after, request.per_page)
