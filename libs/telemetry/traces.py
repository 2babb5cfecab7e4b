"""Traces that go on where work was put down: in another process, or days later."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

tracer = trace.get_tracer("relais")


def traceparent(context: Context | None = None) -> str | None:
    """Return the present place in a trace (or that of `context`) as W3C text, to be kept with what is to be done."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier, context=context)
    return carrier.get("traceparent")


@contextmanager
def continued(name: str, kept: str | None, *, kind: SpanKind = SpanKind.INTERNAL) -> Generator[None]:
    """Have a span called `name`, at the place in a trace that was `kept`, for the length of the block.

    It is linked to the span that was current before: the request of whoever goes on with the work.
    """
    parent = propagate.extract({"traceparent": kept}) if kept else None
    before = trace.get_current_span().get_span_context()
    links = [Link(before)] if kept and before.is_valid else None
    with tracer.start_as_current_span(name, context=parent, kind=kind, links=links):
        yield


def failed(reason: str) -> None:
    """Mark the current span as failed, for a reason in a word: never with what people wrote."""
    trace.get_current_span().set_status(Status(StatusCode.ERROR, reason))
