"""Migrations: they come to the committed schema, and each can be taken back."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

import libs
from libs.database.migrations import migrate
from libs.testing.schemas import schema_file, schema_of, services_with_schema

ROOT = Path(libs.__file__).parent.parent
FOLDERS = sorted(
    str(path.relative_to(ROOT))
    for part in ("libs", "services", "deploy")
    for path in ROOT.glob(f"{part}/**/migrations")
)
DBMATE = Path(sys.executable).parent / "dbmate"


@pytest.mark.parametrize("service", services_with_schema())
async def test_the_migrations_of_a_service_come_to_its_committed_schema(
    make_database: Callable[[str], Awaitable[str]], service: str
) -> None:
    given = await schema_of(await make_database(service))
    file = schema_file(service)
    committed = file.read_text(encoding="utf-8") if file.exists() else ""
    assert committed == given, (
        f"services/{service}/schema.sql is not what the migrations give: `make schema` writes it anew."
    )


@pytest.mark.parametrize("folder", FOLDERS)
async def test_each_migration_can_be_taken_back_and_applied_again(
    make_database: Callable[[str], Awaitable[str]], postgres: str, tmp_path: Path, folder: str
) -> None:
    url = await _empty(await make_database("search"), postgres)
    migrations = sorted((ROOT / folder).glob("*.sql"))
    schemas = [_unordered(await schema_of(url))]
    for migration in migrations:
        shutil.copy(migration, tmp_path)
        await migrate(url, [tmp_path])
        schemas.append(_unordered(await schema_of(url)))
    for migration, before in zip(reversed(migrations), reversed(schemas[:-1]), strict=True):
        _roll_back(url, tmp_path)
        after = _unordered(await schema_of(url))
        assert after == before, f"After its way back, {migration.name} has not left all as it was."
    await migrate(url, [tmp_path])
    assert _unordered(await schema_of(url)) == schemas[-1]


def _unordered(schema: str) -> set[tuple[str, ...]]:
    """Return the statements of a schema with their lines sorted: a column that comes back comes last."""
    return {tuple(sorted(line.rstrip(",") for line in part.splitlines())) for part in schema.split("\n\n")}


async def _empty(url: str, postgres: str) -> str:
    """Put an empty database in the place of the one at `url`."""
    name, owner = (sql.Identifier(str(conninfo_to_dict(url)[part])) for part in ("dbname", "user"))
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as connection:
        await connection.execute(sql.SQL("drop database {}").format(name))
        await connection.execute(sql.SQL("create database {} owner {}").format(name, owner))
    return url


def _roll_back(url: str, folder: Path) -> None:
    command = [str(DBMATE), "--no-dump-schema", "--migrations-dir", str(folder), "rollback"]
    done = subprocess.run(command, env={"DATABASE_URL": url}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
