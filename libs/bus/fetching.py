"""Asking a consumer on the server for messages."""

from __future__ import annotations

import asyncio

from nats.aio.msg import Msg
from nats.js.client import JetStreamContext

from libs.bus.connection import BusClient
from libs.runtime.tasks import end


async def fetch(
    client: BusClient, subscription: JetStreamContext.PullSubscription, *, most: int, seconds: float
) -> list[Msg]:
    """Return the next messages, none if none came for so many seconds.

    A reconnection ends the wait: the server has forgotten what was asked of it before.

    Raises:
        nats.js.errors.NotFoundError: the consumer is gone, with its stream perhaps.
        nats.errors.Error, TimeoutError: the server does not answer.
    """
    asking = asyncio.ensure_future(subscription.fetch(most, timeout=seconds))
    back = asyncio.ensure_future(client.back())
    try:
        await asyncio.wait([asking, back], return_when=asyncio.FIRST_COMPLETED)
        if asking.done():
            return asking.result()
    except TimeoutError:
        # Nothing came, or the consumer went with its stream: asking tells which.
        await subscription.consumer_info()
    finally:
        await end(asking)
        await end(back)
    return []
