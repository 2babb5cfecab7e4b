"""A service under test on real servers: what it hears, what it says, and what it keeps."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, LiteralString, TypeVar
from uuid import UUID

import httpx
import msgspec
from litestar import Litestar

from libs.bus import NewEvent, connect
from libs.bus.connection import BusClient
from libs.bus.events import headers_of, subject_of
from libs.bus.streams import ensure_stream
from libs.contracts.events import EventData, type_of
from libs.database import Pool, open_pool
from libs.identifiers import uuid7
from libs.runtime import Settings
from libs.testing.waiting import eventually
from libs.testing.web import application, serving_when_asked


class ServiceUnderTest:
    """A service's settings, database and bus, and a client of its pages; its tests add the hands that are theirs."""

    def __init__(self, settings: Settings, pool: Pool, nats: BusClient, client: httpx.AsyncClient) -> None:
        self.settings, self.pool, self.nats, self.client = settings, pool, nats, client

    async def hear(self, data: EventData, *, about: UUID | None = None, event_id: UUID | None = None) -> UUID:
        """Publish an event of another service as its relay would, and return its id.

        `about` is the contribution it follows from. With the `event_id` of an earlier one it comes a second time.
        """
        kind, event_id = type_of(data), event_id or uuid7()
        await ensure_stream(self.nats, kind.service)
        event = event_of(data, about=about)
        # JetStream would keep a second message of one id from us.
        headers = headers_of(event, kind, event_id, datetime.now(UTC)) | {"Nats-Msg-Id": str(uuid7())}
        subject = subject_of(kind, event.aggregate_id)
        await self.nats.jetstream().publish(subject, msgspec.json.encode(data), headers=headers)
        return event_id

    async def said(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of the events of a type in the outbox, oldest first, each with its `correlation`."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                "select data::jsonb || jsonb_build_object('correlation', headers ->> 'ce-correlationid') "
                "from outbox where type = %s order by position",
                [kind],
            )
            return [row[0] for row in await cursor.fetchall()]

    async def wait_for_event(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until as many events of a type are in the outbox, and return them as `said` does."""

        async def enough() -> bool:
            return len(await self.said(kind)) >= count

        await eventually(enough)
        return await self.said(kind)

    async def count(self, query: LiteralString) -> int:
        """Return the number that a query gives."""
        async with self.pool.connection() as connection:
            [row] = await (await connection.execute(query)).fetchall()
        return row[0]


def event_of(data: EventData, *, about: UUID | None = None) -> NewEvent:
    """Return the event that says `data`, of the aggregate and at the version that it names."""
    aggregate = type_of(data).aggregate
    whole = getattr(data, aggregate, None)
    named, name = (whole, "id") if whole else (data, f"{aggregate}_id")
    aggregate_id: UUID = getattr(named, name, None) or about or uuid7()
    return NewEvent(data=data, aggregate_id=aggregate_id, version=getattr(named, "version", 0), correlation_id=about)


_S = TypeVar("_S", bound=ServiceUnderTest)


@asynccontextmanager
async def under_test(
    kind: type[_S], settings: Settings, build_web: Callable[[Settings], Litestar]
) -> AsyncGenerator[_S]:
    """Yield the hands of `kind` on the service that `settings` describe, its web application served when asked."""
    async with (
        open_pool(settings.database_url) as pool,
        connect(settings.nats_url, name=f"test-{settings.service}", replicas=settings.nats_replicas) as nats,
        serving_when_asked(partial(application, build_web, settings)) as client,
    ):
        yield kind(settings, pool, nats, client)
