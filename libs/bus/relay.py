"""The relay: publishes a service's outbox to its stream, in order, at least once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import structlog
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from psycopg import InternalError
from psycopg.rows import class_row

from libs.bus.connection import BusClient
from libs.bus.dead_letters import RELAY, bury
from libs.bus.express import name_aloud
from libs.bus.outbox import SQL
from libs.bus.pruning import prune
from libs.bus.streams import ensure_stream
from libs.bus.tracing import publishing
from libs.bus.troubles import Trouble, sentence_of
from libs.contracts.events import ServiceName
from libs.database import Connection, is_outage, open_session
from libs.database.pool import PatientConnection
from libs.runtime.tasks import heed_cancellation

log = structlog.get_logger()

BATCH = 500
"""Most events in one atomic publish (the server's own limit is 1,000)."""

FEW = 8
"""So few are sooner published each alone, all at once: for an atomic publish the server makes files of its own."""

PUBLISH_TIMEOUT = 5.0
POLL = 1.0
"""Seconds between looks at the outbox when no notification comes."""

CHECK = 10.0
"""Seconds between looks at the stream when there is nothing to publish: it may have been lost meanwhile."""

RETRY = 0.5
"""Seconds to wait after a failure."""

STRETCH = 2.0
"""Seconds of single publishes before what they sent is marked: the session may not be silent for long."""

LONG = 600.0
"""Seconds that sending everything again may take in the database."""

NO_ROOM = frozenset({10023, 10047})
FULL = "nats-server has no room left for events: its disk is full, or what JetStream may use of it"
STORES_NOTHING = (
    "nats-server answers, yet does not store events; its log says why: if its disk was full, make room and restart it"
)

_ROOM = 256
"""Bytes that publishing adds to an event's own headers and data."""


@dataclass(slots=True)
class OutboxRow:
    position: int
    id: UUID
    aggregate_id: UUID
    subject: str
    headers: dict[str, str]
    data: str

    @property
    def size(self) -> int:
        """What the server counts, in bytes."""
        return len(self.data.encode()) + sum(len(name) + len(value) + 4 for name, value in self.headers.items()) + _ROOM


Republish: TypeAlias = Callable[[Connection], Awaitable[None]]
"""Records the service's current state as events, where its outbox has forgotten them."""


class PublishRefused(Exception):  # noqa: N818 -- the server's answer
    """The server did not take a message or a batch."""


class Relay:
    """Moves outbox rows to JetStream. Several may run: an advisory lock leaves one at work.

    A batch is published atomically, or as single events at once when they are few and on different aggregates, and
    marked once acknowledged. After an ambiguous failure its messages are sent again one at a time under their ids,
    which the stream drops where it has them already. What the server can never take becomes a dead letter. When the
    stream is younger than the one published to before, all that the outbox still has is sent again, and `republish`
    may record what is older: whoever took an event in already does nothing.
    """

    def __init__(
        self, service: ServiceName, database_url: str, nats: BusClient, *, republish: Republish | None = None
    ) -> None:
        self._service: ServiceName = service
        self._database_url = database_url
        self._nats = nats
        self._republish = republish

    async def run(self) -> None:
        """Relay until cancelled; a lost database or broker is waited for.

        Raises:
            nats.errors.ConnectionClosedError: the connection to NATS is closed for good.
        """
        trouble = Trouble("relay", service=self._service)
        while True:
            heed_cancellation()
            try:
                async with open_session(self._database_url) as connection:
                    await self._run_connected(connection, trouble)
            except ConnectionClosedError:
                raise
            except Exception as error:
                # A session that was silent in a transaction, for the process was suspended, ends with an InternalError.
                passing = isinstance(error, NatsError | PublishRefused | TimeoutError | InternalError)
                if not passing and not is_outage(error):
                    raise
                trouble.say(error)
                await asyncio.sleep(RETRY)

    async def _run_connected(self, connection: PatientConnection, trouble: Trouble) -> None:
        await self._take_lock(connection)
        await connection.execute("listen outbox")
        # The first batch may hold what a relay before us sent without hearing the answer.
        certain = False
        checked, returns = float("-inf"), -1
        while True:
            heed_cancellation()
            if time.monotonic() - checked > CHECK or returns != self._nats.returns:
                returns = self._nats.returns
                await self._check_stream(connection)
                await prune(connection, now=datetime.now(UTC))
                checked = time.monotonic()
            while rows := await self._unpublished(connection):
                heed_cancellation()
                if returns != self._nats.returns:
                    break
                certain = await self._publish(connection, rows, atomically=certain)
            trouble.over()
            async for _ in connection.notifies(timeout=0 if rows else POLL, stop_after=1):
                pass

    async def _take_lock(self, connection: Connection) -> None:
        waiting = False
        while True:
            cursor = await connection.execute(SQL["try_relay_lock"])
            row = await cursor.fetchone()
            if row and row[0]:
                return
            if not waiting:
                log.info("another_relay_is_at_work", service=self._service)
                waiting = True
            await asyncio.sleep(POLL)

    async def _check_stream(self, connection: PatientConnection) -> None:
        created = await ensure_stream(self._nats, self._service)
        async with connection.transaction():
            cursor = await connection.execute(SQL["known_stream"], {"service": self._service})
            known = await cursor.fetchone()
            if known and known[0] == created:
                return
            if known:
                usual, connection.patience = connection.patience, LONG
                sent = await connection.execute(SQL["send_all_again"])
                log.error("stream_was_lost", service=self._service, events_sent_again=sent.rowcount)
                if self._republish:
                    await self._republish(connection)
                connection.patience = usual
            await connection.execute(SQL["keep_stream"], {"service": self._service, "created_at": created})

    async def _unpublished(self, connection: Connection) -> list[OutboxRow]:
        async with connection.cursor(row_factory=class_row(OutboxRow)) as cursor:
            await cursor.execute(SQL["unpublished"], {"most": BATCH})
            return await cursor.fetchall()

    async def _publish(self, connection: Connection, rows: list[OutboxRow], *, atomically: bool) -> bool:
        """Publish `rows` and mark them; those that the server can never take become dead letters.

        Return whether all were sent, so that what follows was not sent before.
        """
        large = [row for row in rows if row.size > self._nats.max_payload]
        fit = [row for row in rows if row.size <= self._nats.max_payload]
        with publishing(row.headers for row in fit):
            if len({row.aggregate_id for row in fit}) == len(fit) <= FEW:
                await self._publish_few(fit)
            elif not (atomically and await self._publish_batch(fit)):
                fit = await self._publish_singly(fit)
        for row in fit:
            await name_aloud(self._nats, row.subject, row.headers, row.id)
        async with connection.transaction():
            for row in large:
                await self._bury(connection, row)
            await connection.execute(SQL["mark_published"], {"positions": [row.position for row in (*fit, *large)]})
        return len(fit) + len(large) == len(rows)

    async def _publish_singly(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Publish `rows` one after another, for two seconds, and return those that the server has.

        Whoever was suspended in between stops here: another relay may be at work by now.
        """
        until = time.monotonic() + STRETCH
        for count, row in enumerate(rows, start=1):
            await self._request(row, row.headers)
            if time.monotonic() > until:
                return rows[:count]
        return rows

    async def _bury(self, connection: Connection, row: OutboxRow) -> None:
        error = f"the event has {row.size} bytes and nats-server takes at most {self._nats.max_payload}"
        log.error("event_buried", service=self._service, event_id=str(row.id), error=error)
        await bury(
            connection,
            consumer=f"{self._service}{RELAY}",
            subject=row.subject,
            headers=row.headers,
            data=row.data,
            error=error,
            deliveries=0,
        )

    async def _publish_few(self, rows: list[OutboxRow]) -> None:
        """Publish `rows`, which are all on different aggregates, at once."""
        answers = await asyncio.gather(*(self._request(row, row.headers) for row in rows), return_exceptions=True)
        for answer in answers:
            if answer:
                raise answer

    async def _publish_batch(self, rows: list[OutboxRow]) -> bool:
        """Publish `rows` atomically, and return whether the server has said that it has them."""
        batch = uuid4().hex
        try:
            for sequence, row in enumerate(rows, start=1):
                headers = row.headers | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(sequence)}
                if sequence < len(rows):
                    await self._nats.publish(row.subject, row.data.encode(), headers=headers)
                else:
                    await self._request(row, headers | {"Nats-Batch-Commit": "1"})
        except (PublishRefused, NatsError, TimeoutError) as error:
            log.info("relay_falls_back_to_single_publishes", service=self._service, error=sentence_of(error))
            return False
        return True

    async def _request(self, row: OutboxRow, headers: dict[str, str]) -> None:
        try:
            answer = await self._nats.request(row.subject, row.data.encode(), PUBLISH_TIMEOUT, headers=headers)
        except TimeoutError as error:
            # It does not answer this either where it is simply away.
            await self._nats.jetstream().stream_info(self._service)
            raise PublishRefused(STORES_NOTHING) from error
        result: dict[str, Any] = json.loads(answer.data)
        if error := result.get("error"):
            full = error.get("err_code") in NO_ROOM
            raise PublishRefused(FULL if full else f"{error.get('description', error)} ({row.subject})")
