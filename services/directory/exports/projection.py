"""What rebuilds and audits need to know of the export lines."""

from __future__ import annotations

from collections.abc import Sequence

from libs.database import Connection, Pool
from libs.projections import Projection, Said
from libs.runtime import Settings
from services.directory.exports.handlers import apply
from services.directory.handlers.telling import truth_of
from services.directory.store import export_lines
from services.directory.store.queries import SQL


def projection_of(pool: Pool, _: Settings) -> Projection:
    return Projection(
        name="exports",
        service="directory",
        consumer="directory-exports",
        tables=("export_line",),
        scratch=("export_file",),
        apply=_apply,
        forget=export_lines.forget,
        before_exchange=_refresh_differing,
        compare=SQL["compare_export_lines"],
        truth=truth_of(pool),
    )


async def _apply(connection: Connection, states: Sequence[Said]) -> None:
    await apply(connection, states)


async def _refresh_differing(connection: Connection) -> None:
    await connection.execute(SQL["refresh_differing_files"])
