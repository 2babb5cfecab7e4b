"""The streams of the bus: one a service, on file, filled again from the service's outbox when lost."""

from __future__ import annotations

from datetime import datetime

from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from libs.bus.connection import BusClient
from libs.contracts.events import ServiceName

DAYS = 30
"""How long an outbox keeps what it has published, and a stream what it was given."""

VERSIONS = 50
"""How many events of one type about one structure are kept, in place of a time limit."""


def _config(service: ServiceName, replicas: int) -> StreamConfig:
    config = StreamConfig(
        name=service,
        subjects=[f"relais.{service}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=replicas,
        duplicate_window=300,
        allow_atomic=True,
        allow_direct=True,
    )
    if service == "directory":
        # The last state of every structure stays however old it is: projections are rebuilt from it.
        config.max_msgs_per_subject = VERSIONS
    else:
        config.max_age = DAYS * 86_400
    return config


async def ensure_stream(client: BusClient, service: ServiceName) -> datetime:
    """Create the stream of `service`, or bring its limits up to date, and return when it was created.

    Publishers and consumers both call it. A stream that is younger than the one they knew has lost its events.
    """
    jetstream = client.jetstream()
    wanted = _config(service, client.replicas)
    try:
        stream = await jetstream.stream_info(service)
    except NotFoundError:
        stream = await jetstream.add_stream(wanted)
    else:
        held = stream.config
        if (held.max_age or 0, held.max_msgs_per_subject, held.num_replicas) != (
            wanted.max_age or 0,
            wanted.max_msgs_per_subject,
            wanted.num_replicas,
        ):
            stream = await jetstream.update_stream(wanted)
    if stream.created is None:
        raise TypeError(f"nats-server does not say when the stream {service} was created")
    return stream.created
