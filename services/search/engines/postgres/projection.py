"""What rebuilds and audits need to know of the index."""

from __future__ import annotations

from collections.abc import Sequence

from libs.database import Connection
from libs.projections import Projection, Said
from services.search.engines.postgres.engine import SQL, PostgresEngine
from services.search.handlers import apply

CONSUMER = "search-index"


def projection_of(engine: PostgresEngine, *, consumer: str = CONSUMER) -> Projection:
    """Return the index of an engine, which `consumer` feeds, as a projection.

    Profiles stay as they are in a rebuild: they never change, and whoever searches keeps some by their ids.
    """

    async def apply_said(connection: Connection, states: Sequence[Said]) -> None:
        await apply(engine, connection, states)

    return Projection(
        name="search",
        service="search",
        consumer=consumer,
        tables=("document", "card", "word"),
        scratch=("generation",),
        apply=apply_said,
        forget=engine.forget,
        hold=engine.hold,
        compare=SQL["compare"],
        before_exchange=engine.before_exchange,
    )
