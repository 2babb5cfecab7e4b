"""The bus: what a service says goes out once its transaction commits, and takes effect once elsewhere.

Truth is in PostgreSQL. A handler records events in the outbox in the transaction that changes state
(`record`); the service's relay publishes them to NATS JetStream in order; consumers take each event in,
once, in the transaction of its effect. JetStream is transport and can be rebuilt.
"""

from libs.bus.connection import connect
from libs.bus.consumer import Consumer
from libs.bus.events import Event, NewEvent
from libs.bus.outbox import record
from libs.bus.relay import Relay
from libs.bus.sealing import Sealer, Unsealer

__all__ = ["Consumer", "Event", "NewEvent", "Relay", "Sealer", "Unsealer", "connect", "record"]
