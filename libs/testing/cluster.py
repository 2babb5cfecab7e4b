"""Three nats-servers on this machine that keep each stream three times."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from nats.errors import Error as NatsError

from libs.bus.connection import BusClient, connect
from libs.contracts.events import ServiceName
from libs.servers import Cluster, NatsServer, free_port
from libs.testing.waiting import eventually

SIZE = 3
_PASSWORD = "tests"  # noqa: S105 -- these servers hold invented data and end with the test


class NatsCluster:
    """The servers, by the name each has in the cluster."""

    def __init__(self, folder: Path) -> None:
        ports: list[int] = []
        for _ in range(2 * SIZE):
            ports.append(free_port(ports))
        clients, routes = ports[:SIZE], ports[SIZE:]
        self.servers: dict[str, NatsServer] = {}
        for number in range(SIZE):
            name = f"n{number}"
            self.servers[name] = NatsServer(
                folder / name,
                port=clients[number],
                passwords={"relais": _PASSWORD},
                logs=folder,
                durable=False,
                cluster=Cluster(name, [routes[number], *(port for port in routes if port != routes[number])]),
            )

    @property
    def url(self) -> str:
        return ",".join(server.url() for server in self.servers.values())

    @asynccontextmanager
    async def connected(self, name: str) -> AsyncGenerator[BusClient]:
        async with connect(self.url, name=name, replicas=SIZE) as client:
            yield client

    async def leader(self, client: BusClient, stream: ServiceName) -> str | None:
        """Return which server leads the copies of a stream, None when they have none now."""
        try:
            information = await client.jetstream().stream_info(stream)
        except (NatsError, TimeoutError):
            return None
        return information.cluster.leader if information.cluster else None

    def kill(self, name: str) -> None:
        pid = self.servers[name].process.pid
        if pid is not None and self.servers[name].process.running:
            os.kill(pid, signal.SIGKILL)

    async def start(self, name: str) -> None:
        """Start a server that was killed, and wait until it greets clients."""
        server = self.servers[name]
        await server.process.ended()
        server.start(keep_log=True)
        await asyncio.to_thread(server.wait_ready)


@asynccontextmanager
async def nats_cluster() -> AsyncGenerator[NatsCluster]:
    """Start three servers and wait until they agree on who leads them."""
    folder = Path(tempfile.mkdtemp(prefix="relais-cluster-"))
    cluster = NatsCluster(folder)
    try:
        for server in cluster.servers.values():
            server.prepare()
            server.start()
        async with cluster.connected("cluster") as client:

            async def agreed() -> bool:
                try:
                    await client.jetstream().account_info()
                except (NatsError, TimeoutError):
                    return False
                return True

            await eventually(agreed, within=60)
        yield cluster
    finally:
        for server in cluster.servers.values():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
