"""What is recorded is relayed, in order, and takes effect once: on a real PostgreSQL and nats-server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from libs.bus import Event, NewEvent, record
from libs.bus.streams import ensure_stream
from libs.contracts.events import StructureIndexed
from libs.database import Connection
from libs.runtime.tasks import running
from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from conftest import House

pytestmark = pytest.mark.usefixtures("clean_streams")


async def test_many_events_arrive_once_and_in_order_for_each_aggregate(house: House) -> None:
    aggregates = [uuid4() for _ in range(7)]
    for start in range(1, 200, 20):
        for aggregate in aggregates:
            await house.say(aggregate, *range(start, start + 20))
    async with running(house.relay().run(), house.consumer().run()):
        await eventually(house.has("select count(*) from effect", 7 * 200))
    async with house.pool.connection() as connection:
        cursor = await connection.execute("select aggregate, version from effect order by place")
        rows = await cursor.fetchall()
    for aggregate in aggregates:
        assert [version for owner, version in rows if owner == aggregate] == list(range(1, 201))
    assert await house.count("select count(*) from outbox where published_at is null") == 0


async def test_an_event_whose_transaction_is_rolled_back_is_never_said(house: House) -> None:
    async def say_then_fail() -> None:
        async with house.pool.connection() as connection, connection.transaction():
            data = StructureIndexed(structure_id=uuid4(), version=1)
            await record(connection, NewEvent(data=data, aggregate_id=data.structure_id))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await say_then_fail()
    assert await house.count("select count(*) from outbox") == 0


async def test_a_redelivered_event_takes_effect_once(house: House) -> None:
    await house.say(uuid4(), 1)
    async with running(house.relay().run(), house.consumer().run()):
        await eventually(house.has("select count(*) from effect", 1))
    await house.nats.jetstream().delete_consumer("search", "test-effects")
    await house.say(uuid4(), 2)
    async with running(house.relay().run(), house.consumer().run()):
        await eventually(house.has("select count(*) from effect where version = 2", 1))
    assert await house.count("select count(*) from effect") == 2


async def test_rows_sent_twice_by_the_relay_are_stored_once_by_the_stream(house: House) -> None:
    await house.say(uuid4(), 1, 2, 3)
    async with running(house.relay().run()):
        await eventually(house.has("select count(*) from outbox where published_at is not null", 3))
    async with house.pool.connection() as connection:
        await connection.execute("update outbox set published_at = null")
    async with running(house.relay().run()):
        await eventually(house.has("select count(*) from outbox where published_at is not null", 3))
    assert (await house.nats.jetstream().stream_info("search")).state.messages == 3


async def test_a_poisonous_event_is_delayed_and_does_not_hold_up_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", (0.05, 0.05))
    poison = uuid4()

    async def refuse_poison(connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        if any(event.aggregate_id == poison for event in events):
            raise ValueError("this one cannot be handled")
        await house.store_effects(connection, events)

    await house.say(poison, 1)
    for _ in range(20):
        await house.say(uuid4(), 1)
    async with running(house.relay().run(), house.consumer(refuse_poison).run()):
        await eventually(house.has("select count(*) from effect", 20))
        await eventually(house.has("select count(*) from dead_letter", 1))
    async with house.pool.connection() as connection:
        row = await (await connection.execute("select consumer, error, deliveries, data from dead_letter")).fetchone()
    assert row is not None
    consumer, error, deliveries, data = row
    assert (consumer, error, deliveries) == ("test-effects", "ValueError: this one cannot be handled", 3)
    assert str(poison) in data


async def test_tries_are_counted_on_when_a_process_dies_and_another_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", (1, 1))

    async def refuse(_connection: Connection, _events: Sequence[Event[StructureIndexed]]) -> None:
        raise ValueError("this one cannot be handled")

    await house.say(uuid4(), 1)
    async with running(house.relay().run()):
        for tries in (1, 2):
            async with running(house.consumer(refuse).run()):
                await eventually(house.has("select coalesce(max(tries), 0) from failure", tries))
        async with running(house.consumer(refuse).run()):
            await eventually(house.has("select count(*) from dead_letter", 1))
    assert await house.rows("select tries, deliveries from failure, dead_letter") == [(3, 3)]


async def test_what_cannot_be_decoded_is_buried_with_its_error(house: House) -> None:
    await ensure_stream(house.nats, "search")
    subject = f"relais.search.structure.{uuid4()}.indexed.v1"
    await house.nats.jetstream().publish(subject, b"\xff not json", headers={"ce-type": "structure.indexed.v1"})
    await house.say(uuid4(), 1)
    with capture_logs() as logs:
        async with running(house.relay().run(), house.consumer().run()):
            await eventually(house.has("select count(*) from dead_letter", 1))
            await eventually(house.has("select count(*) from effect", 1))
    assert [line["subject"] for line in logs if line["event"] == "event_buried"] == [subject]


async def test_two_relays_share_the_work_without_doubling_it(house: House) -> None:
    for version in range(1, 101):
        await house.say(uuid4(), version)
    async with running(house.relay().run(), house.relay().run()):
        await eventually(house.has("select count(*) from outbox where published_at is null", 0))
    assert (await house.nats.jetstream().stream_info("search")).state.messages == 100


async def test_a_handlers_own_events_and_effect_are_one_transaction(house: House) -> None:
    async def effect_then_fail(connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        await house.store_effects(connection, events)
        await record(connection, NewEvent(data=events[0].data, aggregate_id=uuid4()))
        raise RuntimeError("after the effect")

    await house.say(uuid4(), 1)
    seen = asyncio.Event()

    async def noted(connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        seen.set()
        await effect_then_fail(connection, events)

    async with running(house.relay().run(), house.consumer(noted).run()):
        await asyncio.wait_for(seen.wait(), 10)
    assert await house.count("select count(*) from effect") == 0
    assert await house.count("select count(*) from inbox") == 0
    assert await house.count("select count(*) from outbox") == 1
