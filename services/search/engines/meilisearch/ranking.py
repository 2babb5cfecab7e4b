"""A page of what matches, the best first.

Meilisearch says how well a match answers the words; how far it lies counts as in the engine on PostgreSQL. Few
matches are all ranked. Of many the nearest are, or without a point those of which most is known; whatever else
matches follows in that very order, with scores below zero and its place in that order as `reach`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from psycopg.rows import scalar_row

from libs.database import Connection, fetch_all
from services.search.domain.documents import Card
from services.search.domain.requests import Found, Position, SearchRequest, SearchResult
from services.search.domain.words import spoken
from services.search.engines.meilisearch.asking import Asking, Matches
from services.search.engines.meilisearch.queries import SQL
from services.search.engines.postgres.values import NEAR_BY, NEED, NOWHERE
from services.search.engines.postgres.words import Terms

FULLNESS = 0.001
"""What a full record is worth beside the words, whose scores go up to 1.5."""


class _Standing(msgspec.Struct):
    """What is held of a match, as far as it counts.

    `distance` is in metres; `offers`, whether it offers a need that the words name.
    """

    id: UUID
    name: str
    prominence: float
    distance: float
    offers: bool


class _Card(msgspec.Struct):
    id: UUID
    card: str


_decode_card = msgspec.json.Decoder(Card).decode


async def elsewhere(connection: Connection, request: SearchRequest) -> list[UUID]:
    """Return those in several places of which one is within the radius."""
    if request.near is None or request.radius is None:
        return []
    circle = {"latitude": request.near.latitude, "longitude": request.near.longitude, "radius": request.radius}
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["elsewhere"], circle)
        return await cursor.fetchall()


async def page_of(
    connection: Connection, asking: Asking, request: SearchRequest, terms: Terms | None, *, tolerant: bool
) -> SearchResult:
    """Return one page of what `asking` finds."""
    matches = await asking.matches()
    many = matches.total > len(matches.first)
    # What is not committed yet, or was rolled back, the database does not know.
    held = await _standing(connection, request, matches.first)
    after = request.after
    places: list[Position] = []
    if after is None or after.score >= 0:
        places = _ranked(request, matches, held.values())
    if many and len(places) <= request.per_page:
        skipped = len(matches.first) if after is None or after.score >= 0 else int(after.reach)
        ids = await asking.further(skipped, request.per_page + 1)
        held |= await _standing(connection, request, ids)
        places += [Position(-1, skipped + n, one) for n, one in enumerate(ids, 1) if one in held]
    page = places[: request.per_page]
    return SearchResult(
        found=await _found(connection, request, [held[one.id] for one in page]),
        total=matches.total if many else len(held),
        hidden=matches.hidden,
        categories=matches.categories,
        departments=matches.departments,
        families=matches.families,
        corrections=terms.corrections if terms else {},
        next=msgspec.structs.replace(page[-1], tolerant=tolerant) if len(places) > len(page) else None,
    )


def _ranked(request: SearchRequest, matches: Matches, held: Iterable[_Standing]) -> list[Position]:
    """Return where matches stand, the best first, beyond the last page."""
    phrase = spoken(request.words)

    def score(one: _Standing) -> float:
        relevance = matches.scores.get(one.id, 0.0)
        if phrase and one.name.startswith(phrase):
            relevance += 0.5 if one.name == phrase else 0.3 * len(phrase) / len(one.name)
        if one.offers:
            relevance += NEED
        if request.near is None:
            return relevance + one.prominence * FULLNESS
        return relevance / (1 + one.distance / NEAR_BY)

    order = sorted((-score(one), one.distance, one.id) for one in held)
    if request.after is not None:
        edge = (-request.after.score, request.after.reach, request.after.id)
        order = [place for place in order if place > edge]
    return [Position(-below, distance, one) for below, distance, one in order]


async def _standing(connection: Connection, request: SearchRequest, ids: Sequence[UUID]) -> dict[UUID, _Standing]:
    near = request.near
    parameters = {
        "ids": list(ids),
        "needs": list(request.needs),
        "latitude": near and near.latitude,
        "longitude": near and near.longitude,
        "nowhere": NOWHERE,
    }
    return {one.id: one for one in await fetch_all(connection, _Standing, SQL["standing"], parameters)}


async def _found(connection: Connection, request: SearchRequest, page: Sequence[_Standing]) -> tuple[Found, ...]:
    rows = await fetch_all(connection, _Card, SQL["cards"], {"ids": [one.id for one in page]})
    cards = {row.id: _decode_card(row.card) for row in rows}
    return tuple(
        Found(card=cards[one.id], distance=None if request.near is None or one.distance == NOWHERE else one.distance)
        for one in page
        if one.id in cards  # removed since
    )
