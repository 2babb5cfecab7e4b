"""People who go on proposing and approving while everything breaks, and what they were told is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx

from libs.testing.chaos.timeline import Timeline

PATIENCE = 120.0
"""Seconds within which a request that is repeated must be answered."""


@dataclass
class Place:
    """A structure as its writer knows it: its version and what they wrote there, by field."""

    id: UUID
    version: int
    written: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Write:
    """A contribution that was approved, and the version of its structure that it makes.

    `thanked` when whoever made it left an address.
    """

    contribution_id: UUID
    structure_id: UUID
    version: int
    thanked: bool


NOT_YET = frozenset({200, 404, 409, 422})
"""Answers after which a request is repeated: what it is about may not have come there, or is on its way."""


class WriteFailed(Exception):  # noqa: N818 -- said as it stands
    """The platform answered what it must not, or nothing for too long."""


class Writer:
    """One moderator, who proposes and approves. Nobody else touches their `places`.

    `client` carries their token. Every request is repeated until it is answered; a proposal under one
    Idempotency-Key, so that it is made once however often it is sent.
    """

    def __init__(
        self, name: str, client: httpx.AsyncClient, places: Sequence[Place], *, random: Random, timeline: Timeline
    ) -> None:
        self.name = name
        self.places = list(places)
        self.writes: list[Write] = []
        self._client = client
        self._random = random
        self._timeline = timeline
        self._count = 0

    async def run(self, stop: asyncio.Event, *, pause: float) -> None:
        """Write until `stop` is set, with `pause` seconds between two writes; what is begun is finished.

        Raises:
            WriteFailed: see there.
        """
        while not stop.is_set():
            self._count += 1
            if self._random.random() < 0.2:
                await self._add()
            else:
                await self._correct(self._random.choice(self.places))
            await asyncio.sleep(pause * self._random.random())

    async def _add(self) -> None:
        words = f"{self.name}, lieu {self._count}"
        content = {
            "name": f"Essai {words}",
            "description": f"Inventé: {words}",
            "address": {"street": f"{self._count} rue des Essais", "postcode": "48000", "city": "Mende"},
            "services": [{"id": str(uuid4()), "category": "shower", "name": "Douche"}],
        }
        place = Place(UUID(int=0), 0, {"name": content["name"], "description": content["description"]})
        await self._make(place, {"kind": "addition", "proposed": content})
        self.places.append(place)

    async def _correct(self, place: Place) -> None:
        await self._applied(place)
        words = f"{self.name}, {self._count}"
        changes: dict[str, Any] = {"description": f"Inventé: {words}"}
        if self._random.random() < 0.3:
            changes["opening_hours_note"] = f"Note {words}"
        correction = {
            "kind": "correction",
            "structure_id": str(place.id),
            "based_on_version": place.version,
            "proposed": changes,
        }
        place.written |= changes
        await self._make(place, correction)

    async def _make(self, place: Place, submission: dict[str, Any]) -> None:
        thanked = self._random.random() < 0.3
        if thanked:
            submission["contact"] = {"email": f"{self.name}-{self._count}@exemple.invalid"}
        key = {"Idempotency-Key": str(uuid4())}

        async def submit() -> httpx.Response:
            return await self._client.post("/api/v1/contributions", json=submission, headers=key)

        said = await self._answered(submit, lambda answer: answer.status_code == 202)
        contribution_id = UUID(said.json()["id"])
        await self._approve(contribution_id)
        if not place.version:
            place.id = await self._structure_of(contribution_id)
        place.version += 1
        self.writes.append(Write(contribution_id, place.id, place.version, thanked))
        self._timeline.say(self.name, f"{submission['kind']} {contribution_id} makes {place.id} v{place.version}")

    async def _approve(self, contribution_id: UUID) -> None:
        async def approve() -> httpx.Response:
            address = f"/api/v1/moderation/contributions/{contribution_id}/approve"
            return await self._client.post(address, json={})

        # Decided already: by the first of our requests, whose answer was lost.
        await self._answered(
            approve,
            lambda answer: (
                answer.status_code == 200
                or (answer.status_code == 409 and answer.json()["type"] == "/problems/already-decided")
            ),
        )

    async def _structure_of(self, contribution_id: UUID) -> UUID:
        async def look() -> httpx.Response:
            return await self._client.get(f"/api/v1/moderation/contributions/{contribution_id}")

        said = await self._answered(look, lambda answer: answer.status_code == 200)
        return UUID(said.json()["contribution"]["structure_id"])

    async def _applied(self, place: Place) -> None:
        """Wait until the directory has what was written last: nobody corrects what they do not see."""

        async def look() -> httpx.Response:
            return await self._client.get(f"/api/v1/structures/{place.id}")

        await self._answered(
            look, lambda answer: answer.status_code == 200 and answer.json()["version"] == place.version
        )

    async def _answered(
        self, send: Callable[[], Awaitable[httpx.Response]], wanted: Callable[[httpx.Response], bool]
    ) -> httpx.Response:
        said = ""
        deadline = self._timeline.seconds + PATIENCE
        while self._timeline.seconds < deadline:
            try:
                answer = await send()
            except httpx.HTTPError as error:
                said = f"{type(error).__name__}: {error}"
            else:
                if wanted(answer):
                    return answer
                said = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code < 500 and answer.status_code not in NOT_YET:
                    break
            await asyncio.sleep(0.1 + 0.4 * self._random.random())
        raise WriteFailed(f"{self.name} was last told: {said}")
