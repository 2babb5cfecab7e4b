"""Credentials that accounts has withdrawn, as each web process hears of them on the bus."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DeliverPolicy

from libs.bus.connection import ensure_stream
from libs.bus.events import UndecodableEvent, decode, filter_of
from libs.contracts.events import CredentialRevoked, type_of

log = structlog.get_logger()

LISTEN = 5.0


class Revocations:
    """The ids of revoked sessions and tokens; filled from the start of accounts' stream."""

    def __init__(self) -> None:
        self._ids: dict[UUID, datetime | None] = {}

    def __contains__(self, credential_id: object) -> bool:
        return credential_id in self._ids

    async def follow(self, client: Client) -> None:
        """Listen until cancelled, by a consumer of this process alone."""
        while True:
            try:
                await ensure_stream(client, "accounts")
                subscription = await client.jetstream().subscribe(
                    filter_of(type_of(CredentialRevoked)),
                    stream="accounts",
                    ordered_consumer=True,
                    deliver_policy=DeliverPolicy.ALL,
                )
                while True:
                    message = await subscription.next_msg(timeout=None)
                    self._take(decode(message.headers or {}, message.data).data)
            except (NatsError, TimeoutError, UndecodableEvent) as error:
                log.warning("revocations_interrupted", error=str(error) or type(error).__name__)
                await asyncio.sleep(LISTEN / 10)

    def _take(self, data: object) -> None:
        now = datetime.now(UTC)
        self._ids = {key: expiry for key, expiry in self._ids.items() if expiry is None or expiry > now}
        if isinstance(data, CredentialRevoked):
            self._ids[data.credential_id] = data.expires_at
