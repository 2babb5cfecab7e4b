"""Consumers: take events in, once each, in the transaction of their effect."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError
from psycopg import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from libs.bus.backlog import Backlog, Key
from libs.bus.connection import BusClient
from libs.bus.dead_letters import LONGEST_ERROR, bury
from libs.bus.events import Event, UndecodableEvent, decode, filters_of
from libs.bus.outbox import SQL
from libs.bus.streams import DAYS, ensure_stream
from libs.bus.tracing import following
from libs.contracts.events import REGISTRY, EventData, ServiceName
from libs.database import Connection, Pool
from libs.runtime.tasks import end, heed_cancellation, running

log = structlog.get_logger()

BATCH = 200
FETCH_TIMEOUT = 5.0
ACK_WAIT = 6.0
"""Seconds after which what a dead process had taken is given to another; who is at work asks for more time."""

RETRY_DELAYS = (0.2, 1, 5, 15, 60, 300)
"""Seconds before each new try of an event whose handler failed; after the last it is buried."""

MOST_DELIVERIES = 50
"""An event handed over so often may be what kills its workers: it is buried before it is tried again."""

REPLAY_POLL = 5.0
"""Seconds between looks for dead letters that somebody wants tried again."""

Handler: TypeAlias = Callable[[Connection, Sequence[Event[Any]]], Awaitable[None]]
"""Applies events of one type, in order, inside the transaction that took them in."""

_UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout, ConnectionError)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A message with the event in it."""

    message: Msg
    event: Event[EventData]

    @property
    def key(self) -> Key:
        return self.message.metadata.stream, self.event.aggregate_id

    @property
    def place(self) -> int:
        return self.message.metadata.sequence.stream


