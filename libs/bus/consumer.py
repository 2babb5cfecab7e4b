"""Consumers: take events in, once each, in the transaction of their effect."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from libs.bus.backlog import Backlog, Key
from libs.bus.connection import BusClient
from libs.bus.dead_letters import bury, error_text
from libs.bus.events import Event, UndecodableEvent, decode, filters_of
from libs.bus.express import Express
from libs.bus.fetching import fetch
from libs.bus.inbox import Handler, count_failure, take_in
from libs.bus.replaying import replay_letters
from libs.bus.streams import DAYS, ensure_stream
from libs.bus.tracing import following
from libs.bus.troubles import Trouble
from libs.contracts.events import REGISTRY, EventData, ServiceName
from libs.database import Pool, is_outage
from libs.runtime.tasks import end, heed_cancellation, running

log = structlog.get_logger()

BATCH = 200
FETCH_TIMEOUT = 5.0
ACK_WAIT = 6.0
"""Seconds after which what a dead process had taken is given to another; who is at work asks for more time."""

RETRY_DELAYS = (0.2, 1, 5, 15, 60, 300)
"""Seconds before each new try of an event whose handler failed; after the last it is buried."""

MOST_DELIVERIES = 50
"""An event handed over so often without an answer may be what kills its workers: it is buried, not tried again."""

RETURN_DELAY = 1.0
"""Seconds before what an outage kept from being tried comes again."""


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
    What follows a delayed event on its own aggregate waits for it, as long as one process consumes. When it is far
    behind, what follows from a contribution is taken in first (`libs.bus.express`).
    """

    def __init__(self, name: str, *, pool: Pool, nats: BusClient, handlers: Mapping[str, Handler]) -> None:
        self.name = name
        self._pool = pool
        self._nats = nats
        self._handlers = handlers
        self._backlog = Backlog()
        self._express = Express(name, nats, far=BATCH, apply=self._apply, handled=handlers)

    async def run(self) -> None:
        """Consume until cancelled, from the stream of each publisher of the handled types.

        Raises:
            nats.errors.ConnectionClosedError: the connection to NATS is closed for good.
        """
        by_service: dict[ServiceName, list[str]] = defaultdict(list)
        for name in self._handlers:
            by_service[REGISTRY[name].service].append(name)
        async with asyncio.TaskGroup() as group:
            for service, types in by_service.items():
                filters = [subject for one in types for subject in filters_of(REGISTRY[one])]
                group.create_task(self._follow(service, filters))
                group.create_task(self._express.run(service, filters))
            group.create_task(replay_letters(self.name, self._pool, self._handlers))

    async def _follow(self, service: ServiceName, filters: list[str]) -> None:
        trouble = Trouble("consumer", consumer=self.name, stream=service)
        while True:
            heed_cancellation()
            try:
                await self._consume(await self._subscribe(service, filters), trouble)
            except ConnectionClosedError:
                raise
            except Exception as error:
                if not isinstance(error, NatsError | TimeoutError) and not is_outage(error):
                    raise
                trouble.say(error)
                await asyncio.sleep(RETRY_DELAYS[0])
                await self._database_is_there()

    async def _database_is_there(self) -> None:
        """Wait for the database: what is taken while it is away is only handed over in vain."""
        trouble = Trouble("consumer", consumer=self.name)
        while True:
            heed_cancellation()
            try:
                async with self._pool.connection():
                    return
            except Exception as error:
                if not is_outage(error):
                    raise
                trouble.say(error)
                await asyncio.sleep(RETRY_DELAYS[0])

    async def _consume(self, subscription: JetStreamContext.PullSubscription, trouble: Trouble) -> None:
        """Take batch after batch, fetching the next one while one is being handled.

        At the end, whatever it is, what was not answered goes back to the server.
        """
        messages: list[Msg] = []
        fetching = asyncio.ensure_future(self._fetch(subscription))
        try:
            while True:
                heed_cancellation()
                messages = await fetching
                trouble.over()
                fetching = asyncio.ensure_future(self._fetch(subscription))
                if messages:
                    async with running(self._ask_for_time(messages, fetching)):
                        await self._take(messages)
        finally:
            await end(fetching)
            with contextlib.suppress(NatsError):
                await self._give_back([*messages, *_fetched(fetching)])
                await subscription.unsubscribe()

    async def _fetch(self, subscription: JetStreamContext.PullSubscription) -> list[Msg]:
        return await fetch(self._nats, subscription, most=BATCH, seconds=FETCH_TIMEOUT)

    async def _subscribe(self, service: ServiceName, filters: list[str]) -> JetStreamContext.PullSubscription:
        await ensure_stream(self._nats, service)
        jetstream = self._nats.jetstream()
        config = ConsumerConfig(
            durable_name=self.name,
            filter_subjects=filters,
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

    async def _ask_for_time(self, messages: list[Msg], fetching: asyncio.Future[list[Msg]]) -> None:
        """While a batch takes long, tell the server that somebody is at it, and at the one that came next."""
        while True:
            await asyncio.sleep(ACK_WAIT / 3)
            for message in (*messages, *_fetched(fetching)):
                if not message.is_acked:
                    await message.in_progress()

    async def _give_back(self, messages: Iterable[Msg]) -> None:
        """Have the server hand over again, soon, what was not answered; nothing overtakes it here meanwhile."""
        for message in messages:
            if message.is_acked:
                continue
            with contextlib.suppress(UndecodableEvent):
                delivery = _delivery(message)
                self._backlog.keep(delivery.key, delivery.place, RETURN_DELAY)
            await message.nak(delay=RETURN_DELAY)

    async def _take(self, messages: list[Msg]) -> None:
        ready: list[_Delivery] = []
        for message in messages:
            try:
                delivery = _delivery(message)
            except UndecodableEvent as error:
                await self._bury(message, str(error))
                continue
            answers = self._backlog.answers(delivery.key, delivery.place)
            if (message.metadata.num_delivered or 1) - answers > MOST_DELIVERIES:
                await self._bury(message, f"handed over {MOST_DELIVERIES} times without an answer")
                self._backlog.done(delivery.key, delivery.place)
            elif not await self._hold(delivery):
                ready.append(delivery)
        # What failed before would most likely fail the others again.
        fresh: list[_Delivery] = []
        suspect: list[_Delivery] = []
        for delivery in ready:
            (suspect if self._backlog.tries(delivery.key, delivery.place) else fresh).append(delivery)
        await self._take_together(fresh)
        await self._take_one_by_one(suspect)

    async def _take_together(self, ready: list[_Delivery]) -> None:
        if not ready:
            return
        try:
            await self._apply([delivery.event for delivery in ready])
        except Exception as error:  # whatever a handler raises, the others must pass
            if is_outage(error):
                raise
            log.info("batch_is_tried_one_by_one", consumer=self.name, error=error_text(error))
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
            except Exception as error:  # likewise
                if is_outage(error):
                    raise
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
        event = delivery.event
        async with self._pool.connection() as connection:
            tries = await count_failure(connection, self.name, event.id)
        about = {"consumer": self.name, "type": event.type, "event_id": str(event.id), "tries": tries}
        if tries > len(RETRY_DELAYS):
            await self._bury(delivery.message, error_text(error), cause=error)
            self._backlog.done(delivery.key, delivery.place)
        else:
            delay = RETRY_DELAYS[tries - 1]
            log.warning("event_delayed", **about, delay=delay, exc_info=error)
            self._backlog.failed(delivery.key, delivery.place, delay)
            await delivery.message.nak(delay=delay)

    async def _apply(self, events: list[Event[EventData]]) -> None:
        with following(self.name, events):
            async with self._pool.connection() as connection, connection.transaction():
                await take_in(connection, self.name, events, self._handlers)

    async def _bury(self, message: Msg, error: str, *, cause: Exception | None = None) -> None:
        log.error("event_buried", consumer=self.name, subject=message.subject, error=error, exc_info=cause)
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


def _delivery(message: Msg) -> _Delivery:
    return _Delivery(message, decode(message.headers or {}, message.data))


def _fetched(fetching: asyncio.Future[list[Msg]]) -> list[Msg]:
    """Return what a fetch has brought, if it is over and well."""
    return fetching.result() if fetching.done() and not fetching.cancelled() and not fetching.exception() else []
