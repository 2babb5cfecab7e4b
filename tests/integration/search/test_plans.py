"""How PostgreSQL plans searches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import psycopg


async def test_every_search_is_planned_for_its_own_values(
    make_database: Callable[[str], Awaitable[str]], postgres: str
):
    await make_database("search")  # copied from the one that was migrated, which alone has the setting
    async with await psycopg.AsyncConnection.connect(postgres) as connection:
        found = await connection.execute(
            "select setconfig from pg_db_role_setting "
            "where setdatabase = (select oid from pg_database where datname = 'relais_search') "
            "and setrole = 'relais_search'::regrole"
        )
        assert await found.fetchall() == [(["plan_cache_mode=force_custom_plan"],)]
