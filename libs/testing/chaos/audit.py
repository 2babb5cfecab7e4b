"""The audit after a run: what was acknowledged is there once, and everything that follows from it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from libs.bus import connect
from libs.bus.connection import BusClient
from libs.bus.dead_letters import RELAY
from libs.bus.status import all_streams
from libs.contracts.events import SERVICES, ServiceName
from libs.contracts.structure import Structure
from libs.database import Connection
from libs.testing.chaos.partner import Partner
from libs.testing.chaos.writers import Write, Writer
from libs.testing.waiting import eventually

_ONCE = ("structure.changed.v1", "structure.indexed.v1", "export.refreshed.v1", "webhook.scheduled.v1")
"""What each approved contribution brings about, once."""

_STEPS = ("approved", "applied", "indexed", "exported", "webhooks_scheduled")

_DUE: LiteralString = """
select 'deliver', id, status, attempts, next_attempt_at::text from delivery where next_attempt_at is not null
union all
select template, id, status, attempts, next_attempt_at::text from message where next_attempt_at is not null
"""

_AT_ONCE: LiteralString = """
with webhooks as (update delivery set next_attempt_at = now() where next_attempt_at > now() and attempts < 5)
update message set next_attempt_at = now() where next_attempt_at > now() and attempts < 5 returning id
"""

Row = tuple[Any, ...]
_structure = msgspec.json.Decoder(Structure).decode


def _as_json(value: object) -> str:
    return json.dumps(json.loads(msgspec.json.encode(value)), sort_keys=True)


@dataclass(frozen=True)
class Projection:
    """A copy of the directory: `query` gives rows of the id, the version and whatever the copy holds of a structure.

    `expected` gives what it must hold of a structure (all of it, and the origin of its last change).
    """

    name: str
    service: ServiceName
    query: LiteralString
    expected: Callable[[Structure, str], Row]


class Platform:
    """The databases and streams of the platform at `home`, reached directly."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._consumers = frozenset[tuple[str, str]]()

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self._home / "platform.json").read_text())

    @asynccontextmanager
    async def connection(self, service: str) -> AsyncGenerator[Connection]:
        """Connect to the database of `service`."""
        state = self.state
        url = (
            f"postgresql://relais_{service}:{state['database_passwords'][service]}"
            f"@127.0.0.1:{state['ports']['postgres']}/relais_{service}?sslmode=disable"
        )
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            yield connection

    async def rows(self, service: str, query: LiteralString) -> list[Row]:
        """Return what the database of `service` answers to `query`."""
        async with self.connection(service) as connection:
            return await (await connection.execute(query)).fetchall()

    @asynccontextmanager
    async def bus(self) -> AsyncGenerator[BusClient]:
        state = self.state
        address = f"nats://relais:{state['nats_password']}@127.0.0.1:{state['ports']['nats']}"
        async with connect(address, name="audit") as client:
            yield client

    async def remember_consumers(self) -> None:
        """Have `quiet` wait for the consumers that are there now: they go with their streams."""
        async with self.bus() as client:
            streams = await all_streams(client, SERVICES)
        self._consumers = frozenset((stream.service, held.name) for stream in streams for held in stream.consumers)

    async def quiet(self, *, within: float = 180) -> None:
        """Wait until nothing is under way any more; what failed, and is put off for minutes or hours, is due now.

        Raises:
            TimeoutError: it still is; what, is said.
        """
        left = ""
        try:
            async with self.bus() as client:

                async def settled() -> bool:
                    nonlocal left
                    await self.rows("notify", _AT_ONCE)
                    left = "; ".join([line async for line in self._under_way(client)])
                    return not left

                await eventually(settled, within=within)
        except TimeoutError as error:
            raise TimeoutError(f"still under way: {left}") from error

    async def _under_way(self, client: BusClient) -> AsyncGenerator[str]:
        for service in SERVICES:
            [(waiting,)] = await self.rows(service, "select count(*) from outbox where published_at is null")
            if waiting:
                yield f"{waiting} events in the outbox of {service}"
            if not await self._relay_knows_stream(client, service):
                yield f"the relay of {service} has not looked at its stream"
        missing = set(self._consumers)
        for stream in await all_streams(client, SERVICES):
            for consumer in stream.consumers:
                missing.discard((stream.service, consumer.name))
                if consumer.lag or consumer.in_hand:
                    yield f"{consumer.name} has {consumer.lag} to take and {consumer.in_hand} in hand"
        for service, name in missing:
            yield f"{name} does not follow {service} again"
        for row in await self.rows("notify", _DUE):
            yield f"notify has still to do {row}"

    async def _relay_knows_stream(self, client: BusClient, service: ServiceName) -> bool:
        """Whether the relay has published to the stream there is: into a younger one it must send all again."""
        known = await self.rows(service, "select created_at from stream")
        with suppress(NotFoundError):
            return known == [((await client.jetstream().stream_info(service)).created,)]
        return False

    async def stream_ids(self, client: BusClient, service: ServiceName) -> Counter[str]:
        """Return how often the stream of `service` holds each event."""
        found: Counter[str] = Counter()
        jetstream = client.jetstream()
        config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, headers_only=True)
        made = await jetstream.add_consumer(service, config)
        subscription = await jetstream.pull_subscribe_bind(consumer=made.name, stream=service)
        left = made.num_pending or 0
        while left:
            messages = await subscription.fetch(min(left, 500), timeout=10)
            left -= len(messages)
            found.update((message.headers or {}).get("ce-id", "?") for message in messages)
        return found


