"""What contributions hear: the structures as they are, and the receipts of approved changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from libs.bus import Event
from libs.contracts.events import (
    ContributionConflicted,
    ExportRefreshed,
    MessageFailed,
    MessageSent,
    StructureChanged,
    StructureIndexed,
    StructureWithdrawn,
    WebhookDelivered,
    WebhookFailed,
    WebhookScheduled,
    type_of,
)
from libs.database import Connection
from services.contributions import store
from services.contributions.domain.journey import Receipt, ReceiptStep

THANKS = "published"
"""The template of the message that tells a contributor that their change is public."""


async def structures_changed(connection: Connection, events: Sequence[Event[StructureChanged]]) -> None:
    """Take the new states over; where a contribution was behind one, it is applied."""
    await store.project(connection, [event.data for event in events])
    applied = [event for event in events if event.correlation_id is not None]
    if not applied:
        return
    await receipts_came(connection, applied)
    await store.mark_applied(connection, [event.correlation_id for event in applied if event.correlation_id])


async def structures_withdrawn(connection: Connection, events: Sequence[Event[StructureWithdrawn]]) -> None:
    for event in events:
        await store.withdraw(connection, event.data)


async def contributions_conflicted(connection: Connection, events: Sequence[Event[ContributionConflicted]]) -> None:
    """Put contributions that the directory could not apply back in the queue."""
    for event in events:
        await store.mark_conflicted(connection, event.data.contribution_id, event.data.fields)


async def receipts_came(connection: Connection, events: Sequence[Event[Any]]) -> None:
    """Keep the receipts of approved changes; what follows from no contribution is of no interest here."""
    await store.add_receipts(
        connection,
        [
            (event.correlation_id, event.id, receipt)
            for event in events
            if event.correlation_id is not None and (receipt := _receipt(event)) is not None
        ],
    )


_SIMPLE: dict[type[Any], tuple[ReceiptStep, Callable[[Any], dict[str, Any]]]] = {
    StructureChanged: ("applied", lambda data: {"version": data.structure.version}),
    StructureIndexed: ("indexed", lambda data: {"version": data.version}),
    ExportRefreshed: ("exported", lambda data: {"version": data.version}),
    WebhookScheduled: ("webhooks_scheduled", lambda data: {"total": data.deliveries}),
    WebhookDelivered: ("webhook", lambda data: _delivery(data, "delivered")),
    WebhookFailed: ("webhook", lambda data: _delivery(data, "failed") | _next_attempt(data)),
    MessageSent: ("contributor_notified", lambda _: {"outcome": "delivered"}),
    MessageFailed: ("contributor_notified", lambda data: {"outcome": "failed"} | _next_attempt(data)),
}

RECEIPTS = tuple(type_of(data).name for data in _SIMPLE if data is not StructureChanged)
"""The event types that are receipts; a structure's change is one too, but arrives with its state."""


def _delivery(data: WebhookDelivered | WebhookFailed, outcome: str) -> dict[str, Any]:
    return {"outcome": outcome, "attempt": data.attempt, "delivery_id": str(data.delivery_id)}


def _next_attempt(data: WebhookFailed | MessageFailed) -> dict[str, Any]:
    if data.next_attempt_at is None:
        return {}
    return {"outcome": "retrying", "next_attempt_at": data.next_attempt_at.isoformat()}


def _receipt(event: Event[Any]) -> Receipt | None:
    data = event.data
    if isinstance(data, MessageSent | MessageFailed) and data.template != THANKS:
        return None
    step, detail = _SIMPLE[type(data)]
    return Receipt(service=type_of(data).service, step=step, at=event.time, detail=detail(data))
