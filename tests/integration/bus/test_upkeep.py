"""What keeps the bus true over time: streams that vanish, dead letters, what is too large, what is too old."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from libs.bus import Event, NewEvent, dead_letters, record
from libs.bus.pruning import INBOX_DAYS, prune
from libs.bus.streams import DAYS
from libs.contracts.events import ContributionSubmitted, StructureIndexed
from libs.database import Connection
from libs.identifiers import uuid7
from libs.runtime.tasks import running
from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from conftest import House

pytestmark = pytest.mark.usefixtures("clean_streams")

UNPUBLISHED = "select count(*) from outbox where published_at is null"
EFFECTS = "select count(*) from effect"
BURIED = "select count(*) from dead_letter"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.bus.relay.CHECK", 0.1)
    monkeypatch.setattr("libs.bus.relay.POLL", 0.1)
    monkeypatch.setattr("libs.bus.consumer.FETCH_TIMEOUT", 0.3)
    monkeypatch.setattr("libs.bus.replaying.POLL", 0.1)
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", (0.05, 0.05))


async def test_a_lost_stream_is_filled_again_and_nothing_takes_effect_twice(house: House) -> None:
    async with running(house.relay().run(), house.consumer().run()):
        taken = await house.say_at_once(20)
        await eventually(house.has(EFFECTS, 20))
    async with running(house.relay().run()):
        await house.say_at_once(30)
        await eventually(house.has(UNPUBLISHED, 0))
    await house.nats.jetstream().delete_stream("search")
    async with running(house.relay().run(), house.consumer().run()):
        await eventually(house.has(EFFECTS, 50))
        await eventually(house.has(UNPUBLISHED, 0))
    assert (await house.nats.jetstream().stream_info("search")).state.messages == 50
    assert await house.count("select count(distinct aggregate) from effect") == 50
    assert len(taken) == 20


async def test_what_the_outbox_has_forgotten_is_recorded_anew_when_the_stream_is_lost(house: House) -> None:
    known = uuid4()

    async def republish(connection: Connection) -> None:
        data = StructureIndexed(structure_id=known, version=7)
        await record(connection, NewEvent(data=data, aggregate_id=known, version=7))

    async with running(house.relay(republish=republish).run(), house.consumer().run()):
        await house.say(uuid4(), 1)
        await eventually(house.has(EFFECTS, 1))
        await house.nats.jetstream().delete_stream("search")
        await eventually(house.has(EFFECTS, 2))
    assert await house.rows("select aggregate, version from effect order by place desc limit 1") == [(known, 7)]


async def test_an_event_too_large_for_the_server_is_buried_and_the_others_pass(house: House) -> None:
    large = ContributionSubmitted(contribution_id=uuid4(), kind="addition", name="x" * 2_000_000)
    async with house.pool.connection() as connection, connection.transaction():
        await record(connection, NewEvent(data=large, aggregate_id=large.contribution_id))
    await house.say_at_once(3)
    async with running(house.relay().run(), house.consumer().run()):
        await eventually(house.has(EFFECTS, 3))
        await eventually(house.has(UNPUBLISHED, 0))
    async with house.pool.connection() as connection:
        [letter] = await dead_letters.list_letters(connection)
    assert letter.consumer == "search-relay"
    assert letter.type == "contribution.submitted.v1"
    assert letter.error.startswith("the event has 2000")
    async with house.pool.connection() as connection:
        await dead_letters.replay(connection, letter.id)
        assert await dead_letters.list_letters(connection) == []
    assert await house.count(UNPUBLISHED) == 1


class Stubborn:
    """A handler that refuses some aggregates until told otherwise."""

    def __init__(self, house: House, *refused: object) -> None:
        self.house, self.refused = house, set(refused)

    async def __call__(self, connection: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
        await self.house.store_effects(connection, events)
        if any(event.aggregate_id in self.refused for event in events):
            raise ValueError("not this one")


async def test_what_follows_a_failed_event_on_its_aggregate_waits_for_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", (0.5, 0.5))
    troubled = uuid4()
    handler = Stubborn(house, troubled)
    async with running(house.relay().run(), house.consumer(handler).run()):
        await house.say(troubled, 1)
        [other] = await house.say_at_once(1)
        await eventually(house.has(EFFECTS, 1))
        await house.say(troubled, 2, 3)
        await eventually(house.has(UNPUBLISHED, 0))
        handler.refused.clear()
        await eventually(house.has(EFFECTS, 4))
    assert await house.rows("select aggregate, version from effect order by place") == [
        (other, 1),
        (troubled, 1),
        (troubled, 2),
        (troubled, 3),
    ]


async def test_a_dead_letter_is_replayed_for_its_consumer_alone_once_its_cause_is_mended(house: House) -> None:
    troubled = uuid4()
    handler = Stubborn(house, troubled)
    async with running(house.relay().run(), house.consumer(handler).run()):
        await house.say(troubled, 1)
        await eventually(house.has(BURIED, 1))
        async with house.pool.connection() as connection:
            [letter] = await dead_letters.list_letters(connection)
            await dead_letters.replay(connection, letter.id)
        await eventually(house.has("select count(*) from dead_letter where deliveries > 3", 1))
        assert await house.count(EFFECTS) == 0
        handler.refused.clear()
        async with house.pool.connection() as connection:
            assert str(troubled) in (await dead_letters.find_letter(connection, letter.id)).data
            await dead_letters.replay(connection, letter.id)
        await eventually(house.has(EFFECTS, 1))
        await eventually(house.has(BURIED, 0))
    async with house.pool.connection() as connection:
        for vanished in (dead_letters.replay, dead_letters.drop, dead_letters.find_letter):
            with pytest.raises(dead_letters.NoDeadLetter, match=f"There is no dead letter {letter.id}"):
                await vanished(connection, letter.id)


async def test_an_event_that_may_kill_its_workers_is_buried_untried(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.consumer.MOST_DELIVERIES", 0)
    async with running(house.relay().run(), house.consumer().run()):
        await house.say_at_once(1)
        await eventually(house.has(BURIED, 1))
    assert await house.count(EFFECTS) == 0


async def test_a_consumer_asks_again_at_once_when_the_broker_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.consumer.FETCH_TIMEOUT", 60)
    async with running(house.relay().run(), house.consumer().run()):
        await house.say_at_once(1)
        await eventually(house.has(EFFECTS, 1))
        house.nats._transport.close()  # noqa: SLF001 -- the connection breaks, and the server forgets what was asked
        await eventually(_reconnected(house))
        before = time.monotonic()
        await house.say_at_once(1)
        await eventually(house.has(EFFECTS, 2))
        assert time.monotonic() - before < 5


def _reconnected(house: House):
    before = house.nats.stats["reconnects"]

    async def reconnected() -> bool:
        return house.nats.stats["reconnects"] > before and house.nats.is_connected

    return reconnected


async def test_tables_do_not_grow_over_a_quarter(house: House) -> None:
    """A day has 100 events; the last 30 or 45 days stay, whatever has not been published stays for ever."""
    fill = """
    insert into outbox (id, type, aggregate_id, aggregate_version, subject, headers, data, published_at)
    select gen_random_uuid(), 't', gen_random_uuid(), 1, 's', '{}', '{}', %(at)s from generate_series(1, 100)
    """
    take = """
    insert into inbox (consumer, event_id, handled_at)
    select 'c', gen_random_uuid(), %(at)s from generate_series(1, 100)
    """
    fail = "insert into failure (consumer, event_id, failed_at) values ('c', gen_random_uuid(), %(at)s)"
    start = datetime(2026, 1, 1, tzinfo=UTC)
    async with house.pool.connection() as connection:
        await connection.execute(fill, {"at": None})
        for day in range(92):
            now = start + timedelta(days=day)
            await connection.execute(fill, {"at": now})
            await connection.execute(take, {"at": now})
            await connection.execute(fail, {"at": now})
            await prune(connection, now=now)
    assert await house.count("select count(*) from outbox where published_at is not null") == (DAYS + 1) * 100
    assert await house.count(UNPUBLISHED) == 100
    assert await house.count("select count(*) from inbox") == (INBOX_DAYS + 1) * 100
    assert await house.count("select count(*) from failure") == INBOX_DAYS + 1


async def test_nothing_is_there_where_no_dead_letter_is(house: House) -> None:
    async with house.pool.connection() as connection:
        assert await dead_letters.list_letters(connection) == []
        with pytest.raises(dead_letters.NoDeadLetter):
            await dead_letters.drop(connection, uuid7())
