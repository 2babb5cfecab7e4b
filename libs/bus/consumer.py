"""Consumers: take events in, once each, in the transaction of their effect."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from opentelemetry import propagate, trace
from psycopg import InterfaceError, OperationalError
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from libs.bus.connection import ensure_stream
from libs.bus.events import Event, UndecodableEvent, decode, filter_of
from libs.bus.outbox import SQL
from libs.contracts.events import REGISTRY, EventData, ServiceName
from libs.database import Connection, Pool
from libs.identifiers import uuid7
from libs.runtime.tasks import heed_cancellation

log = structlog.get_logger()
tracer = trace.get_tracer("relais.bus")

BATCH = 100
FETCH_TIMEOUT = 5.0
ACK_WAIT = 10.0
"""Seconds after which what a dead process had taken is given to another; a batch takes a fraction of one."""

RETRY_DELAYS = (0.2, 1, 5, 15, 60, 300)
"""Seconds before each new try of an event whose handler failed; after the last it is buried."""

Handler: TypeAlias = Callable[[Connection, Sequence[Event[Any]]], Awaitable[None]]
"""Applies events of one type, in order, inside the transaction that took them in."""

_UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout, ConnectionError)


class Consumer:
    """One purpose of one service: its handlers by event type, under a durable name.

    Events that come together are taken in together, in one transaction; when that fails each is tried
    alone, so that a poisonous one is found and delayed, then buried as a dead letter, while others pass.
    """

    def __init__(self, name: str, *, pool: Pool, nats: Client, handlers: Mapping[str, Handler]) -> None:
        self.name = name
        self._pool = pool
        self._nats = nats
        self._handlers = handlers

    async def run(self) -> None:
        """Consume until cancelled, from the stream of each publisher of the handled types."""
        by_service: dict[ServiceName, list[str]] = defaultdict(list)
        for name in self._handlers:
            by_service[REGISTRY[name].service].append(name)
        async with asyncio.TaskGroup() as group:
            for service, types in by_service.items():
                group.create_task(self._follow(service, types))

    async def _follow(self, service: ServiceName, types: list[str]) -> None:
        while True:
            heed_cancellation()
            try:
                subscription = await self._subscribe(service, types)
                while True:
                    heed_cancellation()
                    try:
                        messages = await subscription.fetch(BATCH, timeout=FETCH_TIMEOUT)
                    except TimeoutError:
                        # Nothing came, or the consumer went with its stream: asking tells which.
                        await subscription.consumer_info()
                        continue
                    await self._take(messages)
            except (NatsError, TimeoutError, *_UNAVAILABLE) as error:
                log.warning("consumer_interrupted", consumer=self.name, error=str(error) or type(error).__name__)
                await asyncio.sleep(RETRY_DELAYS[0])

    async def _subscribe(self, service: ServiceName, types: list[str]) -> JetStreamContext.PullSubscription:
        await ensure_stream(self._nats, service)
        jetstream = self._nats.jetstream()
        config = ConsumerConfig(
            durable_name=self.name,
            filter_subjects=[filter_of(REGISTRY[name]) for name in types],
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_ack_pending=BATCH * 10,
        )
        await jetstream.add_consumer(service, config)
        return await jetstream.pull_subscribe_bind(durable=self.name, stream=service)

    async def _take(self, messages: list[Msg]) -> None:
        decoded: list[tuple[Msg, Event[EventData]]] = []
        for message in messages:
            try:
                decoded.append((message, decode(message.headers or {}, message.data)))
            except UndecodableEvent as error:
                await self._bury(message, str(error))
        if not decoded:
            return
        try:
            await self._apply([event for _, event in decoded])
        except _UNAVAILABLE:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever a handler raises, the others must pass
            log.info("batch_is_tried_one_by_one", consumer=self.name, error=str(error) or type(error).__name__)
            await self._take_one_by_one(decoded)
        else:
            for message, _ in decoded:
                await message.ack()

    async def _take_one_by_one(self, decoded: list[tuple[Msg, Event[EventData]]]) -> None:
        held_back: set[UUID] = set()
        for message, event in decoded:
            tries = message.metadata.num_delivered or 1
            delay = RETRY_DELAYS[min(tries, len(RETRY_DELAYS)) - 1]
            if event.aggregate_id in held_back:
                await message.nak(delay=delay)
                continue
            try:
                await self._apply([event])
            except _UNAVAILABLE:
                raise
            except Exception as error:
                if tries > len(RETRY_DELAYS):
                    log.exception("event_buried", consumer=self.name, type=event.type, event_id=str(event.id))
                    await self._bury(message, f"{type(error).__name__}: {error}")
                else:
                    log.warning("event_delayed", consumer=self.name, type=event.type, delay=delay, exc_info=True)
                    held_back.add(event.aggregate_id)
                    await message.nak(delay=delay)
            else:
                await message.ack()

    async def _apply(self, events: list[Event[EventData]]) -> None:
        parent = propagate.extract(dict(events[0].headers))
        with tracer.start_as_current_span(f"{self.name} consume", context=parent):
            async with self._pool.connection() as connection, connection.transaction():
                cursor = await connection.execute(
                    SQL["take_in"], {"consumer": self.name, "ids": [event.id for event in events]}
                )
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
            await connection.execute(
                SQL["bury"],
                {
                    "id": uuid7(),
                    "consumer": self.name,
                    "subject": message.subject,
                    "headers": Jsonb(dict(message.headers or {})),
                    "data": message.data.decode(errors="replace").replace("\x00", "\ufffd"),
                    "error": error[:2_000],
                    "deliveries": message.metadata.num_delivered or 1,
                },
            )
        await message.term()
