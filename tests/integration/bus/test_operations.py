"""What operators can ask: how each service is doing, and its dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from libs.bus import Event
from libs.bus.operations import LettersRequest, NoAnswer, answering, ask_letters, every_status
from libs.bus.status import all_streams, stream_status
from libs.contracts.events import StructureIndexed
from libs.database import Connection
from libs.identifiers import uuid7
from libs.runtime.tasks import running
from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from conftest import House

pytestmark = pytest.mark.usefixtures("clean_streams")


async def refuse(_: Connection, events: Sequence[Event[StructureIndexed]]) -> None:
    raise ValueError(f"{len(events)} refused")


async def test_a_service_says_what_it_sent_took_in_and_gave_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", ())
    async with answering(house.nats, house.pool, "search"):
        await house.say_at_once(4)
        [status] = await every_status(house.nats, expected=1)
        assert (status.service, status.relay, status.waiting, status.published) == ("search", False, 4, 0)
        assert status.oldest_seconds is not None
        async with running(
            house.relay().run(), house.consumer().run(), house.consumer(refuse, "search-refusing").run()
        ):
            await eventually(house.has("select count(*) from effect", 4))
            await eventually(house.has("select count(*) from dead_letter", 4))
            [status] = await every_status(house.nats, expected=1)
    assert (status.relay, status.waiting, status.oldest_seconds, status.published) == (True, 0, None, 4)
    assert status.handled == {"test-effects": 4}
    assert status.dead_letters == {"search-refusing": {"search": 4}}


async def test_services_that_do_not_run_are_not_waited_for_in_vain(house: House) -> None:
    async with answering(house.nats, house.pool, "search"), answering(house.nats, house.pool, "notify"):
        assert [status.service for status in await every_status(house.nats, expected=2)] == ["notify", "search"]
    assert await every_status(house.nats, expected=2) == []
    with pytest.raises(NoAnswer, match="search does not answer"):
        await ask_letters(house.nats, "search", LettersRequest(action="list"))


async def test_a_stream_says_who_lags_behind(house: House) -> None:
    assert await stream_status(house.nats, "search") is None
    async with running(house.relay().run(), house.consumer().run()):
        await house.say_at_once(3)
        await eventually(house.has("select count(*) from effect", 3))
    async with running(house.relay().run()):
        await house.say_at_once(5)
        await eventually(house.has("select count(*) from outbox where published_at is null", 0))
    [stream] = await all_streams(house.nats, ("search", "notify"))
    [consumer] = stream.consumers
    assert (stream.service, stream.messages) == ("search", 8)
    # One may have gone to the consumer in its last moment.
    assert (consumer.name, consumer.lag + consumer.in_hand, consumer.redelivered) == ("test-effects", 5, 0)


async def test_dead_letters_are_listed_shown_replayed_and_dropped_from_afar(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.consumer.RETRY_DELAYS", ())
    async with running(house.relay().run(), house.consumer(refuse).run()):
        await house.say(uuid4(), 1, 2)
        await eventually(house.has("select count(*) from dead_letter", 2))
    async with answering(house.nats, house.pool, "search"):
        first, second = (await ask_letters(house.nats, "search", LettersRequest(action="list"))).letters
        rest = await ask_letters(house.nats, "search", LettersRequest(action="list", id=first.id))
        assert [letter.id for letter in rest.letters] == [second.id]
        shown = (await ask_letters(house.nats, "search", LettersRequest(action="show", id=first.id))).letter
        assert shown
        assert shown.error == "ValueError: 1 refused"
        assert '"version":1' in shown.data
        await ask_letters(house.nats, "search", LettersRequest(action="replay", id=first.id))
        await ask_letters(house.nats, "search", LettersRequest(action="drop", id=second.id))
        [left] = (await ask_letters(house.nats, "search", LettersRequest(action="list"))).letters
        assert (left.id, left.replaying) == (first.id, True)
        gone = await ask_letters(house.nats, "search", LettersRequest(action="show", id=uuid7()))
        assert gone.error
        assert gone.error.startswith("There is no dead letter")
