"""The relay: publishes a service's outbox to its stream, in order, at least once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import class_row

from libs.bus.connection import ensure_stream
from libs.bus.outbox import SQL
from libs.contracts.events import ServiceName
from libs.database import Connection
from libs.runtime.tasks import heed_cancellation

log = structlog.get_logger()

BATCH = 250
"""Most events in one atomic publish (the server's own limit is 1,000)."""

PUBLISH_TIMEOUT = 5.0
POLL = 1.0
"""Seconds between looks at the outbox when no notification comes."""

RETRY = 0.5
"""Seconds to wait after a failure."""


@dataclass(slots=True)
class OutboxRow:
    position: int
    id: Any
    subject: str
    headers: dict[str, str]
    data: str


class PublishRefused(Exception):  # noqa: N818 -- the server's answer
    """The server did not take a message or a batch."""


class Relay:
    """Moves outbox rows to JetStream. Several may run: an advisory lock leaves one at work.

    A batch is published atomically and marked once acknowledged. After an ambiguous failure its messages
    are sent again one at a time under their ids, which the stream drops where it has them already.
    """

    def __init__(self, service: ServiceName, database_url: str, nats: Client) -> None:
        self._service: ServiceName = service
        self._database_url = database_url
        self._nats = nats

    async def run(self) -> None:
        """Relay until cancelled; a lost database or broker is waited for."""
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._database_url, autocommit=True, connect_timeout=5
                ) as connection:
                    await self._run_connected(connection)
            except (OperationalError, NatsError, PublishRefused, TimeoutError) as error:
                log.warning("relay_interrupted", service=self._service, error=str(error) or type(error).__name__)
                await asyncio.sleep(RETRY)

    async def _run_connected(self, connection: Connection) -> None:
        await self._take_lock(connection)
        await ensure_stream(self._nats, self._service)
        await connection.execute("listen outbox")
        # The first batch may hold what a relay before us sent without hearing the answer.
        certain = False
        while True:
            heed_cancellation()
            while rows := await self._unpublished(connection):
                heed_cancellation()
                await self._publish(rows, atomically=certain)
                certain = True
                await connection.execute(SQL["mark_published"], {"positions": [row.position for row in rows]})
            async for _ in connection.notifies(timeout=POLL, stop_after=1):
                pass

    async def _take_lock(self, connection: Connection) -> None:
        while True:
            cursor = await connection.execute(SQL["try_relay_lock"])
            row = await cursor.fetchone()
            if row and row[0]:
                return
            await asyncio.sleep(POLL)

    async def _unpublished(self, connection: Connection) -> list[OutboxRow]:
        async with connection.cursor(row_factory=class_row(OutboxRow)) as cursor:
            await cursor.execute(SQL["unpublished"], {"most": BATCH})
            return await cursor.fetchall()

    async def _publish(self, rows: list[OutboxRow], *, atomically: bool) -> None:
        if atomically:
            try:
                await self._publish_batch(rows)
            except (PublishRefused, NatsError, TimeoutError) as error:
                log.info("relay_falls_back_to_single_publishes", service=self._service, error=str(error))
            else:
                return
        for row in rows:
            await self._request(row, row.headers)

    async def _publish_batch(self, rows: list[OutboxRow]) -> None:
        if len(rows) == 1:
            await self._request(rows[0], rows[0].headers)
            return
        batch = uuid4().hex
        for sequence, row in enumerate(rows, start=1):
            headers = row.headers | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(sequence)}
            if sequence < len(rows):
                await self._nats.publish(row.subject, row.data.encode(), headers=headers)
            else:
                await self._request(row, headers | {"Nats-Batch-Commit": "1"})

    async def _request(self, row: OutboxRow, headers: dict[str, str]) -> None:
        answer = await self._nats.request(row.subject, row.data.encode(), PUBLISH_TIMEOUT, headers=headers)
        result: dict[str, Any] = json.loads(answer.data)
        if error := result.get("error"):
            raise PublishRefused(f"{error.get('description', error)} ({row.subject})")
