"""A database that goes away for a while, as when PostgreSQL restarts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from libs.testing.waiting import eventually


@asynccontextmanager
async def database_away(url: str, administrator: str) -> AsyncGenerator[None]:
    """End every connection to the database at `url`, and let nobody in until the end of the block.

    `administrator` is the address of the server for somebody who may do that (the fixture `postgres`).
    """
    name = str(conninfo_to_dict(url)["dbname"])
    database = sql.Identifier(name)

    async def nobody_gets_in() -> bool:
        try:
            async with await psycopg.AsyncConnection.connect(url):
                return False
        except psycopg.OperationalError:
            return True

    async with await psycopg.AsyncConnection.connect(administrator, autocommit=True) as connection:
        await connection.execute(sql.SQL("alter database {} allow_connections false").format(database))
        try:
            await connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", [name]
            )
            await eventually(nobody_gets_in)
            yield
        finally:
            await connection.execute(sql.SQL("alter database {} allow_connections true").format(database))