class Consumer:
    """One purpose of one service: its handlers by event type, under a durable name.

    Events that come together are taken in together, in one transaction; when that fails each is tried
    alone, so that a poisonous one is found and delayed, then buried as a dead letter, while others pass.
    What follows a delayed event on its own aggregate waits for it, as long as one process consumes.
    """

    def __init__(self, name: str, *, pool: Pool, nats: BusClient, handlers: Mapping[str, Handler]) -> None:
        self.name = name
        self._pool = pool
        self._nats = nats
        self._handlers = handlers
        self._backlog = Backlog()

    async def run(self) -> None:
        """Consume until cancelled, from the stream of each publisher of the handled types."""
        by_service: dict[ServiceName, list[str]] = defaultdict(list)
        for name in self._handlers:
            by_service[REGISTRY[name].service].append(name)
        async with asyncio.TaskGroup() as group:
            for service, types in by_service.items():
                group.create_task(self._follow(service, types))
            group.create_task(self._replay_dead_letters())

    async def _follow(self, service: ServiceName, types: list[str]) -> None:
        while True:
            heed_cancellation()
            try:
                await self._consume(await self._subscribe(service, types))
            except (NatsError, TimeoutError, *_UNAVAILABLE) as error:
                log.warning("consumer_interrupted", consumer=self.name, error=str(error) or type(error).__name__)
                await asyncio.sleep(RETRY_DELAYS[0])

    async def _consume(self, subscription: JetStreamContext.PullSubscription) -> None:
        """Take batch after batch, fetching the next one while one is being handled."""
        fetching = asyncio.ensure_future(self._fetch(subscription))
        try:
            while True:
                heed_cancellation()
                messages = await fetching
                fetching = asyncio.ensure_future(self._fetch(subscription))
                if messages:
                    async with running(self._ask_for_time(messages)):
                        await self._take(messages)
        finally:
            await end(fetching)

    async def _fetch(self, subscription: JetStreamContext.PullSubscription) -> list[Msg]:
        """Return the next messages, none if none came for a while.

        A reconnection ends the wait: the server has forgotten what was asked of it before.
        """
        fetch = asyncio.ensure_future(subscription.fetch(BATCH, timeout=FETCH_TIMEOUT))
        back = asyncio.ensure_future(self._nats.back())
        try:
            await asyncio.wait([fetch, back], return_when=asyncio.FIRST_COMPLETED)
            if fetch.done():
                return fetch.result()
        except TimeoutError:
            # Nothing came, or the consumer went with its stream: asking tells which.
            await subscription.consumer_info()
        finally:
            await end(fetch)
            await end(back)
        return []

    async def _subscribe(self, service: ServiceName, types: list[str]) -> JetStreamContext.PullSubscription:
        await ensure_stream(self._nats, service)
        jetstream = self._nats.jetstream()
        config = ConsumerConfig(
            durable_name=self.name,
            filter_subjects=[subject for name in types for subject in filters_of(REGISTRY[name])],
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_ack_pending=BATCH * 10,
        )
        try:
            held = (await jetstream.consumer_info(service, self.name)).config
            config.deliver_policy, config.opt_start_time = held.deliver_policy, held.opt_start_time
        except NotFoundError:
            # What is older than the inbox remembers might be taken in a second time.
            config.deliver_policy = DeliverPolicy.BY_START_TIME
            config.opt_start_time = datetime.now(UTC) - timedelta(days=DAYS)
        await jetstream.add_consumer(service, config)
        return await jetstream.pull_subscribe_bind(durable=self.name, stream=service)

    async def _ask_for_time(self, messages: list[Msg]) -> None:
        """While a batch takes long, tell the server that somebody is at it."""
        while True:
            await asyncio.sleep(ACK_WAIT / 3)
            for message in messages:
                if not message.is_acked:
                    await message.in_progress()

    async def _take(self, messages: list[Msg]) -> None:
        ready: list[_Delivery] = []
        for message in messages:
            try:
                delivery = _Delivery(message, decode(message.headers or {}, message.data))
            except UndecodableEvent as error:
                await self._bury(message, str(error))
                continue
            if (message.metadata.num_delivered or 1) > MOST_DELIVERIES:
                await self._bury(message, f"handed over {MOST_DELIVERIES} times without an answer")
                self._backlog.done(delivery.key, delivery.place)
            elif not await self._hold(delivery):
                ready.append(delivery)
        if not ready:
            return
        try:
            await self._apply([delivery.event for delivery in ready])
        except _UNAVAILABLE:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever a handler raises, the others must pass
            log.info("batch_is_tried_one_by_one", consumer=self.name, error=_said(error))
            await self._take_one_by_one(ready)
        else:
            for delivery in ready:
                await self._done(delivery)

    async def _take_one_by_one(self, ready: list[_Delivery]) -> None:
        for delivery in ready:
            if await self._hold(delivery):
                continue
            try:
                await self._apply([delivery.event])
            except _UNAVAILABLE:
                raise
            except Exception as error:  # noqa: BLE001 -- likewise
                await self._put_off(delivery, error)
            else:
                await self._done(delivery)

    async def _hold(self, delivery: _Delivery) -> bool:
        delay = self._backlog.hold(delivery.key, delivery.place)
        if delay:
            await delivery.message.nak(delay=delay)
        return delay > 0

    async def _done(self, delivery: _Delivery) -> None:
        self._backlog.done(delivery.key, delivery.place)
        await delivery.message.ack()

    async def _put_off(self, delivery: _Delivery, error: Exception) -> None:
        event, tries = delivery.event, self._backlog.tries(delivery.key, delivery.place)
        about = {"consumer": self.name, "type": event.type, "event_id": str(event.id), "tries": tries + 1}
        if tries == len(RETRY_DELAYS):
            log.error("event_buried", **about, exc_info=error)
            await self._bury(delivery.message, _said(error))
            self._backlog.done(delivery.key, delivery.place)
        else:
            delay = RETRY_DELAYS[tries]
            log.warning("event_delayed", **about, delay=delay, exc_info=error)
            self._backlog.failed(delivery.key, delivery.place, delay)
            await delivery.message.nak(delay=delay)

    async def _apply(self, events: list[Event[EventData]]) -> None:
        with following(self.name, events):
            async with self._pool.connection() as connection, connection.transaction():
                await self._apply_within(connection, events)

    async def _apply_within(self, connection: Connection, events: list[Event[EventData]]) -> None:
        """Hand the events that are new to this consumer to their handlers, type by type in order."""
        ids = [event.id for event in events]
        cursor = await connection.execute(SQL["take_in"], {"consumer": self.name, "ids": ids})
        new = {row[0] for row in await cursor.fetchall()}
        runs: list[list[Event[EventData]]] = []
        for event in events:
            if event.id not in new:
                continue
            new.discard(event.id)
            if runs and runs[-1][0].type == event.type:
                runs[-1].append(event)
            else:
                runs.append([event])
        for run in runs:
            await self._handlers[run[0].type](connection, run)

    async def _bury(self, message: Msg, error: str) -> None:
        async with self._pool.connection() as connection:
            await bury(
                connection,
                consumer=self.name,
                subject=message.subject,
                headers=message.headers or {},
                data=message.data.decode(errors="replace").replace("\x00", "\ufffd"),
                error=error,
                deliveries=message.metadata.num_delivered or 1,
            )
        await message.term()

    async def _replay_dead_letters(self) -> None:
        while True:
            heed_cancellation()
            try:
                while await self._replay_one():
                    pass
            except _UNAVAILABLE as error:
                log.warning("replay_interrupted", consumer=self.name, error=str(error) or type(error).__name__)
            await asyncio.sleep(REPLAY_POLL)

    async def _replay_one(self) -> bool:
        """Try the oldest dead letter that is wanted again; return whether there was one."""
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(SQL["replay_wanted"], {"consumer": self.name})
            if not (row := await cursor.fetchone()):
                return False
            letter_id, headers, data = row
            try:
                async with connection.transaction():  # what is tried is undone alone
                    event = decode(headers, data)
                    with following(self.name, [event]):
                        await self._apply_within(connection, [event])
            except _UNAVAILABLE:
                raise
            except Exception as error:
                log.warning("replay_failed", consumer=self.name, dead_letter=str(letter_id), exc_info=error)
                await connection.execute(SQL["replay_failed"], {"id": letter_id, "error": _said(error)})
            else:
                await connection.execute(SQL["drop_dead_letter"], {"id": letter_id})
        return True


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