@dataclass
class Audit:
    """Compares what `writers` were told with what is there.

    `planted` are the dead letters that must be, as consumers and subjects.
    """

    platform: Platform
    writers: Sequence[Writer]
    partners: Sequence[Partner] = ()
    projections: Sequence[Projection] = ()
    planted: Sequence[tuple[str, str]] = ()

    @property
    def writes(self) -> list[Write]:
        return [write for writer in self.writers for write in writer.writes]

    async def findings(self) -> list[str]:
        """Return what is not as it must be, a sentence each."""
        found = [line async for line in self._directory()]
        found += [line async for line in self._receipts()]
        found += [line async for line in self._journeys()]
        found += [line for projection in self.projections for line in await self._projection(projection)]
        found += [line async for line in self._messages()]
        found += [line async for line in self._bus()]
        return found + list(self._webhooks())

    async def _directory(self) -> AsyncGenerator[str]:
        """Each acknowledged write is in the history once, and the structures say what was written last."""
        history = await self.platform.rows(
            "directory",
            "select contribution_id, structure_id, version from structure_history where contribution_id notnull",
        )
        wanted = Counter((write.contribution_id, write.structure_id, write.version) for write in self.writes)
        for contribution, count in (wanted - Counter(history)).items():
            yield f"the directory lacks {contribution} ({count})"
        for contribution, count in (Counter(history) - wanted).items():
            yield f"the directory has {contribution} in excess ({count})"
        states = dict(await self.platform.rows("directory", "select id, state from structure"))
        for place in (place for writer in self.writers for place in writer.places):
            state = states.get(place.id)
            if state is None:
                yield f"the directory lacks the structure {place.id}"
                continue
            said = {field: state[field] for field in place.written}
            if state["version"] != place.version or said != place.written:
                yield f"structure {place.id} is {said} at v{state['version']}, not {place.written} at v{place.version}"

    async def _receipts(self) -> AsyncGenerator[str]:
        """Each write took effect once in each service."""
        wanted = {write.contribution_id for write in self.writes}
        said: Counter[tuple[str, UUID]] = Counter()
        for service in ("directory", "search", "notify"):
            query = "select type, (headers ->> 'ce-correlationid')::uuid from outbox where headers ? 'ce-correlationid'"
            said.update(await self.platform.rows(service, query))
        for contribution in wanted:
            for kind in _ONCE:
                if (count := said[kind, contribution]) != 1:
                    yield f"{kind} was said {count} times of {contribution}"

    async def _journeys(self) -> AsyncGenerator[str]:
        """Contributions knows of each write, and of each receipt, once."""
        wanted = {write.contribution_id for write in self.writes}
        rows = await self.platform.rows("contributions", "select id, status from contribution")
        for contribution, status in rows:
            if contribution not in wanted:
                yield f"nobody made contribution {contribution}, which is {status}"
            elif status != "applied":
                yield f"contribution {contribution} is {status}"
        steps = Counter(await self.platform.rows("contributions", "select step, contribution_id from journey_step"))
        for contribution in wanted:
            for step in _STEPS:
                if (count := steps[step, contribution]) != 1:
                    yield f"{count} receipts say that {contribution} is {step}"

    async def _projection(self, projection: Projection) -> list[str]:
        truth = await self.platform.rows(
            "directory",
            "select state::text, origin from structure "
            "join structure_history as last on last.structure_id = structure.id and last.version = structure.version",
        )
        held = {row[0]: row[1:] for row in await self.platform.rows(projection.service, projection.query)}
        found: list[str] = []
        for text, origin in truth:
            structure = _structure(text)
            row = held.pop(structure.id, None)
            if row is None:
                found.append(f"{projection.name} lacks {structure.id}")
            elif row[0] != structure.version:
                found.append(f"{projection.name} has {structure.id} at v{row[0]}, not v{structure.version}")
            elif json.dumps(row[1:], sort_keys=True) != (expected := _as_json(projection.expected(structure, origin))):
                found.append(f"{projection.name} has {structure.id} as {json.dumps(row[1:])}, not {expected}")
        return found + [f"{projection.name} has {structure_id}, which does not exist" for structure_id in held]

    async def _messages(self) -> AsyncGenerator[str]:
        """Who left an address was written to when the proposal came, and when it was published."""
        rows = await self.platform.rows("notify", "select template, about, status from message")
        wanted = [
            (template, write.contribution_id, "sent")
            for write in self.writes
            if write.thanked
            for template in ("received", "published")
        ]
        for row, count in (Counter(wanted) - Counter(rows)).items():
            yield f"notify lacks the message {row} ({count})"
        for row, count in (Counter(rows) - Counter(wanted)).items():
            yield f"notify has the message {row} in excess ({count})"

    async def _bus(self) -> AsyncGenerator[str]:
        """The streams hold what was said, and only what was meant to be is buried."""
        planted, buried = Counter(self.planted), Counter[tuple[str, str]]()
        unsent = {subject for consumer, subject in self.planted if consumer.endswith(RELAY)}
        async with self.platform.bus() as client:
            for service in SERVICES:
                letters = await self.platform.rows(service, "select consumer, subject, error from dead_letter")
                buried.update((consumer, subject) for consumer, subject, _ in letters)
                for consumer, subject, error in letters:
                    if (consumer, subject) not in planted:
                        yield f"{consumer} buried {subject}: {error}"
                held = await self.platform.stream_ids(client, service)
                said = await self.platform.rows(service, "select id::text, subject from outbox")
                for event_id, subject in said:
                    if not held[event_id] and subject not in unsent:
                        yield f"the stream of {service} lacks {event_id} ({subject})"
        for letter in planted:
            if (count := buried[letter]) != 1:
                yield f"{letter} was buried {count} times"

    def _webhooks(self) -> Iterator[str]:
        for partner in self.partners:
            yield from (f"a partner got what it cannot trust: {line}" for line in partner.forged)
            for write in self.writes:
                if (write.structure_id, write.version) not in partner.seen:
                    yield f"partner {partner.id} was not told of {write.structure_id} v{write.version}"
