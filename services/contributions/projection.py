"""What rebuilds and audits need to know of the structures that contributions are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from libs.contracts.events import StructureChanged, StructureWithdrawn
from libs.database import Connection, Pool
from libs.projections import Projection, Said
from libs.runtime import Settings
from services.contributions import store
from services.contributions.store.rows import SQL


def projection_of(_pool: Pool, _settings: Settings) -> Projection:
    return Projection(
        name="contributions",
        service="contributions",
        consumer="contributions-structures",
        tables=("structure",),
        apply=_apply,
        forget=_forget,
        compare=SQL["compare_structures"],
    )


async def _apply(connection: Connection, states: Sequence[Said]) -> None:
    if changes := [said for said in states if isinstance(said, StructureChanged)]:
        await store.project(connection, changes)
    for said in states:
        if isinstance(said, StructureWithdrawn):
            await store.withdraw(connection, said)


async def _forget(connection: Connection, ids: Sequence[UUID]) -> None:
    await connection.execute(SQL["forget_structures"], {"ids": list(ids)})
