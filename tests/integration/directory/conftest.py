"""The directory on real servers: its database, its bus, its web application, its worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from nats.aio.client import Client

from libs.bus import NewEvent, connect
from libs.bus.events import headers_of, subject_of
from libs.bus.streams import ensure_stream
from libs.contracts.events import ContributionApproved, EventData, type_of
from libs.database import Pool, open_pool
from libs.identifiers import uuid7
from libs.runtime import Settings
from libs.runtime.tasks import running
from libs.testing.waiting import eventually
from libs.testing.web import bearer, make_settings, serving
from services.directory.service import build_web, work


class Directory:
    """A directory under test, and the hands to work it with."""

    def __init__(self, settings: Settings, pool: Pool, nats: Client, client: httpx.AsyncClient) -> None:
        self.settings, self.pool, self.nats, self.client = settings, pool, nats, client

    def at_work(self) -> AbstractAsyncContextManager[None]:
        return running(work(self.settings))

    async def hear(self, data: EventData, aggregate_id: UUID, *, event_id: UUID | None = None) -> UUID:
        """Publish an event of another service, as its relay would; again under another message id if need be."""
        kind, event_id = type_of(data), event_id or uuid7()
        await ensure_stream(self.nats, kind.service)
        event = NewEvent(data=data, aggregate_id=aggregate_id, correlation_id=aggregate_id)
        headers = headers_of(event, kind, event_id, datetime.now(UTC)) | {"Nats-Msg-Id": str(uuid7())}
        await self.nats.jetstream().publish(subject_of(kind, aggregate_id), msgspec.json.encode(data), headers=headers)
        return event_id

    async def approve(self, **approved: Any) -> ContributionApproved:
        """Have contributions say that it approved something."""
        known: dict[str, Any] = {
            "contribution_id": uuid7(),
            "kind": "addition",
            "structure_id": uuid7(),
            "based_on_version": 0,
            "name": "Accueil inventé",
            "approved_by": "11111111-1111-7111-8111-111111111111",
        }
        data = ContributionApproved(**{**known, **approved})
        await self.hear(data, data.contribution_id)
        return data

    async def said(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a type in the outbox: their data, with `correlation` and `version`."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                "select data::jsonb || jsonb_build_object('correlation', headers ->> 'ce-correlationid', "
                "'version', aggregate_version) from outbox where type = %s order by position",
                [kind],
            )
            return [row[0] for row in await cursor.fetchall()]

    async def wait_for(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        async def enough() -> bool:
            return len(await self.said(kind)) >= count

        await eventually(enough)
        return await self.said(kind)

    async def count(self, query: str) -> int:
        async with self.pool.connection() as connection:
            row = await (await connection.execute(query)).fetchone()  # type: ignore[call-overload]
        assert row
        return row[0]

    def as_moderator(self, *departments: str) -> dict[str, str]:
        """Return the headers of an invented moderator of these departments."""
        return bearer("moderator", departments=[*departments])


@pytest.fixture
async def directory(
    make_database: Callable[[str], Awaitable[str]],
    nats_url: str,
    clean_streams: None,  # noqa: ARG001 -- a fixture on which this one relies
) -> AsyncIterator[Directory]:
    settings = make_settings("directory", await make_database("directory"), nats_url)
    async with (
        open_pool(settings.database_url) as pool,
        connect(nats_url, name="test") as nats,
        serving(build_web(settings)) as client,
    ):
        yield Directory(settings, pool, nats, client)
