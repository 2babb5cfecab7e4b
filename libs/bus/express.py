"""The express lane: what people wait for is taken in before a backlog of bulk events.

The relay names each event that follows from a contribution, besides publishing it, to whoever listens just then. A
consumer that is far behind reads it from the stream at once, after what the stream holds before it of the same
aggregate. A name that nobody hears costs time and nothing else: the stream hands everything over in the end, and the
inbox drops what was taken in already.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Container, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from libs.bus.connection import BusClient
from libs.bus.events import CORRELATION, Event, decode
from libs.contracts.events import EventData, ServiceName
from libs.runtime.tasks import heed_cancellation

log = structlog.get_logger()

_LANE = "express."
"""What precedes the subject of an event where it is only named; no stream takes such subjects in."""

FRESH = timedelta(seconds=30)
"""How old an event may be: what is sent again because a stream was lost, nobody waits for in particular."""

MOST_NAMED = 8
"""Events that may stand in the lane: what comes on top takes the ordinary line."""

PAUSE = 0.1
"""Seconds between two in the lane: where all events follow from contributions, one by one is the slow way."""


async def name_aloud(nats: BusClient, subject: str, headers: dict[str, str], event_id: UUID) -> None:
    """Name an event that the stream has, if somebody waits for it."""
    if CORRELATION in headers and datetime.now(UTC) - datetime.fromisoformat(headers["ce-time"]) < FRESH:
        await nats.publish(_LANE + subject, event_id.bytes)


class Express:
    """Takes in what is named, for the consumer called `name`, when that is more than `far` messages behind.

    `apply` takes events in; `handled` are the types it knows.
    """

    def __init__(
        self,
        name: str,
        nats: BusClient,
        *,
        far: int,
        apply: Callable[[list[Event[EventData]]], Awaitable[None]],
        handled: Container[str],
    ) -> None:
        self._name = name
        self._nats = nats
        self._far = far
        self._apply = apply
        self._handled = handled

    async def run(self, service: ServiceName, filters: Sequence[str]) -> None:
        """Listen until cancelled for events of `service` whose subjects match `filters`."""
        lane: asyncio.Queue[Msg] = asyncio.Queue(MOST_NAMED)

        async def named(message: Msg) -> None:
            with contextlib.suppress(asyncio.QueueFull):
                lane.put_nowait(message)

        subscriptions = [await self._nats.subscribe(_LANE + one, queue=self._name, cb=named) for one in filters]
        try:
            while True:
                heed_cancellation()
                message = await lane.get()
                try:
                    await self._take(service, message.subject.removeprefix(_LANE), UUID(bytes=message.data))
                except Exception as error:  # noqa: BLE001 -- whatever it is, the stream hands the event over later
                    log.info("express_lane_left", consumer=self._name, error=repr(error))
                await asyncio.sleep(PAUSE)
        finally:
            with contextlib.suppress(NatsError):
                for subscription in subscriptions:
                    await subscription.unsubscribe()

    async def _take(self, service: ServiceName, subject: str, event_id: UUID) -> None:
        """Take in an event, and before it what its aggregate has in the stream beyond what is acknowledged."""
        jetstream = self._nats.jetstream()
        consumer = await jetstream.consumer_info(service, self._name)
        if (consumer.num_pending or 0) <= self._far:
            return
        place = consumer.ack_floor.stream_seq if consumer.ack_floor else 0
        aggregate = subject.rsplit(".", 2)[0] + ".>"
        while True:
            message = await jetstream.get_msg(service, seq=place + 1, subject=aggregate, next=True)
            event = decode(cast("dict[str, str]", message.headers or {}), message.data or b"")
            if event.type in self._handled:
                await self._apply([event])
            if event.id == event_id:
                return
            place = message.seq or 0
