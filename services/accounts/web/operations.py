"""The flow of events as the operations page draws it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from libs.bus.audits import Audit
from libs.bus.status import ServiceStatus, StreamStatus
from libs.contracts.events import SERVICES, ServiceName

LATE_SECONDS = 10
"""How long an event may wait in an outbox before somebody should look."""

Health = Literal["well", "late", "stopped"]


class ConsumerFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer of a stream: `waiting` events are still to be handled, `handled` were within a minute."""

    name: str
    waiting: int
    redelivered: int
    handled: int
    letters: int


class ServiceFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A service, its stream, and who listens to it. Nothing is known of one that does not answer."""

    name: ServiceName
    health: Health
    status: ServiceStatus | None
    stream: StreamStatus | None
    consumers: tuple[ConsumerFlow, ...]
    letters: int


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `releases` are the versions of Relais at work: more than one while they are replaced.

    `audits` are the last of each projection, by name.
    """

    services: tuple[ServiceFlow, ...]
    releases: tuple[str, ...]
    letters: int
    audits: tuple[Audit, ...] = ()

    @property
    def health(self) -> Health:
        found = {service.health for service in self.services}
        wrong = self.letters or any(audit.wrong for audit in self.audits)
        return "stopped" if "stopped" in found else "late" if "late" in found or wrong else "well"


def flow_of(statuses: Iterable[ServiceStatus], streams: Iterable[StreamStatus]) -> Flow:
    """Put together what services and server say."""
    by_service = {status.service: status for status in statuses}
    by_stream = {stream.service: stream for stream in streams}
    handled: dict[str, int] = {}
    letters: dict[str, dict[str, int]] = {}
    for status in by_service.values():
        handled |= status.handled
        letters |= status.dead_letters
    services = tuple(_service(name, by_service.get(name), by_stream.get(name), handled, letters) for name in SERVICES)
    return Flow(
        services=services,
        releases=tuple(sorted({status.release for status in by_service.values()})),
        letters=sum(sum(found.values()) for found in letters.values()),
        audits=tuple(
            sorted((status.audit for status in by_service.values() if status.audit), key=lambda one: one.projection)
        ),
    )


def _service(
    name: ServiceName,
    status: ServiceStatus | None,
    stream: StreamStatus | None,
    handled: dict[str, int],
    letters: dict[str, dict[str, int]],
) -> ServiceFlow:
    consumers = tuple(
        ConsumerFlow(
            name=consumer.name,
            waiting=consumer.lag + consumer.in_hand,
            redelivered=consumer.redelivered,
            handled=handled.get(consumer.name, 0),
            letters=letters.get(consumer.name, {}).get(name, 0),
        )
        for consumer in (stream.consumers if stream else ())
    )
    return ServiceFlow(
        name=name,
        health=_health(status),
        status=status,
        stream=stream,
        consumers=consumers,
        letters=sum(sum(found.values()) for found in status.dead_letters.values()) if status else 0,
    )


def _health(status: ServiceStatus | None) -> Health:
    if status is None or not status.relay:
        return "stopped"
    return "late" if (status.oldest_seconds or 0) > LATE_SECONDS else "well"
