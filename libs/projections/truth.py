"""The truth about structures, told by the directory page by page, over plain NATS requests.

They stand outside the streams, as the questions of operators do: no service reads another's database.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias
from uuid import UUID

import msgspec
import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from libs.bus.connection import BusClient
from libs.bus.operations import NoAnswer
from libs.contracts.events import StructureChanged

log = structlog.get_logger()

SUBJECT = "operations.directory.structures"
PATIENCE = 5.0
"""Seconds given to the directory for a page."""

PARTING = 1.0
"""Seconds for the last answers of a process that stops."""

MOST = 200
"""Structures on a page, fewer where they are large."""


class TruthRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Asks for the structures `ids`, or else for those that follow `after` in the order of ids, `most` at once."""

    ids: tuple[UUID, ...] | None = None
    after: UUID | None = None
    most: int = MOST


class TruthPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The present states of structures, of each its public part.

    `until` is the last id of a page that others follow. `total` counts all structures; `unsent` are the events that
    the directory has recorded and not published yet.
    """

    states: tuple[StructureChanged, ...] = ()
    until: UUID | None = None
    total: int = 0
    unsent: int = 0
    error: str | None = None


Truth: TypeAlias = Callable[[TruthRequest], Awaitable[TruthPage]]
"""Answers a request.

Raises:
    NoAnswer: the directory does not answer.
"""

_decode_page = msgspec.json.Decoder(TruthPage).decode


@asynccontextmanager
async def answering_truth(client: BusClient, truth: Truth) -> AsyncGenerator[None]:
    """Answer with `truth` for the length of the block; of several processes one answers each request."""

    async def answer(message: Msg) -> None:
        try:
            request = msgspec.json.decode(message.data, type=TruthRequest)
            packed = _pack(await truth(request))
            while len(packed) > client.max_payload and request.most > 1:
                request = msgspec.structs.replace(request, most=request.most // 4 or 1)
                packed = _pack(await truth(request))
            if len(packed) > client.max_payload:
                error = (
                    f"nats-server takes at most {client.max_payload} bytes, and what was asked for has {len(packed)}"
                )
                packed = _pack(TruthPage(error=error))
        except (msgspec.MsgspecError, OperationalError, PoolTimeout) as error:
            log.warning("truth_not_told", error=str(error))
            packed = _pack(TruthPage(error=str(error)))
        await message.respond(packed)

    subscription = await client.subscribe(SUBJECT, queue="directory", cb=answer)
    try:
        yield
    finally:
        if client.is_connected:
            # What the server has sent here is answered, and it sends no more; unless it does not answer itself.
            with suppress(TimeoutError, NatsError):
                async with asyncio.timeout(PARTING):
                    await subscription.drain()


def _pack(page: TruthPage) -> bytes:
    return zlib.compress(msgspec.json.encode(page), 1)


def truth_over(client: BusClient) -> Truth:
    """Return what asks the directory over `client`."""

    async def ask(request: TruthRequest) -> TruthPage:
        try:
            answer = await client.request(SUBJECT, msgspec.json.encode(request), timeout=PATIENCE)
        except (NoRespondersError, TimeoutError) as error:
            raise NoAnswer("directory does not answer") from error
        page = _decode_page(zlib.decompress(answer.data))
        if page.error:
            raise NoAnswer(f"directory does not answer: {page.error}")
        return page

    return ask
