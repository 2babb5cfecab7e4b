"""Traces across the bus: what an event brings about belongs to the trace of whatever caused the event."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from opentelemetry import context, propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from libs.bus.events import CORRELATION, Event, NewEvent
from libs.telemetry.traces import traceparent

tracer = trace.get_tracer("relais.bus")

_NOTHING: Mapping[UUID, Context] = {}
_causes: ContextVar[Mapping[UUID, Context]] = ContextVar("causes", default=_NOTHING)


@contextmanager
def following(consumer: str, events: Sequence[Event[Any]]) -> Generator[None]:
    """Have a span for each of `events`, in the trace it came with, for the length of the block.

    The first one's is the current span; what is recorded because of another is told apart by its causation id.
    """
    spans = {event.id: _start(consumer, event) for event in events}
    contexts = {event_id: trace.set_span_in_context(span) for event_id, span in spans.items()}
    causes = _causes.set(contexts)
    current = context.attach(contexts[events[0].id])
    try:
        yield
    except Exception as error:
        for span in spans.values():
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        context.detach(current)
        _causes.reset(causes)
        for span in spans.values():
            span.end()


@contextmanager
def publishing(messages: Iterable[dict[str, str]]) -> Generator[None]:
    """Have a span for each message that follows from a contribution, for the length of the block.

    The headers, which are given, carry its place from then on: who takes the event in goes on from there.
    """
    spans: list[Span] = []
    for headers in messages:
        if CORRELATION not in headers:
            continue
        attributes = {
            "messaging.system": "nats",
            "messaging.operation.type": "send",
            "messaging.message.id": headers["ce-id"],
        }
        place = propagate.extract(headers)
        span = tracer.start_span(
            f"publish {headers['ce-type']}", context=place, kind=SpanKind.PRODUCER, attributes=attributes
        )
        propagate.inject(headers, context=trace.set_span_in_context(span))
        spans.append(span)
    try:
        yield
    except Exception as error:
        for span in spans:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        for span in spans:
            span.end()


def _start(consumer: str, event: Event[Any]) -> Span:
    return tracer.start_span(
        f"process {event.type}",
        context=propagate.extract(dict(event.headers)),
        kind=SpanKind.CONSUMER,
        attributes={
            "messaging.system": "nats",
            "messaging.operation.type": "process",
            "messaging.message.id": str(event.id),
            "messaging.consumer.group.name": consumer,
        },
    )


def traceparent_of(cause: UUID | None) -> str | None:
    """Return the place in a trace of what follows from the event `cause`, else from what is going on now."""
    return traceparent(_causes.get().get(cause) if cause else None)


def trace_headers(event: NewEvent) -> dict[str, str]:
    """Return the headers that carry the trace context of what causes `event`."""
    place = traceparent_of(event.causation_id)
    return {"traceparent": place} if place else {}
