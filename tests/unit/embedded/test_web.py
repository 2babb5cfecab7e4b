"""One application made of the services' own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager
from litestar import Litestar, get
from litestar.params import FromPath

from deploy.embedded.web import Dispatcher
from libs.runtime import Service


def make_application(name, events=None, *, fails=False):
    @asynccontextmanager
    async def lifespan(_app):
        if fails:
            raise RuntimeError("no database")
        if events is not None:
            events.append(f"{name} opens")
        yield
        if events is not None:
            events.append(f"{name} closes")

    @get("/{anything:path}")
    async def anywhere(anything: FromPath[str]) -> str:
        return f"{name} answers {anything}"

    @get("/readyz")
    async def readyz() -> dict[str, str]:
        return {"status": "ok"}

    return Litestar([anywhere, readyz], lifespan=[lifespan], openapi_config=None)


def make_dispatcher(applications):
    services = [
        Service(name=name, routes=(rf"/{name}/.*",), web=lambda _: None, work=lambda _: None, migrations=Path())
        for name in applications
    ]
    return Dispatcher(services, applications, fallback="search")


def client_of(application):
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://relais")


@pytest.fixture
async def client():
    async with client_of(
        make_dispatcher({"directory": make_application("directory"), "search": make_application("search")})
    ) as client:
        yield client


async def test_each_service_answers_its_routes_and_the_fallback_the_rest(client):
    assert (await client.get("/directory/x")).text == "directory answers /directory/x"
    assert (await client.get("/nowhere")).text == "search answers /nowhere"


async def test_it_lives_and_is_ready_when_all_services_are(client):
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status_code, set(ready.json()["checks"])) == (200, {"directory", "search"})


async def test_one_service_alone_answers_for_its_own_readiness():
    async with client_of(make_dispatcher({"search": make_application("search")})) as client:
        assert (await client.get("/readyz")).json() == {"status": "ok"}


async def test_applications_close_in_the_opposite_order_of_opening():
    events = []
    names = ["directory", "search"]
    async with LifespanManager(make_dispatcher({name: make_application(name, events) for name in names})):
        assert events == ["directory opens", "search opens"]
    assert events[2:] == ["search closes", "directory closes"]


async def test_an_application_that_cannot_open_stops_the_start_and_closes_the_others():
    events = []
    applications = {
        "directory": make_application("directory", events),
        "search": make_application("search", fails=True),
    }
    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    await make_dispatcher(applications)({"type": "lifespan"}, receive, send)
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    assert events == ["directory opens", "directory closes"]
