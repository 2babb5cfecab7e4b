"""The `schema.sql` of each service: what its migrations and those of the libraries come to, as pg_dump writes it.

`python -m libs.testing.schemas` writes them anew; tests/integration/database fails while one is not what the
migrations give.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import libs
from libs.servers import postgres_program
from libs.testing.servers import TestServers

_SERVICES = Path(libs.__file__).resolve().parent.parent / "services"
_OPTIONS = ("--schema-only", "--no-owner", "--no-privileges", "--no-comments", "--exclude-table=schema_migrations")
_ABOUT_THE_DUMP = re.compile(r"^(--|SET \w+ = |SELECT pg_catalog\.set_config\(|\\(un)?restrict ).*\n", re.MULTILINE)
_HEADER = "-- What the migrations of this service and of the libraries come to. `make schema` writes it.\n\n"


def services_with_schema() -> list[str]:
    """Return the names of the services that have migrations."""
    return sorted(folder.parent.name for folder in _SERVICES.glob("*/migrations"))


def schema_file(service: str) -> Path:
    return _SERVICES / service / "schema.sql"


async def schema_of(url: str) -> str:
    """Return the statements that make what the database at `url` holds, without its rows, owners and rights.

    Raises:
        RuntimeError: pg_dump failed; the message is its own.
    """
    process = await asyncio.create_subprocess_exec(
        str(postgres_program("pg_dump")),
        *(*_OPTIONS, "--dbname", url),
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(errors.decode(errors="replace").strip())
    statements = _ABOUT_THE_DUMP.sub("", output.decode()).strip()
    return _HEADER + re.sub(r"\n{3,}", "\n\n", statements) + "\n"


async def _write() -> None:
    servers = TestServers()
    try:
        servers.start()
        for service in services_with_schema():
            url = await servers.addresses().make_database(service, "main")
            schema_file(service).write_text(await schema_of(url), encoding="utf-8")
    finally:
        servers.stop()


if __name__ == "__main__":
    asyncio.run(_write())
