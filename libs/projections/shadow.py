"""Empty twins of tables: filled apart, then compared with the tables or put in their place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.errors import LockNotAvailable

from libs.database import Connection, Queries
from libs.database.pool import NETWORK, SILENCE_MS

SQL = Queries("libs.projections")

LIVE = "public"
TEMPORARY = "pg_temp"
"""The schema of a session's own tables: it comes before all others, and goes with the session."""

SCHEMA = "rebuild"

_PATIENCE = 60.0
_RETRY = 1.0


class AtWork(Exception):  # noqa: N818 -- said as it stands
    """Another process does the same. `since` is when it began."""

    def __init__(self, since: datetime) -> None:
        super().__init__(since)
        self.since = since


async def connect(url: str, *, search_path: str = LIVE) -> Connection:
    """Return a connection to `url` on which statements may take long, and names are looked up in `search_path`."""
    settings = {
        "search_path": search_path,
        "maintenance_work_mem": "128MB",
        "max_parallel_maintenance_workers": 0,  # whoever searches needs the processor
        # Neither a process that is gone nor one that was suspended goes on holding locks.
        "client_connection_check_interval": "5s",
        "idle_in_transaction_session_timeout": SILENCE_MS,
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return await psycopg.AsyncConnection.connect(url, autocommit=True, options=options, **NETWORK)


@asynccontextmanager
async def the_only_one(connection: Connection, purpose: str) -> AsyncGenerator[None]:
    """Hold the lock of `purpose` meanwhile; it goes with the connection at the latest.

    Raises:
        AtWork: see there.
    """
    [(taken,)] = await (await connection.execute(SQL["try_lock"], {"purpose": purpose})).fetchall()
    if not taken:
        [(since,)] = await (await connection.execute(SQL["locked_since"], {"purpose": purpose})).fetchall()
        raise AtWork(since or datetime.now().astimezone())
    try:
        yield
    finally:
        # PostgreSQL gives locks back some time after a connection is closed: whoever comes next would be refused.
        with suppress(psycopg.Error):
            await connection.execute(SQL["unlock"], {"purpose": purpose})


@dataclass(frozen=True)
class _Table:
    """A table's name, and what makes its twin like it: its settings when it is created, then statements."""

    name: str
    settings: sql.SQL
    keys: Sequence[sql.Composed]
    rest: Sequence[sql.SQL | sql.Composed]


class Shadow:
    """Twins of `tables`, which `public` holds, in the schema `schema`."""

    def __init__(self, tables: Sequence[_Table], schema: str) -> None:
        self._tables = tables
        self._schema = schema

    @classmethod
    async def of(cls, connection: Connection, tables: Iterable[str], schema: str) -> Shadow:
        """Read what `tables` are like, on a connection that looks names up in `public` alone."""
        return cls([await _describe(connection, name) for name in tables], schema)

    async def create(self, connection: Connection) -> None:
        """Create the tables with their keys; what an earlier shadow left in the schema goes."""
        if self._schema != TEMPORARY:
            await self.drop(connection)
            await connection.execute(sql.SQL("create schema {}").format(sql.Identifier(self._schema)))
        like = sql.SQL("create table {} (like {} including defaults including constraints including storage) {}")
        for table in self._tables:
            live = sql.Identifier(LIVE, table.name)
            await connection.execute(like.format(self._named(table.name), live, table.settings))
            for key in table.keys:
                await connection.execute(sql.SQL("alter table {} {}").format(self._named(table.name), key))

    async def complete(self, connection: Connection, names: Sequence[str]) -> None:
        """Give filled tables their indexes and references, and the planner their statistics.

        The connection must look names up in the shadow's schema first.
        """
        chosen = [table for table in self._tables if table.name in names]
        for table in chosen:
            for statement in table.rest:
                await connection.execute(statement)
        for table in chosen:
            await connection.execute(sql.SQL("vacuum analyze {}").format(self._named(table.name)))

    async def exchange(self, connection: Connection, names: Sequence[str]) -> None:
        """Put the shadow's tables `names` in place of those in `public`, which go; within a transaction."""
        live = sql.SQL(", ").join(sql.Identifier(LIVE, name) for name in names)
        await connection.execute(sql.SQL("drop table {}").format(live))
        for name in names:
            await connection.execute(sql.SQL("alter table {} set schema public").format(self._named(name)))
        await self._drop(connection)

    async def drop(self, connection: Connection) -> None:
        """Drop what is left of the shadow.

        Raises:
            LockNotAvailable: somebody has been reading a table that it refers to for a minute.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                async with connection.transaction():
                    # Those who read the table too would queue up behind us.
                    await connection.execute("set local lock_timeout = '300ms'")
                    await self._drop(connection)
            except LockNotAvailable:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(_RETRY)
            else:
                return

    async def _drop(self, connection: Connection) -> None:
        await connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(self._schema)))

    async def empty(self, connection: Connection) -> None:
        names = sql.SQL(", ").join(self._named(table.name) for table in self._tables)
        await connection.execute(sql.SQL("truncate {}").format(names))

    def _named(self, name: str) -> sql.Identifier:
        return sql.Identifier(self._schema, name)


async def lock(connection: Connection, names: Sequence[str], mode: LiteralString) -> None:
    """Lock tables of `public` until the transaction ends, in the order given."""
    tables = sql.SQL(", ").join(sql.Identifier(LIVE, name) for name in names)
    await connection.execute(sql.SQL("lock table {} in {} mode").format(tables, sql.SQL(mode)))


async def _describe(connection: Connection, name: str) -> _Table:
    cursor = await connection.execute(SQL["constraints"], {"table": name})
    keys: list[sql.Composed] = []
    rest: list[sql.Composed] = []
    for constraint, refers, definition in await cursor.fetchall():
        added = sql.SQL("add constraint {} {}").format(sql.Identifier(constraint), _said(definition))
        if refers:
            rest.append(sql.SQL("alter table {} {}").format(sql.Identifier(name), added))
        else:
            keys.append(added)
    cursor = await connection.execute(SQL["indexes"], {"table": name})
    indexes = [_said(definition) for (definition,) in await cursor.fetchall()]
    [(settings,)] = await (await connection.execute(SQL["settings"], {"table": name})).fetchall()
    return _Table(name, _said(settings), keys, [*indexes, *rest])


def _said(definition: str) -> sql.SQL:
    """Return what PostgreSQL itself said of a table, as part of a statement."""
    return sql.SQL(cast("LiteralString", definition))
