"""What an outage interrupts is taken up again, in order, and none of it is taken for poison."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from nats.aio.msg import Msg

from libs.bus import Event
from libs.bus.consumer import ACK_WAIT
from libs.bus.dead_letters import bury
from libs.bus.streams import ensure_stream
from libs.contracts.events import StructureIndexed
from libs.database import Connection
from libs.runtime.tasks import running
from libs.testing.outage import database_away
from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from conftest import House

pytestmark = pytest.mark.usefixtures("clean_streams")

EFFECTS = "select count(*) from effect"
BURIED = "select count(*) from dead_letter"
UNPUBLISHED = "select count(*) from outbox where published_at is null"


async def test_events_survive_an_outage_of_the_database_untouched_and_in_order(
    house: House, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.consumer.MOST_DELIVERIES", 2)
    aggregate = uuid4()
    handling, away = asyncio.Event(), asyncio.Event()

    async def held_up(connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        if events[0].data.version == 1 and not handling.is_set():
            handling.set()
            await away.wait()
        await house.store_effects(connection, events)

    async with running(house.relay().run()):
        await house.say(aggregate, *range(1, 11))
        await eventually(house.has(UNPUBLISHED, 0))
    async with running(house.consumer(held_up).run()):
        await handling.wait()
        async with database_away(house.url, postgres):
            away.set()
            await asyncio.sleep(2 * ACK_WAIT + 2)  # longer than three deliveries would take
        await eventually(house.has(EFFECTS, 10))
    assert await house.count(BURIED) == 0
    assert [row[0] for row in await house.rows("select version from effect order by place")] == list(range(1, 11))


async def test_what_a_consumer_had_in_hand_as_it_stopped_goes_to_the_next_one_at_once(house: House) -> None:
    handling = asyncio.Event()

    async def never_done(_connection: Connection, _events: Sequence[Event[StructureIndexed]]) -> None:
        handling.set()
        await asyncio.Event().wait()

    await house.say_at_once(3)
    async with running(house.relay().run()):
        await eventually(house.has(UNPUBLISHED, 0))
        async with running(house.consumer(never_done).run()):
            await handling.wait()
    async with running(house.consumer().run()):
        await eventually(house.has(EFFECTS, 3), within=ACK_WAIT - 1)


async def test_an_event_whose_statement_never_ends_is_poison_and_no_outage(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", (0.05,))
    poison = uuid4()

    async def slow_on_poison(connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        if any(event.aggregate_id == poison for event in events):
            await connection.execute("set local statement_timeout = 100")
            await connection.execute("select pg_sleep(10)")
        await house.store_effects(connection, events)

    await house.say(poison, 1)
    await house.say_at_once(5)
    async with running(house.relay().run(), house.consumer(slow_on_poison).run()):
        await eventually(house.has(EFFECTS, 5))
        await eventually(house.has(BURIED, 1))


async def test_a_message_that_is_buried_is_one_dead_letter_however_often_it_comes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_message: Msg) -> None:
        """Say nothing to the server, as when the process is killed."""

    monkeypatch.setattr("nats.aio.msg.Msg.term", lost)
    monkeypatch.setattr("libs.bus.consumer.ACK_WAIT", 0.3)
    await ensure_stream(house.nats, "search")
    subject = f"relais.search.structure.{uuid4()}.indexed.v1"
    await house.nats.jetstream().publish(subject, b"not json", headers={"ce-type": "structure.indexed.v1"})
    async with running(house.consumer().run()):
        await eventually(house.has(BURIED, 1))
        await eventually(_delivered(house, 3))
    assert await house.count(BURIED) == 1


async def test_what_was_buried_and_is_published_again_in_a_batch_is_one_dead_letter(house: House) -> None:
    async with house.pool.connection() as connection:
        for transport in ({}, {"Nats-Batch-Id": "a", "Nats-Batch-Sequence": "1"}, {"Nats-Expected-Stream": "search"}):
            await bury(
                connection,
                consumer="test-effects",
                subject="relais.search.structure.x.indexed.v1",
                headers={"ce-type": "structure.indexed.v1", "Nats-Msg-Id": "x", **transport},
                data="{}",
                error="ValueError: no such place",
                deliveries=1,
            )
    assert await house.rows("select headers from dead_letter") == [({"ce-type": "structure.indexed.v1"},)]


def _delivered(house: House, times: int):
    async def delivered() -> bool:
        info = await house.nats.jetstream().consumer_info("search", "test-effects")
        return info.delivered is not None and info.delivered.consumer_seq >= times

    return delivered
