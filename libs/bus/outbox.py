"""The outbox: events written in the transaction that makes them true."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from libs.bus.events import NewEvent, headers_of, subject_of
from libs.bus.tracing import trace_headers
from libs.contracts.events import type_of
from libs.database import Connection, Queries
from libs.identifiers import uuid7

SQL = Queries("libs.bus")


async def record(connection: Connection, *events: NewEvent) -> list[UUID]:
    """Write `events` to the outbox, in order, and return their ids.

    Call it inside the transaction that changes the state, after locking the aggregate: the order of the
    rows of one aggregate is then the order of its commits. The relay is woken once, at commit.
    """
    if not events:
        return []
    now = datetime.now(UTC)
    ids = [uuid7() for _ in events]
    kinds = [type_of(event.data) for event in events]
    rows = zip(events, kinds, ids, strict=True)
    await connection.execute(
        SQL["record_events"],
        {
            "ids": ids,
            "types": [kind.name for kind in kinds],
            "aggregate_ids": [event.aggregate_id for event in events],
            "versions": [event.version for event in events],
            "subjects": [subject_of(kind, event.aggregate_id) for event, kind in zip(events, kinds, strict=True)],
            "headers": [
                Jsonb(headers_of(event, kind, event_id, now) | trace_headers(event)) for event, kind, event_id in rows
            ],
            "data": [msgspec.json.encode(event.data).decode() for event in events],
        },
    )
    await connection.execute(SQL["wake_relay"])
    return ids
