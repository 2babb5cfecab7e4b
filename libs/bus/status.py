"""How the bus is doing: what each service says of its own database, and what the server says of the streams."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import msgspec
from nats.js.errors import NotFoundError

from libs.bus.audits import Audit, last_audit
from libs.bus.connection import BusClient
from libs.bus.outbox import SQL
from libs.contracts.events import ServiceName
from libs.database import Connection


class ServiceStatus(msgspec.Struct, kw_only=True, frozen=True):
    """The sending and receiving of one service.

    `waiting` events stand in its outbox, the oldest for `oldest_seconds`; `published` went out within the last
    minute. `relay` tells whether one is at work. `handled` counts by consumer the events taken in within the last
    minute, `dead_letters` by consumer and stream those given up. `release` is the version of Relais that answers.
    `audit` is the last of its projection, where it has one.
    """

    service: ServiceName
    release: str
    relay: bool
    waiting: int
    oldest_seconds: float | None
    published: int
    handled: dict[str, int]
    dead_letters: dict[str, dict[str, int]]
    audit: Audit | None = None


class ConsumerStatus(msgspec.Struct, kw_only=True, frozen=True):
    """A consumer on a stream: `lag` events are still to be handed to it, `in_hand` ones unanswered.

    `redelivered` counts those in hand that were handed over before.
    """

    name: str
    lag: int
    in_hand: int
    redelivered: int


class StreamStatus(msgspec.Struct, kw_only=True, frozen=True):
    """A stream with its consumers, by name."""

    service: ServiceName
    messages: int
    bytes: int
    consumers: tuple[ConsumerStatus, ...]


async def service_status(connection: Connection, service: ServiceName) -> ServiceStatus:
    """Read what the database of `service` knows."""

    async def rows(name: str) -> list[tuple[Any, ...]]:
        return await (await connection.execute(SQL[name])).fetchall()

    [(waiting, oldest, published)] = await rows("outbox_status")
    [(relay,)] = await rows("relay_at_work")
    letters: dict[str, dict[str, int]] = {}
    for consumer, stream, count in await rows("dead_letter_status"):
        letters.setdefault(consumer, {})[stream] = count
    return ServiceStatus(
        service=service,
        release=version("relais"),
        relay=relay,
        waiting=waiting,
        oldest_seconds=oldest,
        published=published,
        handled=dict(await rows("inbox_status")),
        dead_letters=letters,
        audit=await last_audit(connection),
    )


async def stream_status(client: BusClient, service: ServiceName) -> StreamStatus | None:
    """Ask the server about the stream of `service`; None when there is none yet.

    Consumers that belong to one process, and go with it, are left out.

    Raises:
        nats.errors.Error, TimeoutError: the server does not answer.
    """
    jetstream = client.jetstream()
    try:
        stream, consumers = await asyncio.gather(jetstream.stream_info(service), jetstream.consumers_info(service))
    except NotFoundError:
        return None
    lasting = [consumer for consumer in consumers if consumer.config.durable_name]
    return StreamStatus(
        service=service,
        messages=stream.state.messages,
        bytes=stream.state.bytes,
        consumers=tuple(
            ConsumerStatus(
                name=consumer.name,
                lag=consumer.num_pending or 0,
                in_hand=consumer.num_ack_pending or 0,
                redelivered=consumer.num_redelivered or 0,
            )
            for consumer in sorted(lasting, key=lambda consumer: consumer.name)
        ),
    )


async def all_streams(client: BusClient, services: Iterable[ServiceName]) -> list[StreamStatus]:
    """Ask about the streams of `services`, at once."""
    found = await asyncio.gather(*(stream_status(client, service) for service in services))
    return [status for status in found if status is not None]
