"""Deliveries and their attempts, as stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from libs.bus.tracing import traceparent_of
from libs.database import Connection, fetch_all, fetch_one
from services.notify.domain.news import News
from services.notify.domain.webhooks import DeliveryStatus
from services.notify.store import SQL, fetch_column


class Attempt(msgspec.Struct, kw_only=True, frozen=True):
    """One request that was made.

    `error` is a sentence, None when the endpoint took it; `response` is the beginning of what it answered.
    """

    number: int
    at: datetime
    status_code: int | None
    error: str | None
    duration_ms: int
    response: str | None


class Delivery(msgspec.Struct, kw_only=True, frozen=True):
    """One event for one webhook, with its attempts, oldest first.

    `department` is the first of the structure's that the webhook covers.
    """

    id: UUID
    event_id: UUID
    event_type: str
    structure_id: UUID | None
    department: str | None
    correlation_id: UUID | None
    status: DeliveryStatus
    next_attempt_at: datetime | None
    created_at: datetime
    attempts: tuple[Attempt, ...]


class DueDelivery(msgspec.Struct, kw_only=True, frozen=True):
    """What has to be sent now; `active` is False when the webhook was deleted or disabled meanwhile."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    event_type: str
    body: str
    url: str
    secret: str
    active: bool
    traceparent: str | None = None


class DeliveryState(msgspec.Struct, kw_only=True, frozen=True):
    """How far a delivery is; `round_start` is how many attempts came before the present series."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    structure_id: UUID | None
    correlation_id: UUID | None
    attempts: int
    round_start: int


class Addressed(msgspec.Struct, kw_only=True, frozen=True):
    """News with the event it comes from."""

    event_id: UUID
    correlation_id: UUID | None
    news: News


async def schedule(connection: Connection, addressed: Sequence[Addressed]) -> list[UUID]:
    """Write a delivery for each webhook that wants each piece of news; return the event id of each."""
    parameters = {
        "event_ids": [item.event_id for item in addressed],
        "types": [item.news.type for item in addressed],
        "structure_ids": [item.news.structure_id for item in addressed],
        "departments": [",".join(item.news.departments) for item in addressed],
        "still_in": [None if item.news.still_in is None else ",".join(item.news.still_in) for item in addressed],
        "correlation_ids": [item.correlation_id for item in addressed],
        "bodies": [item.news.body for item in addressed],
        "traceparents": [traceparent_of(item.event_id) for item in addressed],
    }
    return await fetch_column(connection, "schedule_deliveries", parameters)


async def wake_dispatcher(connection: Connection) -> None:
    """Tell the dispatcher, once the transaction commits, that there is something to send."""
    await connection.execute(SQL["wake_dispatcher"])


async def insert_delivery(
    connection: Connection, *, delivery_id: UUID, webhook_id: UUID, event_id: UUID, event_type: str, body: str
) -> None:
    parameters = {
        "id": delivery_id,
        "webhook_id": webhook_id,
        "event_id": event_id,
        "event_type": event_type,
        "body": body,
    }
    await connection.execute(SQL["insert_delivery"], parameters)


async def webhooks_with_due_deliveries(connection: Connection) -> list[UUID]:
    return await fetch_column(connection, "webhooks_with_due_deliveries")


async def due_deliveries(connection: Connection, webhook_id: UUID, *, most: int) -> list[DueDelivery]:
    """Return what one webhook is to be sent now: what follows from contributions, then what waits longest."""
    return await fetch_all(connection, DueDelivery, SQL["due_deliveries"], {"webhook_id": webhook_id, "most": most})


async def lock_delivery(connection: Connection, delivery_id: UUID) -> DeliveryState | None:
    """Return a delivery and hold it until the transaction ends."""
    return await fetch_one(connection, DeliveryState, SQL["lock_delivery"], {"id": delivery_id})


async def record_attempt(
    connection: Connection, delivery_id: UUID, attempt: Attempt, *, status: DeliveryStatus, delay: float | None
) -> datetime | None:
    """Write an attempt and what follows from it; return when the next is due (`delay` seconds from now)."""
    await connection.execute(SQL["insert_attempt"], {"delivery_id": delivery_id, **msgspec.structs.asdict(attempt)})
    parameters = {"id": delivery_id, "status": status, "attempts": attempt.number, "delay": delay}
    return (await fetch_column(connection, "record_outcome", parameters))[0]


async def abandon_deliveries(connection: Connection, webhook_id: UUID) -> list[DeliveryState]:
    """Give up whatever a webhook still waits for; return that."""
    return await fetch_all(connection, DeliveryState, SQL["abandon_deliveries"], {"webhook_id": webhook_id})


async def replay_delivery(connection: Connection, delivery_id: UUID) -> None:
    """Begin a new series of attempts at once."""
    await connection.execute(SQL["replay_delivery"], {"id": delivery_id})


async def webhook_of_delivery(connection: Connection, delivery_id: UUID) -> UUID | None:
    found = await fetch_column(connection, "webhook_of_delivery", {"id": delivery_id})
    return found[0] if found else None


async def list_deliveries(
    connection: Connection, webhook_id: UUID, *, after: UUID | None = None, most: int
) -> list[Delivery]:
    """Return a webhook's deliveries, newest first, after the one with id `after`."""
    parameters = {"webhook_id": webhook_id, "id": None, "after": after, "most": most}
    return await fetch_all(connection, Delivery, SQL["deliveries_newest_first"], parameters)


async def find_delivery(connection: Connection, webhook_id: UUID, delivery_id: UUID) -> Delivery | None:
    parameters = {"webhook_id": webhook_id, "id": delivery_id, "after": None, "most": 1}
    return await fetch_one(connection, Delivery, SQL["deliveries_newest_first"], parameters)


async def forget_deliveries(connection: Connection, age: timedelta) -> None:
    """Delete finished deliveries older than `age`."""
    await connection.execute(SQL["forget_deliveries"], {"age": age})
