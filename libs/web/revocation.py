"""Credentials that accounts has withdrawn, as each web process hears of them on the bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

import structlog
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext

from libs.bus.connection import BusClient
from libs.bus.events import UndecodableEvent, decode, filters_of
from libs.bus.fetching import fetch
from libs.bus.streams import ensure_stream
from libs.bus.troubles import Trouble
from libs.contracts.events import CredentialRevoked, type_of
from libs.runtime.tasks import heed_cancellation

log = structlog.get_logger()

BATCH = 100
FETCH_TIMEOUT = 5.0
RETRY = 0.5


class Revocations:
    """The ids of revoked sessions and tokens; filled from the start of accounts' stream."""

    def __init__(self) -> None:
        self._ids: dict[UUID, datetime | None] = {}

    def __contains__(self, credential_id: object) -> bool:
        return credential_id in self._ids

    async def follow(self, client: BusClient) -> None:
        """Listen until cancelled, by a consumer of this process alone that NATS forgets once it is gone.

        What was under way when the connection broke is lost, for nothing is acknowledged: after each reconnection
        everything is read anew.

        Raises:
            nats.errors.ConnectionClosedError: the connection to NATS is closed for good.
        """
        trouble = Trouble("revocations")
        while True:
            heed_cancellation()  # one that came while we connected may be lost
            try:
                returns = client.returns
                async with _subscribed(client) as subscription:
                    while returns == client.returns:
                        heed_cancellation()
                        for message in await fetch(client, subscription, most=BATCH, seconds=FETCH_TIMEOUT):
                            self._take(message)
                        trouble.over()
            except ConnectionClosedError:
                raise
            except (NatsError, TimeoutError) as error:
                trouble.say(error)
                await asyncio.sleep(RETRY)

    def _take(self, message: Msg) -> None:
        try:
            data = decode(message.headers or {}, message.data).data
        except UndecodableEvent as error:
            log.warning("revocation_unreadable", subject=message.subject, error=str(error))
            return
        now = datetime.now(UTC)
        self._ids = {key: expiry for key, expiry in self._ids.items() if expiry is None or expiry > now}
        if isinstance(data, CredentialRevoked):
            self._ids[data.credential_id] = data.expires_at


@asynccontextmanager
async def _subscribed(client: BusClient) -> AsyncGenerator[JetStreamContext.PullSubscription]:
    await ensure_stream(client, "accounts")
    jetstream = client.jetstream()
    config = ConsumerConfig(
        filter_subjects=filters_of(type_of(CredentialRevoked)),
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=60,
    )
    consumer = await jetstream.add_consumer("accounts", config)
    subscription = await jetstream.pull_subscribe_bind(consumer=consumer.name, stream="accounts")
    try:
        yield subscription
    finally:
        with suppress(NatsError):
            await subscription.unsubscribe()
