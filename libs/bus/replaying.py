"""Dead letters that somebody wants tried again, tried by the consumer that buried them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import structlog

from libs.bus.dead_letters import error_text, note_consumer
from libs.bus.events import decode
from libs.bus.inbox import Handler, take_in
from libs.bus.outbox import SQL
from libs.bus.tracing import following
from libs.bus.troubles import Trouble
from libs.database import Pool, is_outage
from libs.runtime.tasks import heed_cancellation

log = structlog.get_logger()

POLL = 5.0
"""Seconds between looks for letters to try."""


SEEN = 600.0
"""Seconds between two times that a consumer says it is there."""


async def replay_letters(consumer: str, pool: Pool, handlers: Mapping[str, Handler]) -> None:
    """Try what is asked for again, until cancelled."""
    trouble = Trouble("replay", consumer=consumer)
    seen = float("-inf")
    while True:
        heed_cancellation()
        try:
            if time.monotonic() - seen > SEEN:
                async with pool.connection() as connection:
                    await note_consumer(connection, consumer)
                seen = time.monotonic()
            while await _replay_one(consumer, pool, handlers):
                pass
            trouble.over()
        except Exception as error:
            if not is_outage(error):
                raise
            trouble.say(error)
        await asyncio.sleep(POLL)


async def _replay_one(consumer: str, pool: Pool, handlers: Mapping[str, Handler]) -> bool:
    """Try the oldest dead letter that is wanted again; return whether there was one."""
    async with pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(SQL["replay_wanted"], {"consumer": consumer})
        if not (row := await cursor.fetchone()):
            return False
        letter_id, headers, data = row
        try:
            async with connection.transaction():  # what is tried is undone alone
                event = decode(headers, data)
                with following(consumer, [event]):
                    await take_in(connection, consumer, [event], handlers)
        except Exception as error:
            if is_outage(error):
                raise
            log.warning("replay_failed", consumer=consumer, dead_letter=str(letter_id), exc_info=error)
            await connection.execute(SQL["replay_failed"], {"id": letter_id, "error": error_text(error)})
        else:
            await connection.execute(SQL["drop_dead_letter"], {"id": letter_id})
    return True
