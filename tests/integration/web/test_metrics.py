"""What Prometheus reads of each service: its requests by route, its bus, and what it adds of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from libs.testing.web import make_settings, serving
from services.notify.service import build_web as build_notify
from services.search.service import build_web as build_search

pytestmark = pytest.mark.usefixtures("clean_streams")

MakeDatabase = Callable[[str], Awaitable[str]]


async def test_requests_are_counted_by_route_and_nothing_personal_is_named(
    make_database: MakeDatabase, nats_url: str
) -> None:
    async with serving(build_search(make_settings("search", await make_database("search"), nats_url))) as client:
        await client.get("/api/v1/search", params={"q": "canari@exemple.invalid"})
        await client.get("/canari-inconnu")
        text = (await client.get("/metrics/search")).text
    assert "canari" not in text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    searches = [
        sample.value
        for sample in samples
        if sample.name == "relais_http_requests_total" and sample.labels["path"] == "/api/v1/search"
    ]
    assert sum(searches) >= 1  # other tests of this process may have searched, too
    values = {sample.name: sample.value for sample in samples if not sample.labels}
    assert (values["relais_relay_up"], values["relais_outbox_waiting"]) == (0, 0)


async def test_notify_says_how_its_sendings_stand(make_database: MakeDatabase, nats_url: str) -> None:
    async with serving(build_notify(make_settings("notify", await make_database("notify"), nats_url))) as client:
        app = client._transport.app  # noqa: SLF001 -- the application behind the client
        async with app.state.pool.connection() as connection:
            await connection.execute(
                "insert into message (id, template, status, next_attempt_at) values (uuidv7(), 'signin', 'sent', null)"
            )
        text = (await client.get("/metrics")).text
    assert 'relais_sendings{channel="email",state="sent"} 1.0' in text
