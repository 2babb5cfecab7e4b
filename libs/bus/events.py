"""The envelope of an event: CloudEvents attributes in headers, the data as a JSON body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from libs.contracts.events import REGISTRY, EventData, EventType
from libs.contracts.upcasting import newest, upcasted, versions

D_co = TypeVar("D_co", bound=EventData, covariant=True)


CORRELATION = "ce-correlationid"
"""The header that an event has only if it follows from a contribution: a bulk import's has none."""


class UndecodableEvent(Exception):  # noqa: N818 -- it describes the event, and is stored with it
    """A message is not an event of the registry, or its data does not have the registered shape."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEvent:
    """Something to say. `version` is the aggregate's after the change (0 where the aggregate has none).

    `correlation_id` is the contribution an event follows from; a bulk import's events have none.
    """

    data: EventData
    aggregate_id: UUID
    version: int = 0
    correlation_id: UUID | None = None
    causation_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event(Generic[D_co]):
    """Something heard. `time` is when the publisher recorded it (UTC); `headers` keep the trace context."""

    id: UUID
    type: str
    source: str
    time: datetime
    aggregate_id: UUID
    version: int
    correlation_id: UUID | None
    causation_id: UUID | None
    data: D_co
    headers: Mapping[str, str]


def subject_of(kind: EventType, aggregate_id: UUID) -> str:
    """Return the NATS subject `relais.<service>.<aggregate>.<id>.<event>.v<N>` of an event."""
    aggregate, happening = kind.name.split(".", 1)
    return f"relais.{kind.service}.{aggregate}.{aggregate_id}.{happening}"


def filters_of(kind: EventType) -> list[str]:
    """Return the subject filters that match every event of a type, and of older types that are read as it."""
    parts = (name.split(".", 1) for name in versions(kind.name))
    return [f"relais.{kind.service}.{aggregate}.*.{happening}" for aggregate, happening in parts]


def headers_of(event: NewEvent, kind: EventType, event_id: UUID, time: datetime) -> dict[str, str]:
    """Return the headers of an event: CloudEvents attributes in the NATS binding's binary mode."""
    headers = {
        "Nats-Msg-Id": str(event_id),
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": str(event_id),
        "ce-type": kind.name,
        "ce-source": f"/{kind.service}",
        "ce-time": time.isoformat(),
        "ce-subject": str(event.aggregate_id),
        "ce-dataschema": f"relais:{kind.name}",
        "ce-aggregateversion": str(event.version),
    }
    if event.correlation_id:
        headers[CORRELATION] = str(event.correlation_id)
    if event.causation_id:
        headers["ce-causationid"] = str(event.causation_id)
    return headers


def decode(headers: Mapping[str, str], body: bytes | str) -> Event[EventData]:
    """Return the event in a message.

    Unknown fields are ignored, so that a publisher may add some. An older version is read as the newest.

    Raises:
        UndecodableEvent: an attribute is missing, the type is unknown, or the data has another shape.
    """
    try:
        said = headers["ce-type"]
        kind = REGISTRY[newest(said)]
        correlation, causation = headers.get(CORRELATION), headers.get("ce-causationid")
        return Event(
            id=UUID(headers["ce-id"]),
            type=kind.name,
            source=headers["ce-source"],
            time=datetime.fromisoformat(headers["ce-time"]),
            aggregate_id=UUID(headers["ce-subject"]),
            version=int(headers["ce-aggregateversion"]),
            correlation_id=UUID(correlation) if correlation else None,
            causation_id=UUID(causation) if causation else None,
            data=_data(kind, said, body),
            headers=headers,
        )
    except KeyError as error:
        raise UndecodableEvent(f"unknown event type or missing attribute: {error.args[0]}") from error
    except (ValueError, msgspec.MsgspecError) as error:
        raise UndecodableEvent(str(error)) from error


def _data(kind: EventType, said: str, body: bytes | str) -> EventData:
    if said == kind.name:
        return msgspec.json.decode(body, type=kind.data)
    return msgspec.convert(upcasted(said, msgspec.json.decode(body)), kind.data)
