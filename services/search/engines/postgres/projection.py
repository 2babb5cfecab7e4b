"""What rebuilds and audits need to know of the index."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from libs.database import Connection, Pool
from libs.projections import Projection, Said
from services.search.engines.postgres.engine import SQL, PostgresEngine
from services.search.handlers import apply


def projection_of(pool: Pool) -> Projection:
    """Return the index as a projection.

    Profiles stay as they are in a rebuild: they never change, and whoever searches keeps some by their ids.
    """
    engine = PostgresEngine(pool)

    async def apply_said(connection: Connection, states: Sequence[Said]) -> None:
        await apply(engine, connection, states)

    return Projection(
        name="search",
        service="search",
        consumer="search-index",
        tables=("document", "card", "word"),
        scratch=("generation",),
        apply=apply_said,
        forget=_forget,
        hold=_hold,
        compare=SQL["compare"],
    )


async def _forget(connection: Connection, ids: Sequence[UUID]) -> None:
    await connection.execute(SQL["forget"], {"ids": list(ids)})


async def _hold(connection: Connection) -> None:
    # Every transaction that writes begins with it; counts that were kept are forgotten, besides.
    await connection.execute(SQL["begin_generation"])
