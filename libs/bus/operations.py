"""Questions that operators ask of every service, and its answers, as plain NATS requests.

They stand outside the streams: `operations.status` is answered by every service that runs, and
`operations.<service>.dead-letters` by that service. Whoever asks has checked who is asking them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal
from uuid import UUID

import msgspec
import structlog
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from libs.bus import dead_letters
from libs.bus.connection import BusClient
from libs.bus.dead_letters import CannotReplay, DeadLetter, NoDeadLetter, WholeDeadLetter
from libs.bus.status import ServiceStatus, service_status
from libs.contracts.events import ServiceName
from libs.database import Pool

log = structlog.get_logger()

STATUS = "operations.status"
PATIENCE = 1.0
"""Seconds given to a service to answer."""


class NoAnswer(Exception):  # noqa: N818 -- said as it stands
    """A service does not run, or does not answer."""


class LettersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with dead letters: `list` the next after `id`, or `show`, `replay` or `drop` the one `id`."""

    action: Literal["list", "show", "replay", "drop"]
    id: UUID | None = None


class LettersAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The letters asked for; `error` says in a sentence why there are none, or why nothing was done.

    `lasting` when the letter is there, and can only be dropped.
    """

    letters: list[DeadLetter] = []
    letter: WholeDeadLetter | None = None
    error: str | None = None
    lasting: bool = False


@asynccontextmanager
async def answering(client: BusClient, pool: Pool, service: ServiceName) -> AsyncGenerator[None]:
    """Answer for `service`, for the length of the block; of several processes one answers each question."""

    async def status(message: Msg) -> None:
        try:
            async with pool.connection() as connection:
                answer = await service_status(connection, service)
        except (OperationalError, PoolTimeout) as error:
            log.warning("status_unknown", error=str(error))
            return
        await message.respond(msgspec.json.encode(answer))

    async def letters(message: Msg) -> None:
        await message.respond(msgspec.json.encode(await _letters(pool, message.data)))

    subscriptions = [
        await client.subscribe(STATUS, queue=service, cb=status),
        await client.subscribe(_letters_subject(service), queue=service, cb=letters),
    ]
    try:
        yield
    finally:
        if client.is_connected:
            for subscription in subscriptions:
                await subscription.unsubscribe()


def _letters_subject(service: ServiceName) -> str:
    return f"operations.{service}.dead-letters"


async def _letters(pool: Pool, data: bytes) -> LettersAnswer:
    try:
        request = msgspec.json.decode(data, type=LettersRequest)
        async with pool.connection() as connection:
            if request.action == "list" or request.id is None:
                return LettersAnswer(letters=await dead_letters.list_letters(connection, after=request.id))
            letter = await dead_letters.find_letter(connection, request.id)
            if request.action == "replay":
                await dead_letters.replay(connection, request.id)
            elif request.action == "drop":
                await dead_letters.drop(connection, request.id)
            return LettersAnswer(letter=letter)
    except CannotReplay as error:
        return LettersAnswer(error=str(error), lasting=True)
    except (NoDeadLetter, msgspec.MsgspecError, OperationalError, PoolTimeout) as error:
        return LettersAnswer(error=str(error))


async def every_status(client: BusClient, expected: int) -> list[ServiceStatus]:
    """Ask all services how they are doing; return the answers that come in time, by name, `expected` at most."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    found: list[ServiceStatus] = []
    try:
        await client.publish(STATUS, reply=inbox)
        async with asyncio.timeout(PATIENCE):
            while len(found) < expected:
                message = await subscription.next_msg(timeout=PATIENCE)
                if not message.data:  # the server's own word that nobody answers
                    break
                found.append(msgspec.json.decode(message.data, type=ServiceStatus))
    except TimeoutError:
        pass  # those that run have answered
    finally:
        await subscription.unsubscribe()
    return sorted(found, key=lambda status: status.service)


async def ask_letters(client: BusClient, service: ServiceName, request: LettersRequest) -> LettersAnswer:
    """Have `service` do something with its dead letters.

    Raises:
        NoAnswer: it does not answer.
    """
    try:
        answer = await client.request(_letters_subject(service), msgspec.json.encode(request), timeout=PATIENCE * 5)
    except (NoRespondersError, TimeoutError) as error:
        raise NoAnswer(f"{service} does not answer.") from error
    return msgspec.json.decode(answer.data, type=LettersAnswer)
