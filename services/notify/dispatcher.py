"""Sends deliveries to partners' endpoints."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from opentelemetry.trace import SpanKind

from libs.database import Connection, Pool
from libs.telemetry.traces import continued, failed
from libs.web.language import N_
from services.notify.channels.endpoints import Endpoints, Unreachable
from services.notify.domain.retries import WEBHOOKS, Schedule
from services.notify.domain.webhooks import message_id, sign
from services.notify.handlers.outcomes import Outcome, abandon, record_outcome
from services.notify.lanes import PAUSE, POLL, UNAVAILABLE, Lanes
from services.notify.store import deliveries
from services.notify.store.deliveries import DueDelivery

log = structlog.get_logger()

REDIRECTED = N_("The server answered with a redirect, and redirects are not followed.")
GONE = N_("The server said that this endpoint is gone: the webhook is disabled.")
ANSWERED_BADLY = N_("The server answered with an error.")

OVERLOADED = frozenset({429, 502, 503, 504})
"""Answers of an endpoint that has too much to do: it is left alone for a while."""

REST = 5.0
"""Seconds an overloaded endpoint is left alone when it does not say for how long."""

LONGEST_REST = 3_600.0


class Dispatcher:
    """Sends what is due, a few deliveries of each endpoint at a time, and records what came of it.

    At least once: when the process dies between the answer and its record, the delivery is sent again, under
    the same `webhook-id`.
    """

    def __init__(
        self,
        database_url: str,
        pool: Pool,
        endpoints: Endpoints,
        *,
        schedule: Schedule = WEBHOOKS,
        poll: float = POLL,
    ) -> None:
        self._pool = pool
        self._endpoints = endpoints
        self._schedule = schedule
        self._rests: dict[UUID, float] = {}
        self._lanes = Lanes(
            database_url, channel="delivery", keys=self._webhooks, due=self._due, do=self._deliver, poll=poll
        )

    async def run(self) -> None:
        """Send until cancelled."""
        await self._lanes.run()

    def _rests_now(self, webhook_id: UUID) -> bool:
        if self._rests.get(webhook_id, 0) > time.monotonic():
            return True
        self._rests.pop(webhook_id, None)
        return False

    async def _webhooks(self, connection: Connection) -> Sequence[UUID]:
        found = await deliveries.webhooks_with_due_deliveries(connection)
        return [webhook_id for webhook_id in found if not self._rests_now(webhook_id)]

    async def _due(self, webhook_id: UUID, most: int) -> Sequence[DueDelivery]:
        if self._rests_now(webhook_id):
            return []
        async with self._pool.connection() as connection:
            due = await deliveries.due_deliveries(connection, webhook_id, most=most)
            if due and not due[0].active:
                async with connection.transaction():
                    await abandon(connection, webhook_id)
                return []
        return due

    async def _deliver(self, due: DueDelivery) -> None:
        with continued("deliver webhook", due.traceparent, kind=SpanKind.CLIENT):
            await self._attempt_and_record(due)

    async def _attempt_and_record(self, due: DueDelivery) -> None:
        outcome = await self._attempt(due)
        if outcome.verdict != "delivered":
            failed(outcome.verdict)
        if outcome.status_code in OVERLOADED:
            rest = min(outcome.retry_after or REST, LONGEST_REST)
            self._rests[due.webhook_id] = time.monotonic() + rest
        log.info(
            "webhook_attempted",
            delivery=message_id(due.id),
            verdict=outcome.verdict,
            status_code=outcome.status_code,
            duration_ms=outcome.duration_ms,
        )
        # What was sent must be known as sent: a database that is away for a moment is waited for.
        while True:
            try:
                await self._record(due, outcome)
            except UNAVAILABLE as error:
                log.warning("outcome_waits", delivery=message_id(due.id), error=type(error).__name__)
                await asyncio.sleep(PAUSE)
            else:
                return

    async def _record(self, due: DueDelivery, outcome: Outcome) -> None:
        async with self._pool.connection() as connection:
            async with connection.transaction():
                disabled = await record_outcome(connection, due.id, outcome, self._schedule)
            if disabled:
                log.warning("webhook_disabled", webhook=str(due.webhook_id), verdict=outcome.verdict)
                async with connection.transaction():
                    await abandon(connection, due.webhook_id)

    async def _attempt(self, due: DueDelivery) -> Outcome:
        at, started = datetime.now(UTC), time.monotonic()
        try:
            answer = await self._endpoints.post(due.url, _headers(due, int(at.timestamp())), due.body)
        except Unreachable as error:
            return Outcome(verdict="failed", at=at, duration_ms=_since(started), error=error.sentence)
        status = answer.status_code
        if 200 <= status < 300:
            verdict, error = "delivered", None
        elif status == 410:
            verdict, error = "gone", GONE
        else:
            verdict, error = "failed", REDIRECTED if 300 <= status < 400 else ANSWERED_BADLY
        return Outcome(
            verdict=verdict,
            at=at,
            duration_ms=_since(started),
            status_code=status,
            error=error,
            response=answer.excerpt,
            retry_after=(answer.retry_after or 0) if status in OVERLOADED else 0,
        )


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1_000)


def _headers(due: DueDelivery, timestamp: int) -> Mapping[str, str]:
    identifier = message_id(due.id)
    return {
        "content-type": "application/json",
        "user-agent": "Relais-Webhooks/1",
        "webhook-id": identifier,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(due.secret, identifier, timestamp, due.body),
    }
