"""Metrics for Prometheus, at `/metrics/<service>`: requests of this process, and the state of the service's bus.

They name routes, consumers and outcomes, never people or what they wrote. Nobody outside should reach them: leave
the path out of what a proxy forwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import structlog
from litestar import Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.plugins.prometheus import PrometheusConfig
from litestar.types import Middleware
from nats.errors import Error as NatsError
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from libs.bus.connection import BusClient
from libs.bus.status import ServiceStatus, StreamStatus, all_streams, service_status
from libs.contracts.events import SERVICES, ServiceName
from libs.database import Connection

log = structlog.get_logger()

MetricSource: TypeAlias = Callable[[Connection], Awaitable[Iterable[Metric]]]
"""Reads further metrics of a service from its database."""

_BUCKETS: list[str | float] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]


def count_requests(service: ServiceName) -> Middleware:
    """Return the middleware that times requests by route template, never by address."""
    return PrometheusConfig(
        app_name=service, prefix="relais_http", group_path=True, exclude_opt_key="quiet", buckets=_BUCKETS
    ).middleware


class _Fixed(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def metrics_of(service: ServiceName, sources: Sequence[MetricSource]) -> HTTPRouteHandler:
    """Return the handler that shows the metrics of `service`."""

    @get(["/metrics", f"/metrics/{service}"], include_in_schema=False, opt={"quiet": True})
    async def metrics(state: State) -> Response[bytes]:
        families = list(_requests(service))
        async with state.pool.connection() as connection:
            families += _of_service(await service_status(connection, service))
            for source in sources:
                families += await source(connection)
        families += _of_consumers(service, await _streams(state.nats))
        registry = CollectorRegistry()
        registry.register(_Fixed(families))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return metrics


async def _streams(client: BusClient | None) -> list[StreamStatus]:
    """Return what the server says of the streams, nothing while it is away: then other metrics matter most."""
    if client is None or not client.is_connected:
        return []
    try:
        return await all_streams(client, SERVICES)
    except (NatsError, TimeoutError) as error:
        log.warning("streams_unknown", error=str(error))
        return []


def _requests(service: ServiceName) -> Iterator[Metric]:
    """Yield what this process counted of the requests to `service`, and what it uses itself."""
    for family in REGISTRY.collect():
        samples = [sample for sample in family.samples if sample.labels.get("app_name", service) == service]
        if samples:
            family.samples = samples
            yield family


def _of_service(status: ServiceStatus) -> Iterator[Metric]:
    yield GaugeMetricFamily("relais_relay_up", "Whether a relay is at work", value=status.relay)
    yield GaugeMetricFamily("relais_outbox_waiting", "Events not published yet", value=status.waiting)
    oldest = status.oldest_seconds or 0
    yield GaugeMetricFamily("relais_outbox_oldest_seconds", "Age of the oldest event not published yet", value=oldest)
    letters = GaugeMetricFamily("relais_dead_letters", "Events given up, by consumer", labels=["consumer"])
    for consumer, count in ((consumer, sum(found.values())) for consumer, found in status.dead_letters.items()):
        letters.add_metric([consumer], count)
    yield letters
    if audit := status.audit:
        labels = ["projection"]
        wrong = GaugeMetricFamily(
            "relais_audit_differences", "Structures that the last audit left wrong", labels=labels
        )
        wrong.add_metric([audit.projection], audit.wrong)
        age = GaugeMetricFamily("relais_audit_age_seconds", "Time since the last audit", labels=labels)
        age.add_metric([audit.projection], (datetime.now(UTC) - audit.finished_at).total_seconds())
        yield from (wrong, age)


def _of_consumers(service: ServiceName, streams: Iterable[StreamStatus]) -> Iterator[Metric]:
    labels = ["consumer", "stream"]
    lag = GaugeMetricFamily("relais_consumer_lag", "Events still to be handed over", labels=labels)
    in_hand = GaugeMetricFamily("relais_consumer_in_hand", "Events handed over and not answered", labels=labels)
    again = GaugeMetricFamily("relais_consumer_redelivered", "Events in hand, handed over before", labels=labels)
    for stream in streams:
        for consumer in stream.consumers:
            if consumer.name.startswith(f"{service}-"):
                names = [consumer.name, stream.service]
                lag.add_metric(names, consumer.lag)
                in_hand.add_metric(names, consumer.in_hand)
                again.add_metric(names, consumer.redelivered)
    yield from (lag, in_hand, again)
