"""What is sent again under one Idempotency-Key makes nothing again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from libs.database import Pool
from libs.identifiers import uuid7
from libs.testing.web import bearer, make_settings, serving
from libs.web import Problem, create_application
from libs.web.idempotency import LONGEST, IdempotencyKey, claim

THINGS, OTHERS = "/api/v1/things", "/api/v1/others"


class Wish(msgspec.Struct):
    name: str


@post([THINGS, OTHERS])
async def make(
    pool: NamedDependency[Pool], data: JSONBody[Wish], idempotency_key: NamedDependency[IdempotencyKey | None]
) -> str:
    made = uuid7()
    async with pool.connection() as connection, connection.transaction():
        if first := await claim(connection, idempotency_key, made):
            return str(first)
        if data.name == "refused":
            raise Problem(422, "invalid", "This is refused.")
    return str(made)


class Maker:
    """Sends wishes, and looks at what was kept of their keys."""

    def __init__(self, client: httpx.AsyncClient, pool: Pool) -> None:
        self._client, self.pool = client, pool

    async def send(
        self, name: str = "a", key: str | None = "k-1", path: str = THINGS, **headers: str
    ) -> httpx.Response:
        keyed = {} if key is None else {"Idempotency-Key": key}
        return await self._client.post(path, json={"name": name}, headers={**headers, **keyed})

    async def made(self, *arguments: Any, **choices: Any) -> str:
        answer = await self.send(*arguments, **choices)
        assert answer.status_code == 201, answer.text
        return answer.text

    async def count(self) -> int:
        async with self.pool.connection() as connection:
            row = await (await connection.execute("select count(*) from idempotency_key")).fetchone()
        assert row
        return row[0]


@pytest.fixture
async def maker(make_database: Callable[[str], Awaitable[str]], nats_url: str) -> AsyncIterator[Maker]:
    settings = make_settings("search", await make_database("search"), nats_url)
    app = create_application(settings, package="services.search", title="Test", handlers=[make])
    async with serving(app) as client:
        yield Maker(client, app.state.pool)


async def test_the_same_request_again_gives_what_the_first_made(maker: Maker) -> None:
    assert await maker.made() == await maker.made()
    assert await maker.count() == 1


async def test_without_a_key_each_request_makes_its_own(maker: Maker) -> None:
    assert await maker.made(key=None) != await maker.made(key=None)
    assert await maker.count() == 0


async def test_the_same_key_of_somebody_else_or_elsewhere_is_another_key(maker: Maker) -> None:
    mine, yours = bearer("partner"), bearer("partner")
    made = [await maker.made(**headers, path=path) for headers in ({}, mine, yours) for path in (THINGS, OTHERS)]
    assert len(set(made)) == 6
    assert await maker.made(**mine) == made[2]


async def test_another_request_under_the_same_key_is_refused(maker: Maker) -> None:
    await maker.made("a")
    refused = await maker.send("b")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/idempotency-key")


async def test_a_refused_request_leaves_its_key_free(maker: Maker) -> None:
    assert (await maker.send("refused")).status_code == 422
    assert await maker.made("a")


async def test_requests_at_once_make_one_thing(maker: Maker) -> None:
    assert len({*await asyncio.gather(*(maker.made() for _ in range(8)))}) == 1


async def test_a_first_request_that_takes_too_long_gives_409_and_when_to_come_back(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.web.idempotency.PATIENCE", 1)
    await maker.made()
    async with maker.pool.connection() as connection:
        deleted = await connection.execute("delete from idempotency_key returning digest, request, made")
        row = await deleted.fetchone()
    async with maker.pool.connection() as first, first.transaction(force_rollback=True):
        await first.execute("insert into idempotency_key (digest, request, made) values (%s, %s, %s)", row)
        answer = await maker.send()
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/in-progress")
    assert answer.headers["retry-after"] == "1"
    assert await maker.made()


async def test_a_key_is_forgotten_after_a_day(maker: Maker) -> None:
    first = await maker.made("a")
    async with maker.pool.connection() as connection:
        await connection.execute("update idempotency_key set claimed_at = now() - interval '24 hours 1 second'")
    assert await maker.made("b") != first
    assert await maker.count() == 1


@pytest.mark.parametrize("key", ["", "x" * (LONGEST + 1)])
async def test_a_key_that_is_empty_or_too_long_is_named(maker: Maker, key: str) -> None:
    refused = await maker.send(key=key)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["Idempotency-Key"]


async def test_neither_the_key_nor_its_sender_is_kept_in_clear(maker: Maker) -> None:
    await maker.made(key="k-of-somebody")
    async with maker.pool.connection() as connection:
        row = await (await connection.execute("select to_jsonb(k)::text from idempotency_key k")).fetchone()
    assert row
    assert b"k-of-somebody".hex() not in row[0]
    assert "k-of-somebody" not in row[0]
