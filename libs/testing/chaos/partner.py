"""A partner whose endpoint sometimes fails, and who checks each signature."""

from __future__ import annotations

from random import Random
from uuid import UUID

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

from libs.testing.receiver import Received, Receiver

FAILING = 0.15
"""How often the first attempt of a delivery fails. The second never does: the third comes five minutes later."""


class Partner:
    """A webhook of all departments, and what came through it: `seen` are structures with their versions.

    It fails now and then while it is `busy`.
    """

    def __init__(self, random: Random) -> None:
        self.seen: set[tuple[UUID, int]] = set()
        self.forged: list[str] = []
        self.id = ""
        self.busy = False
        self._random = random
        self._receiver = Receiver()
        self._receiver.answer = self._answer
        self._failed: set[str] = set()
        self._webhook: Webhook | None = None

    async def subscribe(self, client: httpx.AsyncClient) -> None:
        """Start to listen, and have the platform call."""
        await self._receiver.start()
        said = await client.post("/api/v1/webhooks", json={"url": self._receiver.url, "events": ["structure.changed"]})
        made = said.raise_for_status().json()
        self.id = made["id"]
        self._webhook = Webhook(made["secret"])

    async def leave(self) -> None:
        await self._receiver.stop()

    async def _answer(self, received: Received) -> Receiver.Answer:
        if self.busy and received.id not in self._failed and self._random.random() < FAILING:
            self._failed.add(received.id)
            if self._random.random() < 0.3:
                raise ConnectionResetError
            return Receiver.Answer(self._random.choice([500, 404, 503]))
        assert self._webhook is not None  # noqa: S101 -- nobody calls before they were asked to
        try:
            self._webhook.verify(received.body, received.headers)
        except WebhookVerificationError as error:
            self.forged.append(f"{received.id}: {error}")
        else:
            data = received.json["data"]
            self.seen.add((UUID(data["structure"]["id"]), data["version"]))
        return Receiver.Answer()
