"""Real servers as child processes: PostgreSQL and nats-server from their wheels, for one machine and for tests."""

from libs.servers.nats import Cluster, NatsServer, nats_program
from libs.servers.postgres import PostgresServer, new_password, postgres_program
from libs.servers.process import Process, ServerError, free_port, port_is_free

__all__ = [
    "Cluster",
    "NatsServer",
    "PostgresServer",
    "Process",
    "ServerError",
    "free_port",
    "nats_program",
    "new_password",
    "port_is_free",
    "postgres_program",
]
