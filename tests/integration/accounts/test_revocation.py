"""What is ended or revoked is refused everywhere, within a second: two services, one real bus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from litestar import get
from litestar.di import NamedDependency

from libs.testing.waiting import eventually
from libs.testing.web import make_settings, serving
from libs.web.application import create_application
from libs.web.security import Viewer, require
from services.accounts.jobs import announce_revoked
from services.accounts.service import service as accounts_service

pytestmark = pytest.mark.usefixtures("clean_streams")


@get("/qui", guards=[require()])
async def who(viewer: NamedDependency[Viewer | None]) -> dict[str, Any]:
    return {"name": viewer.name if viewer else None}


@pytest_asyncio.fixture
async def other(make_database, nats_url) -> AsyncIterator[Any]:
    """A program that talks to another service, which knows of accounts by the bus alone."""
    settings = make_settings("search", await make_database("search"), nats_url)
    app = create_application(settings, package="services.search", title="Other", handlers=[who])
    async with serving(app) as client:
        await eventually(lambda: _listens(app))
        yield client


async def _listens(app: Any) -> bool:
    return app.state.nats is not None and app.state.nats.is_connected


@pytest_asyncio.fixture
async def worker(accounts) -> AsyncIterator[None]:
    """The worker of accounts: its relay and its jobs."""
    task = asyncio.create_task(accounts_service.work(accounts.settings))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _settled(accounts) -> None:
    """Wait until the relay has published all there is: from here on it is awake."""

    async def nothing_left() -> bool:
        return await accounts.sql("select id from outbox where published_at is null") == []

    await eventually(nothing_left)


async def _refused_after(other, cookie: str) -> float:
    started = time.monotonic()

    async def refused() -> bool:
        return (await other.get("/qui", headers={"Cookie": f"relais={cookie}"})).status_code != 200

    await eventually(refused)
    return time.monotonic() - started


@pytest.mark.usefixtures("worker")
async def test_an_ended_session_is_refused_by_another_service_within_a_second(accounts, client, other):
    await client.post(await accounts.link("moderator"))
    first = client.cookies["relais"]
    client.cookies.clear()
    await client.post(await accounts.link("moderator"))
    second = client.cookies["relais"]
    assert (await other.get("/qui", headers={"Cookie": f"relais={first}"})).status_code == 200
    # One revocation goes ahead, so that relay and listener are known to be under way before the clock starts.
    await client.post("/compte/sessions/terminer-les-autres")
    await _refused_after(other, first)
    assert (await other.get("/qui", headers={"Cookie": f"relais={second}"})).status_code == 200

    await client.post("/compte/deconnexion")
    assert await _refused_after(other, second) < 1


@pytest.mark.usefixtures("worker")
async def test_a_revoked_token_and_a_changed_role_are_refused_by_another_service(accounts, client, other):
    header = await accounts.token("administrator")
    await client.post(await accounts.link("moderator", "75"))
    cookie = client.cookies["relais"]
    made = await client.post("/api/v1/account/tokens", json={"label": "Essai", "role": "moderator"})
    own = {"Authorization": f"Bearer {made.json()['token']}"}
    for headers in (header, own, {"Cookie": f"relais={cookie}"}):
        assert (await other.get("/qui", headers=headers)).status_code == 200

    ((account_id,),) = await accounts.sql("select id from account")
    form = {"name": "Camille", "role": "moderator", "reach": "some", "departments": "93"}
    client.cookies.clear()
    changed = await client.post(f"/compte/comptes/{account_id}", data=form, headers=header)
    assert changed.status_code == 303

    async def refused() -> bool:
        answers = [await other.get("/qui", headers=h) for h in (own, {"Cookie": f"relais={cookie}"})]
        return all(answer.status_code in {303, 401} for answer in answers)

    await eventually(refused)
    assert (await other.get("/qui", headers=header)).status_code == 200


@pytest.mark.usefixtures("worker")
async def test_a_process_that_starts_later_refuses_what_was_revoked_before(accounts, client, make_database, nats_url):
    header = await accounts.token("partner")
    ((token_id,),) = await accounts.sql("select id from api_token")
    administrator = await accounts.token("administrator")
    await client.delete(f"/api/v1/account/tokens/{token_id}", headers=administrator)
    await _settled(accounts)
    settings = make_settings("search", await make_database("search"), nats_url)
    app = create_application(settings, package="services.search", title="Later", handlers=[who])
    async with serving(app) as later:

        async def refused() -> bool:
            return (await later.get("/qui", headers=header)).status_code != 200

        await eventually(refused)


async def test_what_is_revoked_is_said_again_because_tokens_outlive_the_stream(accounts, client):
    await accounts.token("partner")
    ((token_id,),) = await accounts.sql("select id::text from api_token")
    await client.delete(f"/api/v1/account/tokens/{token_id}", headers=await accounts.token("administrator"))
    await accounts.sql("delete from outbox")
    async with await psycopg.AsyncConnection.connect(accounts.settings.database_url) as connection:
        await announce_revoked(connection)
    assert await accounts.revoked() == {token_id}
