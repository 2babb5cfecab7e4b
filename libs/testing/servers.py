"""One PostgreSQL and one nats-server for a whole test run."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import nats
import psycopg
from nats.js.errors import NotFoundError
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

import libs
from libs.database.migrations import migrate, with_libraries
from libs.servers import NatsServer, PostgresServer, free_port

_PASSWORD = "tests"  # noqa: S105 -- these servers hold invented data and end with the run
_WORKERS = 16
_ROOT = Path(libs.__file__).resolve().parent.parent
_in_use: set[str] = set()
"""The names of the databases of this worker."""

_PREFIX = "relais-tests-"
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 -- tempfile makes the folder in it
_ROOM = 2 * 1024**3
"""Bytes that must be free in memory for the data to be there: several times what a run takes."""


def _memory() -> Path | None:
    """Return where in memory there is room, after removing what killed runs left there."""
    for folder in _IN_MEMORY.glob(f"{_PREFIX}*"):
        owner, separator, _ = folder.name.removeprefix(_PREFIX).partition("-")
        if separator and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)
    return _IN_MEMORY if _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free >= _ROOM else None


class TestServers:
    """The servers of a test run, with data in a temporary folder that `stop` removes.

    Their data is in memory where there is room, for a test has a database of its own, some 300 files; on disk,
    and waited for, when `durable`, as benches want it.
    """

    __test__ = False

    def __init__(self, *, durable: bool = False) -> None:
        prefix = f"{_PREFIX}{os.getpid()}-"
        self._folder = Path(tempfile.mkdtemp(prefix=prefix, dir=None if durable else _memory()))
        self._folder.chmod(0o711)  # PostgreSQL may run as another user here
        self._postgres = PostgresServer(
            self._folder / "postgresql", port=free_port(), password=_PASSWORD, logs=self._folder, durable=durable
        )
        users = ["main", *(f"gw{number}" for number in range(_WORKERS))]
        self.nats_server = NatsServer(
            self._folder / "nats",
            port=free_port(),
            passwords=dict.fromkeys(users, _PASSWORD),
            logs=self._folder,
            durable=durable,
        )

    def start(self) -> None:
        self.nats_server.prepare()
        self.nats_server.start()
        self._postgres.prepare()
        self._postgres.start()
        self.nats_server.wait_ready()
        self._postgres.wait_ready()

    def stop(self) -> None:
        self.nats_server.stop()
        self._postgres.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def addresses(self) -> Addresses:
        return Addresses(self._postgres.port, self.nats_server.port)


@dataclass(frozen=True)
class Addresses:
    """Where the servers of a run listen; every xdist worker gets the same."""

    postgres_port: int
    nats_port: int

    def postgres(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}:{_PASSWORD}@127.0.0.1:{self.postgres_port}/{database}?sslmode=disable"

    def nats(self, worker: str) -> str:
        """Return the address for one xdist worker, whose streams no other worker sees."""
        return f"nats://{worker}:{_PASSWORD}@127.0.0.1:{self.nats_port}"

    async def make_database(self, service: str, worker: str) -> str:
        """Return the address of a fresh database with the migrations of `service` and of the libraries applied.

        It belongs to the role `relais_<service>`, as in production.
        """
        template = f"relais_{service}"
        async with await psycopg.AsyncConnection.connect(self.postgres(), autocommit=True) as connection:
            await connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [template])
            known = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
            if not await known.fetchone():
                await self._make_template(connection, service, template)
            await connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [template])
            # Names come again, so that applications made for an earlier test fit: making one takes longer than a test.
            name = next(name for number in count(1) if (name := f"{template}_{worker}_{number}") not in _in_use)
            _in_use.add(name)
            # Copying files takes a quarter of the time of logging every page, on servers that wait for no disk.
            await connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                    sql.Identifier(name), sql.Identifier(template), sql.Identifier(template)
                )
            )
            await connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        return self.postgres(name, template)

    async def _make_template(
        self, connection: psycopg.AsyncConnection[tuple[object, ...]], service: str, template: str
    ) -> None:
        role = sql.Identifier(template)
        await connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(_PASSWORD)),
        )
        unfinished = f"{template}_unfinished"
        await connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(unfinished), role))
        folders = with_libraries(_ROOT / "services" / service / "migrations")
        await migrate(self.postgres(unfinished, template), [folder for folder in folders if folder.is_dir()])
        await connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(template))
        )

    async def drop_database(self, url: str) -> None:
        """Drop a database that `make_database` made, with whatever is still connected to it."""
        name = conninfo_to_dict(url)["dbname"]
        async with await psycopg.AsyncConnection.connect(self.postgres(), autocommit=True) as connection:
            await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(name))))
        _in_use.discard(str(name))


async def delete_streams(url: str) -> None:
    """Delete every stream, with its messages and consumers, of the account behind `url`."""
    client = await nats.connect(url)
    try:
        stream = client.jetstream()
        for information in await stream.streams_info():
            try:
                await stream.delete_stream(str(information.config.name))
            except NotFoundError:
                continue
    finally:
        await client.close()
