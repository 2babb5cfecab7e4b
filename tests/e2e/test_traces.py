"""One trace follows an update from the form to the partner's endpoint, without what people wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.contracts.events import SERVICES
from libs.runtime import Networks
from libs.runtime.tasks import running
from libs.testing.mailserver import Sink
from libs.testing.receiver import Receiver
from libs.testing.waiting import eventually
from libs.testing.web import bearer, make_settings, serving
from services.accounts.service import service as accounts
from services.contributions.service import service as contributions
from services.directory.service import service as directory
from services.notify.service import service as notify
from services.search.service import service as search

pytestmark = pytest.mark.usefixtures("clean_streams")

ALL = (directory, search, contributions, notify, accounts)
CANARY = "canari@exemple.invalid"
MakeDatabase = Callable[[str], Awaitable[str]]


@pytest.fixture(scope="module")
def exporter() -> Iterator[InMemorySpanExporter]:
    """What collects the spans of this process: it can be set once only."""
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    trace.set_tracer_provider(provider)
    yield memory
    provider.shutdown()


@pytest.fixture
async def partner() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


def tree(spans: list[ReadableSpan], trace_id: int) -> dict[str, Any]:
    """Return a trace as nested names; children of one name are one."""
    known = {span.context.span_id: span for span in spans if span.context.trace_id == trace_id}

    def below(parent: int | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for span in known.values():
            if (span.parent.span_id if span.parent else None) == parent:
                found.setdefault(span.name, {}).update(below(span.context.span_id))
        return found

    return below(None)


async def test_one_trace_follows_an_update_from_the_form_to_the_partner(
    make_database: MakeDatabase, nats_url: str, exporter: InMemorySpanExporter, partner: Receiver
) -> None:
    assert {service.name for service in ALL} == set(SERVICES)
    sink = Sink()
    await sink.start()
    changes = {"webhook_networks": Networks("127.0.0.0/8"), "smtp_url": f"smtp://127.0.0.1:{sink.port}"}
    async with AsyncExitStack() as stack:
        clients: dict[str, httpx.AsyncClient] = {}
        for service in ALL:
            settings = make_settings(service.name, await make_database(service.name), nats_url, **changes)
            await stack.enter_async_context(running(service.work(settings)))
            clients[service.name] = await stack.enter_async_context(serving(service.web(settings)))
        hook = {"url": partner.url, "events": ["structure.changed"]}
        await clients["notify"].post("/api/v1/webhooks", json=hook, headers=bearer("partner"))
        addition = {
            "kind": "addition",
            "proposed": {"name": "Douches inventées", "address": {"postcode": "48000", "city": "Mende"}},
            "contact": {"email": CANARY, "name": "Canari Exemple"},
        }
        proposed = (await clients["contributions"].post("/api/v1/contributions", json=addition)).json()["id"]
        address = f"/api/v1/moderation/contributions/{proposed}"
        answer = await clients["contributions"].post(f"{address}/approve", json={}, headers=bearer("moderator"))
        assert answer.status_code == 200, answer.text

        async def complete() -> bool:
            journey = await clients["contributions"].get(f"{address}/journey", headers=bearer("moderator"))
            return journey.json()["complete"]

        await eventually(complete)
        await partner.got(1)
    await sink.stop()
    spans = list(exporter.get_finished_spans())
    [root] = [span for span in spans if span.name == "POST /api/v1/contributions"]
    found = tree(spans, root.context.trace_id)["POST /api/v1/contributions"]

    def heard(said_in: dict[str, Any], name: str) -> dict[str, Any]:
        """Return what came of an event: from outbox to stream, then from the stream to its consumers."""
        return said_in[f"publish {name}"][f"process {name}"]

    assert "send received" in heard(found, "contribution.submitted.v1")
    changed = heard(heard(found["approve contribution"], "contribution.approved.v1"), "structure.changed.v1")
    assert heard(changed, "structure.indexed.v1") == {}
    assert heard(changed, "export.refreshed.v1") == {}
    assert heard(changed["deliver webhook"], "webhook.delivered.v1") == {}
    consumers = {
        span.attributes["messaging.consumer.group.name"]
        for span in spans
        if span.context.trace_id == root.context.trace_id and span.name == "process structure.changed.v1"
    }
    assert consumers == {"search-index", "directory-exports", "notify-structures", "contributions-structures"}
    [approving] = [span for span in spans if span.name == "approve contribution"]
    [request] = [
        span for span in spans if span.name == "POST /api/v1/moderation/contributions/{contribution_id}/approve"
    ]
    assert [link.context.span_id for link in approving.links] == [request.context.span_id]
    assert CANARY not in "".join(span.to_json() for span in spans)
