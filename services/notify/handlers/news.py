"""What happened to structures becomes deliveries to the partners who asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from libs.bus import Event, NewEvent, record
from libs.contracts.events import EventData, StructureChanged, StructureWithdrawn, WebhookScheduled
from libs.database import Connection
from services.notify.domain.news import News, news_of_change, news_of_withdrawal
from services.notify.store.deliveries import Addressed, schedule, wake_dispatcher
from services.notify.store.webhooks import any_webhook

D = TypeVar("D", bound=EventData)


async def announce_changes(connection: Connection, events: Sequence[Event[StructureChanged]]) -> None:
    await _announce(connection, [event for event in events if not event.data.republished], news_of_change)


async def announce_withdrawals(connection: Connection, events: Sequence[Event[StructureWithdrawn]]) -> None:
    await _announce(connection, events, news_of_withdrawal)


async def _announce(
    connection: Connection, events: Sequence[Event[D]], news_of: Callable[[D, datetime], list[News]]
) -> None:
    """Schedule deliveries, and give a receipt with their number for each event that wants one."""
    scheduled: Counter[object] = Counter()
    # An import brings tens of thousands of events, often with nobody to tell.
    if await any_webhook(connection):
        addressed = [
            Addressed(event_id=event.id, correlation_id=event.correlation_id, news=news)
            for event in events
            for news in news_of(event.data, event.time)
        ]
        scheduled.update(await schedule(connection, addressed))
    if scheduled:
        await wake_dispatcher(connection)
    receipts = [
        NewEvent(
            data=WebhookScheduled(
                structure_id=event.aggregate_id, version=event.version, deliveries=scheduled[event.id]
            ),
            aggregate_id=event.aggregate_id,
            version=event.version,
            correlation_id=event.correlation_id,
            causation_id=event.id,
        )
        for event in events
        if event.correlation_id is not None
    ]
    await record(connection, *receipts)
