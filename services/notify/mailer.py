"""Sends e-mails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from opentelemetry.trace import SpanKind

from libs.bus import NewEvent, record
from libs.bus.sealing import CannotUnseal
from libs.contracts.events import MessageFailed, MessageSent
from libs.database import Connection, Pool
from libs.telemetry.traces import continued, failed
from libs.web.language import N_
from services.notify.channels.smtp import MailServer, NotSent
from services.notify.domain.retries import MESSAGES, SIGNIN_MESSAGES, Schedule
from services.notify.lanes import PAUSE, POLL, UNAVAILABLE, Lanes
from services.notify.letters import BAD_ADDRESS, BadAddress, Letters
from services.notify.store import messages
from services.notify.store.messages import DueMessage

log = structlog.get_logger()
T = TypeVar("T")

UNREADABLE = N_("What was sealed for this message cannot be opened.")
EXPIRED = N_("The link expired before the message could be sent.")


class Mailer:
    """Sends what is due: sign-in links in a lane of their own, so that nothing makes them wait.

    At least once. An attempt is counted before it is made and its end recorded after: when the process dies in
    between, the message is sent once more, under the same Message-ID; a crash makes one copy, never a series.
    """

    def __init__(
        self,
        database_url: str,
        pool: Pool,
        letters: Letters,
        server: MailServer,
        *,
        schedule: Schedule = MESSAGES,
        signin_schedule: Schedule = SIGNIN_MESSAGES,
        poll: float = POLL,
    ) -> None:
        self._pool = pool
        self._letters = letters
        self._server = server
        self._schedules = {True: signin_schedule, False: schedule}
        self._lanes = Lanes(
            database_url, channel="message", keys=messages.due_urgencies, due=self._due, do=self._deliver, poll=poll
        )

    async def run(self) -> None:
        """Send until cancelled."""
        await self._lanes.run()

    async def _due(self, urgent: bool, most: int) -> Sequence[DueMessage]:  # noqa: FBT001 -- the key of a lane
        async with self._pool.connection() as connection:
            return await messages.due_messages(connection, urgent=urgent, most=most)

    async def _deliver(self, message: DueMessage) -> None:
        with continued(f"send {message.template}", message.traceparent, kind=SpanKind.CLIENT):
            await self._send_and_record(message)

    async def _send_and_record(self, message: DueMessage) -> None:
        async with self._pool.connection() as connection:
            number = await messages.begin_message(connection, message.id)
        if number is None:
            return
        failure = await self._send(message)
        log.info(
            "message_attempted",
            message=str(message.id),
            template=message.template,
            attempt=number,
            error=failure.sentence if failure else None,
        )
        if failure is None:
            await self._recorded(lambda connection: _record_sent(connection, message))
        else:
            failed("not sent")
            delay = None if failure.permanent else self._delay(message, number)
            await self._recorded(lambda connection: _record_failed(connection, message, failure.sentence, delay))

    def _delay(self, message: DueMessage, number: int) -> float | None:
        delay = self._schedules[message.template == "signin"].delay_after(number)
        if delay is None or message.expires_at is None:
            return delay
        return delay if datetime.now(UTC).timestamp() + delay < message.expires_at.timestamp() else None

    async def _send(self, message: DueMessage) -> NotSent | None:
        if message.expires_at is not None and message.expires_at <= datetime.now(UTC):
            return NotSent(EXPIRED, permanent=True)
        try:
            mail = self._letters.write(message)
        except BadAddress:
            return NotSent(BAD_ADDRESS, permanent=True)
        except CannotUnseal:
            return NotSent(UNREADABLE, permanent=True)
        try:
            await self._server.send(mail.content, sender=mail.sender, recipient=mail.recipient)
        except NotSent as failure:
            return failure
        return None

    async def _recorded(self, write: Callable[[Connection], Awaitable[None]]) -> None:
        """Write in a transaction; a database that is away for a moment is waited for."""
        while True:
            try:
                async with self._pool.connection() as connection, connection.transaction():
                    await write(connection)
            except UNAVAILABLE as error:
                log.warning("outcome_waits", error=type(error).__name__)
                await asyncio.sleep(PAUSE)
            else:
                return


async def _record_sent(connection: Connection, message: DueMessage) -> None:
    await messages.finish_message(connection, message.id, "sent")
    data = MessageSent(message_id=message.id, template=message.template, about=message.about)
    await _record(connection, message, data)


async def _record_failed(connection: Connection, message: DueMessage, error: str, delay: float | None) -> None:
    next_attempt_at = None
    if delay is None:
        await messages.finish_message(connection, message.id, "abandoned")
    else:
        next_attempt_at = await messages.postpone_message(connection, message.id, delay)
    data = MessageFailed(
        message_id=message.id,
        template=message.template,
        error=error,
        about=message.about,
        next_attempt_at=next_attempt_at,
    )
    await _record(connection, message, data)


async def _record(connection: Connection, message: DueMessage, data: MessageSent | MessageFailed) -> None:
    await record(
        connection,
        NewEvent(
            data=data,
            aggregate_id=message.id,
            correlation_id=message.correlation_id,
            causation_id=message.causation_id,
        ),
    )
