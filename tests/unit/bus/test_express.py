"""The express lane ends when it is told to, even where the client loses the word."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from libs.bus.express import Express


class Losing:
    """A client that is asked something as it is told to end, and answers: as `asyncio.wait_for` may in Python 3.11."""

    def __init__(self) -> None:
        self.subscribed, self.asked = asyncio.Event(), asyncio.Event()
        self.named: Any = None

    async def subscribe(self, _subject: str, *, queue: str, cb: Any) -> Any:
        self.named = cb
        self.subscribed.set()

        async def unsubscribe() -> None:
            """Nothing is left to do."""

        return SimpleNamespace(unsubscribe=unsubscribe, queue=queue)

    def jetstream(self) -> Any:
        return self

    async def consumer_info(self, _stream: str, _name: str) -> Any:
        self.asked.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            return SimpleNamespace(num_pending=0)


async def test_it_ends_although_the_client_lost_the_cancellation() -> None:
    client: Any = Losing()

    async def apply(_events: Any) -> None:
        pytest.fail("nothing is to be taken in")

    lane = Express("a-consumer", client, far=200, apply=apply, handled=())
    running = asyncio.create_task(lane.run("search", ["relais.search.structure.*.indexed.v1"]))
    await client.subscribed.wait()
    subject = f"express.relais.search.structure.{uuid4()}.indexed.v1"
    await client.named(SimpleNamespace(subject=subject, data=uuid4().bytes))
    await client.asked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 5)
