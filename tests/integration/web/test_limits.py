"""How much one caller may ask of the API, and who counts as one caller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import get

from deploy.embedded.gateway import Gateway
from deploy.embedded.routing import Routes
from libs.runtime import Networks, Service
from libs.testing.web import bearer, make_settings, serving
from libs.web import create_application, require
from libs.web.limits import Counters, Quota

LIMIT = 3
THING = "/api/v1/thing"


@get(THING)
async def thing() -> None: ...


@get("/api/v1/closed", guards=[require("moderator")])
async def closed() -> None: ...


@get("/page")
async def a_page() -> None: ...


class Callers:
    """An application, asked from several addresses."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def ask(self, address: str, path: str = THING, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, client=(address, 4_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://relais.test") as client:
            return await client.get(path, headers=headers)

    async def left(self, address: str, **headers: str) -> int:
        return int((await self.ask(address, **headers)).headers["ratelimit"].split(";")[1].removeprefix("r="))


@pytest.fixture
async def callers(
    make_database: Callable[[str], Awaitable[str]], nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    url = await make_database("search")
    monkeypatch.setattr("libs.web.limits.now", lambda: 1_800_000_018.0)  # no window ends during a test

    @asynccontextmanager
    async def make(*, gateway: bool = False, **changes: Any) -> AsyncIterator[Callers]:
        settings = make_settings("search", url, nats_url, api_limit=LIMIT, **changes)
        app = create_application(settings, package="services.search", title="Test", handlers=[thing, closed, a_page])
        async with serving(app):
            yield Callers(gateway_before(app) if gateway else app)

    return make


def gateway_before(app: Any) -> Gateway:
    """Return the gateway before `app`, as `relais up --split` has it."""
    service = Service(name="search", routes=(r"/.*",), web=lambda _: app, work=lambda _: None, migrations=Path())  # type: ignore[arg-type] -- no worker is run
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 4_000))
    client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1")
    return Gateway(Routes([service], fallback="search"), {"search": client})


async def test_every_answer_of_the_api_says_how_the_quota_stands(callers: Any) -> None:
    async with callers() as api:
        answer = await api.ask("192.0.2.1")
        assert answer.headers["ratelimit-policy"] == f'"search";q={LIMIT};w=60'
        assert answer.headers["ratelimit"] == f'"search";r={LIMIT - 1};t=42'
        refused = await api.ask("192.0.2.1", "/api/v1/closed")
        assert refused.status_code == 401
        assert refused.headers["ratelimit"] == f'"search";r={LIMIT - 2};t=42'
        assert "ratelimit" not in (await api.ask("192.0.2.1", "/page")).headers


async def test_past_the_quota_is_429_with_when_to_come_back_and_for_that_caller_alone(callers: Any) -> None:
    async with callers() as api:
        for _ in range(LIMIT):
            assert (await api.ask("192.0.2.1")).status_code == 200
        refused = await api.ask("192.0.2.1")
        assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
        assert refused.json()["type"] == "/problems/too-many"
        assert refused.headers["ratelimit"] == '"search";r=0;t=42'
        assert refused.headers["retry-after"] == "42"
        assert (await api.ask("192.0.2.2")).status_code == 200
        assert (await api.ask("192.0.2.1", **bearer("partner"))).status_code == 200
        assert (await api.ask("192.0.2.1", "/page")).status_code == 200


async def test_whoever_signs_in_is_counted_wherever_they_ask_from(callers: Any) -> None:
    headers = bearer("partner")
    async with callers() as api:
        assert [await api.left(f"192.0.2.{number}", **headers) for number in range(LIMIT)] == [2, 1, 0]


async def test_the_addresses_that_one_customer_may_choose_from_are_counted_together(callers: Any) -> None:
    async with callers() as api:
        addresses = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
        assert [await api.left(address) for address in addresses] == [2, 1, 2]


async def test_what_a_client_says_of_its_address_counts_for_nothing(callers: Any) -> None:
    async with callers() as api:
        spoofed = [{"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": "for=1.2.3.4"} for number in range(LIMIT)]
        assert [await api.left("192.0.2.1", **headers) for headers in spoofed] == [2, 1, 0]


async def test_a_trusted_proxy_is_believed_but_not_what_its_client_said_before(callers: Any) -> None:
    async with callers(trusted_proxies=Networks("10.0.0.0/8")) as api:
        assert await api.left("10.0.0.1", **{"X-Forwarded-For": "203.0.113.1"}) == 2
        assert await api.left("10.0.0.1", **{"X-Forwarded-For": "203.0.113.2"}) == 2
        assert await api.left("10.0.0.2", **{"X-Forwarded-For": "198.51.100.7, 203.0.113.1"}) == 1


async def test_by_way_of_the_gateway_each_client_is_counted_apart_and_cannot_pass_for_another(callers: Any) -> None:
    async with callers(gateway=True, trusted_proxies=Networks("127.0.0.1")) as api:
        assert [await api.left("192.0.2.1"), await api.left("192.0.2.2")] == [2, 2]
        assert await api.left("192.0.2.1", **{"X-Forwarded-For": "203.0.113.1"}) == 1


async def test_the_quotas_are_documented_with_each_operation(callers: Any) -> None:
    async with callers() as api:
        document = (await api.ask("192.0.2.1", "/api/openapi/search.json")).json()
    responses = document["paths"][THING]["get"]["responses"]
    assert set(responses) >= {"200", "429", "503"}
    assert all({"RateLimit", "RateLimit-Policy"} <= set(response["headers"]) for response in responses.values())
    assert "429" not in document["paths"]["/page"]["get"]["responses"]


def test_counting_starts_anew_with_each_window_and_keeps_nobody_of_the_last() -> None:
    counters = Counters(Quota(name="test", most=2, seconds=60))
    uses = [counters.count(caller, now) for caller, now in [("a", 120.0), ("b", 179.9), ("a", 179.9), ("a", 180.0)]]
    assert [(use.count, use.seconds) for use in uses] == [(1, 60), (1, 1), (2, 1), (1, 60)]
    assert list(counters._counts) == ["a"]  # noqa: SLF001 -- addresses of people must not pile up
