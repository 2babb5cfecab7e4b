"""Migrations: plain SQL files, applied by dbmate in the order of their numbers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

_LOCK_TIMEOUT_MS = 10_000
"""A migration waits no longer for a lock, since whoever comes after it waits too."""
_STATEMENT_TIMEOUT_MS = 600_000


_LIBRARIES = ("bus", "web")
"""Those that keep tables of theirs in the database of every service."""


class MigrationFailed(Exception):  # noqa: N818 -- said to the operator as it stands
    """dbmate could not apply a migration; the message is its own."""


def with_libraries(own: Path) -> list[Path]:
    """Return the folders of migrations for a service whose own are in the folder `own`."""
    libs = Path(__file__).parents[1]
    return [own, *(libs / name / "migrations" for name in _LIBRARIES)]


async def migrate(url: str, folders: Sequence[Path]) -> None:
    """Bring the database at `url` (postgresql://…) up to date with the migrations in `folders`.

    Raises:
        MigrationFailed: a migration did not apply; those before it did.
    """
    separator = "&" if "?" in url else "?"
    address = url if "sslmode=" in url else f"{url}{separator}sslmode=disable"
    address += f"&lock_timeout={_LOCK_TIMEOUT_MS}&statement_timeout={_STATEMENT_TIMEOUT_MS}"
    options = [part for folder in folders for part in ("--migrations-dir", str(folder))]
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "dbmate"),
        "--no-dump-schema",
        *options,
        "migrate",
        env={"DATABASE_URL": address},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for whoever asked for the migration
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()  # a migration is one transaction
        await process.wait()
        raise
    if process.returncode:
        raise MigrationFailed(output.decode(errors="replace").strip())
