"""A pool gives out connections that work, whatever became of those it holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from libs.database import Connection, is_outage, open_pool, open_session, pool
from libs.testing.chaos.proxy import Proxy


@pytest.fixture
async def url(make_database: Callable[[str], Awaitable[str]]) -> str:
    return await make_database("accounts")


@pytest.fixture
async def proxy(url: str) -> AsyncIterator[Proxy]:
    port = int(str(conninfo_to_dict(url)["port"]))
    proxy = Proxy("PostgreSQL", lambda: port)
    await proxy.start()
    yield proxy
    await proxy.stop()


def through(proxy: Proxy, url: str) -> str:
    return url.replace(f":{conninfo_to_dict(url)['port']}/", f":{proxy.port}/")


async def number(connection: Connection) -> int:
    return (await (await connection.execute("select pg_backend_pid()")).fetchall())[0][0]


async def test_a_half_open_connection_is_not_given_out(url: str, proxy: Proxy) -> None:
    async with open_pool(through(proxy, url)) as opened:
        async with opened.connection() as connection:
            before = await number(connection)
        proxy.links[0].frozen = True
        await asyncio.sleep(pool.HEARD_LATELY)
        started = time.monotonic()
        async with opened.connection() as connection:
            assert await number(connection) != before
        assert time.monotonic() - started < 5


async def test_a_connection_that_was_ended_is_not_given_out_however_lately_it_was_heard(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "HEARD_LATELY", 60)
    async with open_pool(url) as opened, await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
        async with opened.connection() as connection:
            before = await number(connection)
        await other.execute("select pg_terminate_backend(%s, 5000)", [before])
        async with opened.connection() as connection:
            assert await number(connection) != before


async def test_a_statement_on_a_half_open_connection_fails_in_the_end(
    url: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "PATIENCE", 0.5)
    async with open_pool(through(proxy, url), statement_timeout_ms=500) as opened, opened.connection() as connection:
        await number(connection)
        proxy.links[0].frozen = True
        with pytest.raises(psycopg.OperationalError, match=r"PostgreSQL said nothing for 1 s") as caught:
            await connection.execute("select 1")
        assert is_outage(caught.value)
        assert connection.closed


async def test_a_slow_statement_is_ended_by_the_server_and_is_no_outage(url: str) -> None:
    async with open_pool(url, statement_timeout_ms=200) as opened, opened.connection() as connection:
        with pytest.raises(psycopg.errors.QueryCanceled) as caught:
            await connection.execute("select pg_sleep(5)")
        assert not is_outage(caught.value)


async def test_what_a_silent_transaction_holds_is_free_after_a_while(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "SILENCE_MS", 300)
    async with open_pool(url) as opened:
        async with opened.connection() as connection:
            await connection.execute("create table held (id int primary key)")
        async with opened.connection() as suspended, opened.connection() as other:
            await suspended.execute("begin")
            await suspended.execute("insert into held values (1)")
            await other.execute("insert into held values (1)")  # waits until the first is undone
            with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
                await suspended.execute("commit")


async def test_a_silent_session_leaves_its_lock_to_another(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "SILENCE_MS", 300)
    async with open_session(url) as silent, open_session(url) as other:
        await silent.execute("select pg_advisory_lock(1)")
        await other.execute("select pg_advisory_lock(1)")
        with pytest.raises(psycopg.OperationalError) as caught:
            await silent.execute("select 1")
        assert is_outage(caught.value)


async def test_listening_is_not_bounded_by_patience(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool.PatientConnection, "patience", 0.2)
    async with open_session(url) as listener, open_session(url) as speaker:
        await listener.execute("listen news")

        async def heard() -> list[str]:
            return [notify.payload async for notify in listener.notifies(timeout=5, stop_after=1)]

        hearing = asyncio.ensure_future(heard())
        await asyncio.sleep(0.5)  # what is tested is that time passes
        await speaker.execute("select pg_notify('news', 'here')")
        assert await hearing == ["here"]
