"""A page of what matches, the best first.

Few matches are all ranked. Of many (a word that half of the index has) the nearest are, or without a point those of
which most is known; whatever else matches follows in that very order, with scores below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString, TypeVar
from uuid import UUID

import msgspec

from libs.database import Connection, Queries, rows_as
from services.search.domain.documents import Card
from services.search.domain.requests import SearchRequest
from services.search.engines.postgres.facets import Tallied
from services.search.engines.postgres.values import Parameters

SQL = Queries("services.search.engines.postgres")

MATCHING = SQL["matching"]

T = TypeVar("T")


class _Found(msgspec.Struct):
    counts: str
    cards: str


class _Row(msgspec.Struct):
    score: float
    reach: float
    distance: float
    card: str


class _Edge(msgspec.Struct):
    """The last one that is ranked of many."""

    score: float
    reach: float
    id: UUID


class Ranked(msgspec.Struct, frozen=True, array_like=True):
    """A match, and where it stands: by score, the highest first, then `reach`, then id. `distance` is in metres."""

    score: float
    reach: float
    distance: float
    card: Card


_decode_card = msgspec.json.Decoder(Card).decode
_decode_cards = msgspec.json.Decoder(list[Ranked]).decode
_decode_tallies = msgspec.json.Decoder(list[Tallied]).decode


async def tallies_and_page_of_few(connection: Connection, parameters: Parameters) -> tuple[list[Tallied], list[Ranked]]:
    """Return how many match by profile and, unless they are more than `many`, a page, and one match more."""
    few = SQL["few_with_words"] if parameters["match"] else SQL["few"]
    query = MATCHING + SQL["counted"] + few + SQL["best"] + SQL["counts_and_cards"]
    [found] = await _fetch(connection, _Found, query, parameters)
    return _decode_tallies(found.counts), _decode_cards(found.cards)


async def page_of_many(connection: Connection, request: SearchRequest, parameters: Parameters) -> list[Ranked]:
    """Return a page of more than `many`, and one match more where there is one. `parameters` were made of `request`."""
    first, rest = ("nearest", "farther") if request.near else ("fullest", "less_full")
    rows: list[_Row] = []
    if request.after is None or request.after.score >= 0:
        rows = await _fetch(connection, _Row, MATCHING + SQL[first] + SQL["best"] + SQL["cards"], parameters)
        if len(rows) > request.per_page:
            return _ranked(rows)
        edge = await _fetch(connection, _Edge, MATCHING + SQL[first] + SQL[f"edge_of_{first}"], parameters)
        for last in edge:
            further = {"after_score": last.score, "after_reach": last.reach, "after_id": last.id}
            parameters = {**parameters, **further, "most": parameters["most"] - len(rows)}
    return _ranked(rows + await _fetch(connection, _Row, MATCHING + SQL[rest] + SQL["cards"], parameters))


def _ranked(rows: Sequence[_Row]) -> list[Ranked]:
    return [Ranked(row.score, row.reach, row.distance, _decode_card(row.card)) for row in rows]


async def _fetch(connection: Connection, shape: type[T], query: LiteralString, parameters: Parameters) -> list[T]:
    async with connection.cursor(row_factory=rows_as(shape)) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()
