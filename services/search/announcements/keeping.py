"""How the copy is kept: by events, and from what the stream still holds when a worker begins."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError

from libs.bus import Event
from libs.bus.connection import BusClient
from libs.bus.inbox import Handler
from libs.bus.streams import ensure_stream
from libs.bus.troubles import Trouble
from libs.contracts.events import AnnouncementChanged, AnnouncementWithdrawn
from libs.database import Connection, Pool, is_outage
from libs.projections.states import StateReader, StreamUnreadable
from services.search.announcements import store

CONSUMER = "search-announcements"
RETRY = 0.5


async def _take_in(
    connection: Connection, events: Sequence[Event[AnnouncementChanged] | Event[AnnouncementWithdrawn]]
) -> None:
    await store.hold(connection, [event.data for event in events])


HANDLERS: Mapping[str, Handler] = dict.fromkeys(("announcement.changed.v1", "announcement.withdrawn.v1"), _take_in)


async def catch_up(pool: Pool, nats: BusClient) -> None:
    """Take in the last of each announcement that the stream holds, however old: a copy may be new, or a restored one.

    Raises:
        nats.errors.ConnectionClosedError: the connection to NATS is closed for good.
    """
    trouble = Trouble("announcements")
    while True:
        try:
            await ensure_stream(nats, "directory")
            async for _, reading in StateReader(nats, (AnnouncementChanged, AnnouncementWithdrawn)).last_of_each():
                async with pool.connection() as connection:
                    await store.hold(connection, reading.states)
        except ConnectionClosedError:
            raise
        except Exception as error:
            if not isinstance(error, NatsError | TimeoutError | StreamUnreadable) and not is_outage(error):
                raise
            trouble.say(error)
            await asyncio.sleep(RETRY)
        else:
            trouble.over()
            return
