"""Credentials that accounts has withdrawn, as each web process hears of them on the bus."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import structlog
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from libs.bus.connection import BusClient
from libs.bus.events import UndecodableEvent, decode, filters_of
from libs.bus.streams import ensure_stream
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
        """Listen until cancelled, by a consumer of this process alone that NATS forgets once it is gone."""
        while True:
            try:
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
                while True:
                    heed_cancellation()  # one that came while we connected may be lost
                    try:
                        messages = await subscription.fetch(BATCH, timeout=FETCH_TIMEOUT)
                    except TimeoutError:
                        # Nothing came, or the consumer went with its stream: asking tells which.
                        await subscription.consumer_info()
                        continue
                    for message in messages:
                        self._take(decode(message.headers or {}, message.data).data)
            except (NatsError, TimeoutError, UndecodableEvent) as error:
                log.warning("revocations_interrupted", error=str(error) or type(error).__name__)
                await asyncio.sleep(RETRY)

    def _take(self, data: object) -> None:
        now = datetime.now(UTC)
        self._ids = {key: expiry for key, expiry in self._ids.items() if expiry is None or expiry > now}
        if isinstance(data, CredentialRevoked):
            self._ids[data.credential_id] = data.expires_at
