"""What the directory's stream holds, of structures say: the last of each to begin with, then what came since."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from libs.bus.connection import BusClient
from libs.bus.events import UndecodableEvent, decode, filters_of
from libs.bus.fetching import fetch
from libs.contracts.events import EventData, ServiceName, type_of
from libs.runtime.tasks import end

log = structlog.get_logger()

STREAM: ServiceName = "directory"
BATCH = 200
PATIENCE = 10.0
"""Seconds to wait for the next messages of those that the server has."""

_FORGOTTEN_AFTER = 60.0
"""Seconds without a question after which the server gives a reader up."""

_BROKE_OFF = "nats-server broke off while its stream was read"

S = TypeVar("S", bound=EventData)


class StreamUnreadable(Exception):  # noqa: N818 -- said as it stands
    """The stream is not there, is a younger one than before, or broke off while it was read."""


@dataclass
class Reading(Generic[S]):
    """What was read: `states` in the order of the stream, and the subjects of which no message can be understood."""

    states: list[S] = field(default_factory=list[S])
    unreadable: list[str] = field(default_factory=list[str])


class StateReader(Generic[S]):
    """Reads `types` of the directory's stream without leaving a trace: no consumer lasts, nothing is acknowledged."""

    def __init__(self, nats: BusClient, types: tuple[type[S], ...]) -> None:
        self._nats = nats
        self._types = types
        self._subjects = [subject for data in types for subject in filters_of(type_of(data))]
        self._jetstream = nats.jetstream()
        self._created: object = None

    async def last_place(self) -> int:
        """Return the place of the stream's last message, of whatever subject.

        Raises:
            StreamUnreadable: see there.
        """
        try:
            stream = await self._jetstream.stream_info(STREAM)
        except NotFoundError as error:
            raise StreamUnreadable("the directory has no stream yet") from error
        if self._created not in {None, stream.created}:
            raise StreamUnreadable("the directory's stream was lost meanwhile")
        self._created = stream.created
        return stream.state.last_seq

    async def last_of_each(self) -> AsyncGenerator[tuple[int, Reading[S]]]:
        """Yield the last message of each subject, some at a time, each time with how many are still to come.

        Where it cannot be understood, an earlier one of its subject stands in for it.

        Raises:
            StreamUnreadable: see there.
        """
        config = ConsumerConfig(deliver_policy=DeliverPolicy.LAST_PER_SUBJECT, filter_subjects=self._subjects)
        async for left, messages in self._read(config):
            reading = self._understood(messages)
            for subject in list(reading.unreadable):
                if earlier := await self._newest_readable(subject):
                    reading.states.append(earlier)
                    reading.unreadable.remove(subject)
            yield left, reading

    async def after(self, place: int) -> Reading[S]:
        """Return what follows `place` in the stream so far.

        Raises:
            StreamUnreadable: see there.
        """
        found: list[Msg] = []
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=place + 1, filter_subjects=self._subjects
        )
        async for _, messages in self._read(config):
            found += messages
        return self._understood(found)

    async def _newest_readable(self, subject: str) -> S | None:
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, filter_subject=subject)
        newest: S | None = None
        async for _, messages in self._read(config):
            newest = next(iter(self._understood(messages).states[-1:]), newest)
        return newest

    async def _read(self, config: ConsumerConfig) -> AsyncGenerator[tuple[int, list[Msg]]]:
        """Yield the messages that match now, fetching the next while the last are being used."""
        config.ack_policy = AckPolicy.NONE
        config.mem_storage = True
        config.num_replicas = 1
        config.inactive_threshold = _FORGOTTEN_AFTER
        try:
            reader = await self._jetstream.add_consumer(STREAM, config)
        except NotFoundError as error:
            raise StreamUnreadable("the directory has no stream yet") from error
        subscription = await self._jetstream.pull_subscribe_bind(consumer=reader.name, stream=STREAM)
        left, read = reader.num_pending or 0, 0
        fetching = asyncio.ensure_future(self._fetch(subscription, left))
        try:
            while left:
                messages = await fetching
                if messages[-1].metadata.sequence.consumer != read + len(messages):
                    raise StreamUnreadable(_BROKE_OFF)
                read += len(messages)
                left = max(left - len(messages), 0)
                fetching = asyncio.ensure_future(self._fetch(subscription, left))
                yield left, messages
        finally:
            await end(fetching)
            with contextlib.suppress(NatsError, TimeoutError):  # the server forgets it by itself
                await subscription.unsubscribe()
                await self._jetstream.delete_consumer(STREAM, reader.name)

    async def _fetch(self, subscription: JetStreamContext.PullSubscription, left: int) -> list[Msg]:
        if not left:
            return []
        try:
            messages = await fetch(self._nats, subscription, most=min(left, BATCH), seconds=PATIENCE)
        except (NotFoundError, TimeoutError) as error:
            raise StreamUnreadable(_BROKE_OFF) from error
        if not messages:
            raise StreamUnreadable(_BROKE_OFF)
        return messages

    def _understood(self, messages: list[Msg]) -> Reading[S]:
        reading = Reading[S]()
        for message in messages:
            try:
                data = decode(message.headers or {}, message.data).data
            except UndecodableEvent as error:
                log.warning("state_not_understood", subject=message.subject, error=str(error))
                reading.unreadable.append(message.subject)
                continue
            if isinstance(data, self._types):
                reading.states.append(data)
        return reading
