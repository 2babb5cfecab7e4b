"""What people wait for passes a backlog of bulk events: once, and after what precedes it on its aggregate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from nats.aio.msg import Msg

from libs.bus import Event, NewEvent, record
from libs.bus.express import FRESH
from libs.contracts.events import StructureIndexed
from libs.database import Connection
from libs.runtime.tasks import running
from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from conftest import House

pytestmark = pytest.mark.usefixtures("clean_streams")

BULK = 2_000


async def say_after_a_contribution(house: House, aggregate: UUID, version: int) -> None:
    data = StructureIndexed(structure_id=aggregate, version=version)
    async with house.pool.connection() as connection, connection.transaction():
        await record(connection, NewEvent(data=data, aggregate_id=aggregate, version=version, correlation_id=uuid4()))


async def versions(house: House, aggregate: UUID) -> list[int]:
    """Return the versions of an aggregate that took effect, in order."""
    rows = await house.rows("select aggregate, version from effect order by place")
    return [version for owner, version in rows if owner == aggregate]


async def until_taken_in(house: House, aggregate: UUID, *expected: int) -> None:
    async def taken_in() -> bool:
        return await versions(house, aggregate) == list(expected)

    await eventually(taken_in, within=5)


class Slow:
    """A handler that takes batches in only as long as it may go on, and single events at once."""

    def __init__(self, house: House) -> None:
        self.house, self.may_go_on = house, asyncio.Event()

    async def __call__(self, connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        if len(events) > 1 and await self.house.count("select count(*) from effect"):
            await self.may_go_on.wait()
        await self.house.store_effects(connection, events)


async def test_an_event_that_people_wait_for_passes_a_backlog(house: House) -> None:
    [waited_for, *_] = await house.say_at_once(BULK)
    slow = Slow(house)
    async with running(house.relay().run(), house.consumer(slow).run()):
        await eventually(house.has("select count(*) from outbox where published_at is null", 0))
        await eventually(house.has("select count(*) > 0 from effect", True))
        await say_after_a_contribution(house, waited_for, 2)
        await until_taken_in(house, waited_for, 1, 2)
        assert await house.count("select count(*) from effect") < BULK
        slow.may_go_on.set()
        await eventually(house.has("select count(*) from effect", BULK + 1))
        await eventually(house.has("select count(*) from inbox", BULK + 1))
    assert await house.count("select count(*) from dead_letter") == 0


async def test_what_precedes_it_on_its_aggregate_is_taken_in_first(house: House) -> None:
    await house.say_at_once(BULK)
    waited_for = uuid4()
    await house.say(waited_for, 1, 2)
    slow = Slow(house)
    async with running(house.relay().run(), house.consumer(slow).run()):
        await eventually(house.has("select count(*) from outbox where published_at is null", 0))
        await eventually(house.has("select count(*) > 0 from effect", True))
        await say_after_a_contribution(house, waited_for, 3)
        await until_taken_in(house, waited_for, 1, 2, 3)
        assert await house.count("select count(*) from effect") < BULK
        slow.may_go_on.set()
        await eventually(house.has("select count(*) from effect", BULK + 3))


async def test_when_what_precedes_it_cannot_be_taken_in_it_waits_its_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", (0.05,))
    await house.say_at_once(BULK)
    poisoned = uuid4()
    await house.say(poisoned, 1)
    slow = Slow(house)

    async def refuse_the_first(connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        if any(event.aggregate_id == poisoned and event.version == 1 for event in events):
            raise ValueError("this one cannot be handled")
        await slow(connection, events)

    async with running(house.relay().run(), house.consumer(refuse_the_first).run()):
        await eventually(house.has("select count(*) from outbox where published_at is null", 0))
        await eventually(house.has("select count(*) > 0 from effect", True))
        await say_after_a_contribution(house, poisoned, 2)
        slow.may_go_on.set()
        await eventually(house.has("select count(*) from effect", BULK + 1))
    assert await versions(house, poisoned) == [2]
    assert await house.count("select count(*) from dead_letter") == 1


async def test_many_at_once_take_the_ordinary_line_and_take_effect_once(house: House) -> None:
    aggregates = await house.say_at_once(BULK)
    slow = Slow(house)
    async with running(house.relay().run(), house.consumer(slow).run()):
        await eventually(house.has("select count(*) from outbox where published_at is null", 0))
        await eventually(house.has("select count(*) > 0 from effect", True))
        for aggregate in aggregates[:200]:
            await say_after_a_contribution(house, aggregate, 2)
        await eventually(house.has("select count(*) from outbox where published_at is null", 0))
        slow.may_go_on.set()
        await eventually(house.has("select count(*) from effect", BULK + 200))
    assert await house.count("select count(*) from inbox") == BULK + 200
    assert await versions(house, aggregates[0]) == [1, 2]


async def test_what_is_sent_again_after_a_loss_is_not_named(house: House) -> None:
    heard: list[str] = []

    async def hear(message: Msg) -> None:
        heard.append(message.subject)

    await house.nats.subscribe("express.>", cb=hear)
    aggregate = uuid4()
    await say_after_a_contribution(house, aggregate, 1)
    async with house.pool.connection() as connection:
        old = (datetime.now(UTC) - 2 * FRESH).isoformat()
        await connection.execute(
            "update outbox set headers = headers || jsonb_build_object('ce-time', %s::text)", [old]
        )
    await say_after_a_contribution(house, aggregate, 2)
    async with running(house.relay().run()):
        await eventually(house.has("select count(*) from outbox where published_at is null", 0))
        await house.nats.flush()
    assert heard == [f"express.relais.search.structure.{aggregate}.indexed.v1"]
