"""The operations page: for administrators alone, true to what services say, with their dead letters."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest

from libs.bus import connect, dead_letters
from libs.bus.audits import Audit, keep_audit
from libs.bus.operations import answering
from libs.bus.status import ConsumerStatus, ServiceStatus, StreamStatus
from libs.database import open_pool
from services.accounts.web.operations import flow_of
from services.accounts.web.pages import operations


def status(service, **changes):
    known = {
        "service": service,
        "release": "1.0",
        "relay": True,
        "waiting": 0,
        "oldest_seconds": None,
        "published": 0,
        "handled": {},
        "dead_letters": {},
    }
    return ServiceStatus(**{**known, **changes})


def test_a_service_is_late_when_events_wait_and_stopped_without_a_relay_or_an_answer():
    flow = flow_of([status("search"), status("notify", relay=False), status("directory", oldest_seconds=11.0)], [])
    assert {service.name: service.health for service in flow.services} == {
        "search": "well",
        "notify": "stopped",
        "directory": "late",
        "contributions": "stopped",
        "accounts": "stopped",
    }
    assert flow.health == "stopped"


def test_a_consumer_is_shown_at_the_stream_it_listens_to_with_what_its_own_service_says_of_it():
    given_up = {"search-index": {"directory": 2, "contributions": 1}}
    statuses = [status("search", handled={"search-index": 7}, dead_letters=given_up), status("directory")]
    consumer = ConsumerStatus(name="search-index", lag=3, in_hand=1, redelivered=1)
    stream = StreamStatus(service="directory", messages=9, bytes=900, consumers=(consumer,))
    flow = flow_of(statuses, [stream])
    [directory] = [service for service in flow.services if service.name == "directory"]
    [shown] = directory.consumers
    assert (shown.waiting, shown.handled, shown.letters, flow.letters) == (4, 7, 2, 3)


def audit(projection, **numbers):
    known = {"compared": 1_234, "differing": 0, "repaired": 0, "late": 0}
    now = datetime.now(UTC)
    return Audit(projection=projection, started_at=now, finished_at=now, **{**known, **numbers})


def test_the_last_audit_of_each_copy_is_shown_and_one_that_left_differences_calls_for_somebody():
    right = status("search", audit=audit("search", differing=3, repaired=3))
    wrong = status("directory", audit=audit("exports", differing=2))
    others = [status(name) for name in ("contributions", "notify", "accounts")]
    flow = flow_of([right, wrong, *others], [])
    assert [shown.projection for shown in flow.audits] == ["exports", "search"]
    assert flow.health == "late"
    assert flow_of([right, status("directory"), *others], []).health == "well"


async def test_of_a_server_that_hangs_the_page_says_just_that(accounts, client, monkeypatch):
    async def hangs(_client):
        return False

    monkeypatch.setattr(operations, "_answers", hangs)
    await client.post(await accounts.link("administrator"))
    page = (await client.get("/exploitation")).text
    assert "nats-server ne répond pas" in page
    assert "arrêté" not in page
    assert "Personne n’écoute" not in page


async def test_audits_are_on_the_page(accounts, client, make_database, nats_url):
    await client.post(await accounts.link("administrator"))
    assert "Pas encore de vérification" in (await client.get("/exploitation")).text
    async with (
        open_pool(await make_database("search")) as pool,
        connect(nats_url, name="test") as nats,
        answering(nats, pool, "search"),
    ):
        async with pool.connection() as connection:
            await keep_audit(connection, audit("search", differing=7, repaired=5, late=2), [])
        page = html.unescape((await client.get("/exploitation")).text)
    for text in ("1\u202f234", "écarts : 2", "corrigés : 5", "en chemin : 2", "relais audit --repair"):
        assert text in page


@pytest.mark.parametrize("role", ["moderator", "partner"])
async def test_the_page_is_for_administrators_alone(accounts, client, role):
    await client.post(await accounts.link(role))
    for address in ("/exploitation", "/exploitation/flux"):
        assert (await client.get(address)).status_code == 403


@pytest.fixture
async def letter(make_database, nats_url):
    """A dead letter of search, which answers operators."""
    async with (
        open_pool(await make_database("search")) as pool,
        connect(nats_url, name="test") as nats,
        answering(nats, pool, "search"),
    ):
        async with pool.connection() as connection:
            await dead_letters.note_consumer(connection, "search-index")
            await dead_letters.bury(
                connection,
                consumer="search-index",
                subject="relais.directory.structure.x.changed.v1",
                headers={"ce-type": "structure.changed.v1", "ce-id": "018f0000-0000-7000-8000-000000000000"},
                data='{"structure": "<script>"}',
                error="ValueError: no such place",
                deliveries=7,
            )
            [found] = await dead_letters.list_letters(connection)
        yield found


async def test_dead_letters_are_listed_shown_and_dropped(accounts, client, letter):
    await client.post(await accounts.link("administrator"))
    page = (await client.get("/exploitation")).text
    address = f"/exploitation/echecs/search/{letter.id}"
    assert address in page
    assert "ValueError: no such place" in page
    shown = (await client.get(address)).text
    assert "&#34;&lt;script&gt;&#34;" in shown
    replayed = await client.post(f"{address}/rejouer")
    assert replayed.headers["location"] == "/exploitation?fait=rejoue#echecs"
    assert "bientôt rejoué" in (await client.get("/exploitation?fait=rejoue")).text
    await client.post(f"{address}/abandonner")
    assert address not in (await client.get("/exploitation")).text
    assert (await client.get(address)).status_code == 404
    assert (await client.post(f"{address}/rejouer")).status_code == 404


async def test_a_service_that_does_not_exist_or_answer_is_said(accounts, client, letter):
    await client.post(await accounts.link("administrator"))
    assert (await client.get(f"/exploitation/echecs/nulle-part/{letter.id}")).status_code == 404
    assert (await client.get(f"/exploitation/echecs/notify/{letter.id}")).status_code == 503
