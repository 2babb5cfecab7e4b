"""Audits: how a service's projection stood when it was compared with the truth, kept in its database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from libs.bus.outbox import SQL
from libs.database import Connection, rows_as


class Audit(msgspec.Struct, kw_only=True, frozen=True):
    """The outcome of an audit: of `compared` structures, `differing` were not held as the directory tells them.

    `repaired` of these are now. `late` ones could not be judged: events about them were still on their way.
    """

    projection: str
    started_at: datetime
    finished_at: datetime
    compared: int
    differing: int
    repaired: int
    late: int

    @property
    def wrong(self) -> int:
        """How many were left different."""
        return self.differing - self.repaired


async def keep_audit(connection: Connection, audit: Audit, detail: Any) -> None:
    """Keep an outcome, with what there is to tell of single structures."""
    await connection.execute(SQL["prune_audits"])
    await connection.execute(SQL["keep_audit"], {**msgspec.structs.asdict(audit), "detail": Jsonb(detail)})


async def last_audit(connection: Connection, projection: str | None = None) -> Audit | None:
    """Return the last audit of a projection, or of any that the service has."""
    async with connection.cursor(row_factory=rows_as(Audit)) as cursor:
        await cursor.execute(SQL["last_audit"], {"projection": projection})
        return await cursor.fetchone()
