"""Which service answers a path."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from deploy.embedded.routing import Routes, readiness
from libs.runtime import Service


def make_service(name, *routes):
    return Service(name=name, routes=routes, web=lambda _: None, work=lambda _: None, migrations=Path())


ROUTES = Routes(
    [
        make_service("directory", r"/structures/[^/]+", r"/exports(/.*)?"),
        make_service("search", r"/", r"/api/v1/search"),
        make_service("contributions", r"/structures/[^/]+/corriger", r"/exports"),
    ],
    fallback="search",
)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/structures/accueil-de-jour", "directory"),
        ("/structures/accueil-de-jour/corriger", "contributions"),
        ("/exports", "directory"),
        ("/", "search"),
        ("/api/openapi/contributions.json", "contributions"),
        ("/static/relais.css", "search"),
        ("/nowhere", "search"),
        ("/api/v1/searching", "search"),
    ],
)
def test_the_first_route_that_matches_the_whole_path_wins_and_the_fallback_has_the_rest(path, service):
    assert ROUTES.service_for(path) == service


def answering(status, body):
    return httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(status, json=body)), base_url="http://service"
    )


def refusing():
    def refuse(_):
        raise httpx.ConnectError("refused")

    return httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://service")


async def test_all_are_ready_when_each_is():
    state = {"status": "ok", "checks": {"database": {"status": "ok"}}}
    status, body = await readiness({"directory": answering(200, state), "search": answering(200, state)})
    assert status == 200
    assert body == {"status": "ok", "checks": {"directory": state, "search": state}}


async def test_one_that_is_down_makes_all_not_ready_and_says_why():
    down = {"status": "down", "checks": {"bus": {"status": "down", "error": "no connection to NATS"}}}
    status, body = await readiness({"directory": answering(503, down), "search": answering(200, {"status": "ok"})})
    assert status == 503
    assert body["status"] == "down"
    assert body["checks"]["directory"] == down


async def test_one_that_does_not_answer_is_down():
    status, body = await readiness({"directory": refusing(), "search": answering(200, {"status": "ok"})})
    assert status == 503
    assert body["checks"]["directory"]["error"] == "the service does not answer (ConnectError)"
