"""Logs as JSON lines with trace ids, for whatever collects them."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF


def _add_trace(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event


def configure(process: str) -> None:
    """Set up logs and traces of this process, whose name goes on every line.

    Lines below `RELAIS_LOG_LEVEL` (default INFO) are dropped. Traces go to `OTEL_EXPORTER_OTLP_ENDPOINT`, if set, by
    OTLP over HTTP.
    """
    level = logging.getLevelNamesMapping().get(os.environ.get("RELAIS_LOG_LEVEL", "INFO").upper(), logging.INFO)
    first: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _add_trace,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    _have_libraries_log_likewise(first, last, process)
    trace.set_tracer_provider(_tracer_provider(process))


def _have_libraries_log_likewise(
    first: list[structlog.typing.Processor], last: list[structlog.typing.Processor], process: str
) -> None:
    """Write what libraries log, warnings and above, as lines of the same form."""

    def of_process(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {"process": process, **event}  # they may log from threads of their own, without our context

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, of_process, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _tracer_provider(process: str) -> TracerProvider:
    """Return what makes spans: sent by OTLP where an address is set, else only numbers for logs and events."""
    resource = Resource.create({"service.name": f"relais-{process}"})
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return TracerProvider(resource=resource, sampler=ALWAYS_OFF)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 -- large, and mostly not needed
        OTLPSpanExporter,
    )

    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
