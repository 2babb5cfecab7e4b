"""What Meilisearch is asked for one page, and what it says: which match, how many, of what, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from meilisearch_python_sdk.models.search import SearchParams

from services.search.domain.requests import Counts, SearchRequest
from services.search.engines.meilisearch.documents import EVERY
from services.search.engines.meilisearch.filters import any_of, closed_at, conditions_of
from services.search.engines.meilisearch.server import Answer, Server
from services.search.engines.meilisearch.settings import DEEPEST
from services.search.engines.postgres.words import Terms

_FACETS = ["every", "categories", "departments", "families"]


class Matches(msgspec.Struct, kw_only=True, frozen=True):
    """`first` are the matches to be ranked: all, or the nearest (the fullest without a point) where there are many.

    `scores`, from 0 to 1, are those that Meilisearch gives for the words; what it would not find by them has none.
    """

    first: list[UUID]
    total: int
    hidden: int
    categories: Counts
    departments: Counts
    families: Counts
    scores: dict[UUID, float]


class Asking:
    """One search on one index. `ranked` is how many matches are ranked at most."""

    def __init__(
        self,
        server: Server,
        index: str,
        request: SearchRequest,
        *,
        terms: Terms | None,
        elsewhere: Sequence[UUID],
        unusual: Sequence[UUID] | None,
        ranked: int,
    ) -> None:
        self._server = server
        self._index = index
        self._ranked = ranked
        self._words = " ".join(_taken_for(word, terms) for word in request.words) if terms else ""
        conditions = conditions_of(request, terms, elsewhere, unusual)
        shut = closed_at(request.closed_at, request.needs) if request.closed_at else None
        self._shown = [*conditions, f"NOT {shut}"] if shut else conditions
        self._hidden = [*conditions, shut] if shut else None
        near = request.near
        order = f"_geoPoint({near.latitude!r}, {near.longitude!r}):asc" if near else "prominence:desc"
        self._sort = [order, "id:asc"]

    async def matches(self) -> Matches:
        queries = [self._query(self._shown, hits_per_page=self._ranked, facets=_FACETS, sort=self._sort)]
        if self._hidden is not None:
            queries.append(self._query(self._hidden, hits_per_page=1, facets=["every"]))
        if self._words:
            queries.append(self._scored(self._shown))
        counted, *others = await self._server.search(queries)
        first = _ids(counted)
        total = _count(counted)
        scored = others[-1] if self._words else None
        if scored is not None and total > len(first):
            # The best of all need not be among the nearest, which are those to be ranked.
            [scored] = await self._server.search([self._scored([any_of("id", map(str, first))])])
        return Matches(
            first=first,
            total=total,
            hidden=_count(others[0]) if self._hidden is not None else 0,
            categories=_counts(counted, "categories"),
            departments=_counts(counted, "departments"),
            families=_counts(counted, "families"),
            scores=_scores(scored) if scored else {},
        )

    async def further(self, skipped: int, most: int) -> list[UUID]:
        """Return the matches after the first `skipped`, in the order in which `Matches.first` begins."""
        most = min(most, DEEPEST - skipped)
        if most <= 0:
            return []
        [found] = await self._server.search([self._query(self._shown, offset=skipped, limit=most, sort=self._sort)])
        return _ids(found)

    def _query(self, conditions: list[str], **parameters: Any) -> SearchParams:
        return SearchParams(
            index_uid=self._index,
            filter=list(conditions) or None,
            attributes_to_retrieve=["id"],
            **parameters,
        )

    def _scored(self, conditions: list[str]) -> SearchParams:
        return self._query(conditions, query=self._words, limit=self._ranked, show_ranking_score=True)


def _taken_for(word: str, terms: Terms | None) -> str:
    """Return a word as it is looked for: what it was most likely mistyped from, where it is unknown."""
    return next(iter(terms.corrections.get(word, ())), word) if terms else word


def _ids(found: Answer) -> list[UUID]:
    # Ten times as fast as UUID(…), and there may be a thousand.
    return msgspec.convert([hit["id"] for hit in found.hits], list[UUID])


def _scores(found: Answer) -> dict[UUID, float]:
    return dict(zip(_ids(found), [hit["_rankingScore"] for hit in found.hits], strict=True))


def _count(found: Answer) -> int:
    return found.facets.get("every", {}).get(EVERY, 0)


def _counts(found: Answer, facet: str) -> Counts:
    """Return counts, the most frequent first."""
    return dict(sorted(found.facets.get(facet, {}).items(), key=lambda one: -one[1]))
