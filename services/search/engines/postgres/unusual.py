"""What is open far ahead although its hours are not the same every week: computed when it is asked for."""

from __future__ import annotations

import asyncio
from uuid import UUID

import msgspec

from libs.database import Connection, Queries, fetch_all
from services.search.domain.documents import Card
from services.search.domain.far_ahead import is_open
from services.search.domain.requests import SearchRequest
from services.search.engines.postgres.values import Parameters

SQL = Queries("services.search.engines.postgres")

AT_ONCE = 50
"""How many are computed before others have their turn."""


class _Unusual(msgspec.Struct):
    id: UUID
    card: str


_decode_card = msgspec.json.Decoder(Card).decode


async def open_though_unusual(
    connection: Connection, request: SearchRequest, parameters: Parameters
) -> list[UUID] | None:
    """Return which of these are open among what matches; None where nobody asks for what is open far ahead.

    `parameters` are those of the request.
    """
    if request.open_at is None or not request.is_far_ahead:
        return None
    rows = await fetch_all(connection, _Unusual, SQL["matching"] + SQL["unusual"], {**parameters, "open_at": None})
    found: list[UUID] = []
    for at, row in enumerate(rows, 1):
        if is_open(_decode_card(row.card), request.needs, request.open_at, request.last_moment or request.open_at):
            found.append(row.id)
        if at % AT_ONCE == 0:
            await asyncio.sleep(0)
    return found
