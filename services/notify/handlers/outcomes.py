"""What came of an attempt: recorded, with a receipt for deliveries that follow from a contribution."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from libs.bus import NewEvent, record
from libs.contracts.events import WebhookDelivered, WebhookFailed
from libs.database import Connection
from libs.web.language import N_
from services.notify.domain.retries import LONGEST_REQUESTED_DELAY, Schedule
from services.notify.store import deliveries, webhooks
from services.notify.store.deliveries import Attempt, DeliveryState

Verdict: TypeAlias = Literal["delivered", "failed", "gone"]

WITHDRAWN = N_("The webhook was deleted or disabled before this could be delivered.")


class Outcome(msgspec.Struct, kw_only=True, frozen=True):
    """What one request came to. `error` is a marked sentence; `retry_after` is what the endpoint asked (seconds)."""

    verdict: Verdict
    at: datetime
    duration_ms: int
    status_code: int | None = None
    error: str | None = None
    response: str | None = None
    retry_after: float = 0


async def record_outcome(connection: Connection, delivery_id: UUID, outcome: Outcome, schedule: Schedule) -> bool:
    """Record the outcome of an attempt, and return whether it made the webhook disabled.

    Delivery first, webhook second: the order in which rows are locked everywhere here.
    """
    state = await deliveries.lock_delivery(connection, delivery_id)
    if state is None:
        return False
    number = state.attempts + 1
    delay = None
    if outcome.verdict == "failed":
        asked = min(outcome.retry_after, LONGEST_REQUESTED_DELAY)
        delay = schedule.delay_after(number - state.round_start, at_least=asked)
    attempt = Attempt(
        number=number,
        at=outcome.at,
        status_code=outcome.status_code,
        error=outcome.error,
        duration_ms=outcome.duration_ms,
        response=outcome.response,
    )
    status = "delivered" if outcome.verdict == "delivered" else "abandoned" if delay is None else "failed"
    next_attempt_at = await deliveries.record_attempt(connection, delivery_id, attempt, status=status, delay=delay)
    if outcome.verdict == "delivered":
        await webhooks.note_success(connection, state.webhook_id)
        await _record_success(connection, state, number)
        return False
    await _record_failure(connection, state, number, outcome.error or "", next_attempt_at)
    return await webhooks.note_failure(connection, state.webhook_id, gone=outcome.verdict == "gone")


async def abandon(connection: Connection, webhook_id: UUID) -> None:
    """Give up what waits for a webhook that is no longer called."""
    for state in await deliveries.abandon_deliveries(connection, webhook_id):
        await _record_failure(connection, state, state.attempts, WITHDRAWN, None)


async def _record_success(connection: Connection, state: DeliveryState, number: int) -> None:
    if state.correlation_id is None or state.structure_id is None:
        return
    data = WebhookDelivered(
        delivery_id=state.id, webhook_id=state.webhook_id, structure_id=state.structure_id, attempt=number
    )
    await _record(connection, state, number, data)


async def _record_failure(
    connection: Connection, state: DeliveryState, number: int, error: str, next_attempt_at: datetime | None
) -> None:
    if state.correlation_id is None or state.structure_id is None:
        return
    data = WebhookFailed(
        delivery_id=state.id,
        webhook_id=state.webhook_id,
        structure_id=state.structure_id,
        attempt=number,
        error=error,
        next_attempt_at=next_attempt_at,
    )
    await _record(connection, state, number, data)


async def _record(
    connection: Connection, state: DeliveryState, number: int, data: WebhookDelivered | WebhookFailed
) -> None:
    await record(
        connection,
        NewEvent(
            data=data,
            aggregate_id=state.id,
            version=number,
            correlation_id=state.correlation_id,
            causation_id=state.event_id,
        ),
    )
