"""The command `relais import`, run in a process of its own, as people run it."""

from __future__ import annotations

import asyncio
import csv
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.directory.sample import FILES

if TYPE_CHECKING:
    from conftest import Directory

TOWN_HALLS = next(file for file in FILES if file.name == "mairies.csv")
COMMAND = "from services.directory.commands import import_command; import_command()"


async def import_(directory: Directory, *words: str, cwd: Path) -> tuple[int, str, str]:
    settings = directory.settings
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        COMMAND,
        *words,
        cwd=cwd,
        env={
            **os.environ,
            "COLUMNS": "140",
            "RELAIS_DIRECTORY_DATABASE_URL": settings.database_url,
            "RELAIS_SIGNING_PUBLIC_KEY": settings.signing_public_key,
            "RELAIS_SEALING_PUBLIC_KEY": settings.sealing_public_key,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


def with_rejects(folder: Path) -> Path:
    lines = TOWN_HALLS.read_text(encoding="utf-8").splitlines()[:11]
    file = folder / "mairies-2027.csv"
    file.write_text("\n".join([*lines, lines[1], '"une seule case"']) + "\n", encoding="utf-8")
    return file


async def test_a_file_is_imported_with_a_summary_and_its_rejects_in_a_file(directory: Directory, tmp_path: Path):
    file = with_rejects(tmp_path)
    code, output, errors = await import_(directory, str(file), "--dry-run", cwd=tmp_path)
    assert (code, errors) == (0, "")
    assert "nothing was written" in output
    assert await directory.count("select count(*) from structure") == 0

    code, output, _ = await import_(directory, str(file), cwd=tmp_path)
    assert code == 0
    assert "mairies" in output
    assert await directory.count("select count(*) from structure") == 10
    with (tmp_path / "mairies-2027-rejects.csv").open(encoding="utf-8", newline="") as rejects:
        rows = list(csv.DictReader(rejects))
    assert [row["row"] for row in rows] == ["12", "13"]
    assert all(row["reason"] for row in rows)


async def test_rejects_go_where_they_are_wanted_and_no_file_is_made_without_any(directory: Directory, tmp_path: Path):
    await import_(directory, str(with_rejects(tmp_path)), "--rejects", "there.csv", cwd=tmp_path)
    assert (tmp_path / "there.csv").is_file()
    await import_(directory, str(TOWN_HALLS), "--rejects", "none.csv", cwd=tmp_path)
    assert not (tmp_path / "none.csv").exists()


async def test_the_sample_is_imported_once(directory: Directory, tmp_path: Path):
    code, _, _ = await import_(directory, "--sample", cwd=tmp_path)
    assert code == 0
    imported = await directory.count("select count(*) from structure")
    assert imported > 480
    said = await directory.count("select count(*) from outbox")
    assert (await import_(directory, "--sample", cwd=tmp_path))[0] == 0
    assert await directory.count("select count(*) from structure") == imported
    assert await directory.count("select count(*) from outbox") == said


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"nom,ville\nx,y\n", "nom;é".encode("latin-1"), b"x" * 2_000_000]
)
async def test_a_malformed_file_is_one_sentence_and_nothing_half_written(
    directory: Directory, tmp_path: Path, content: bytes
):
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    code, output, errors = await import_(directory, str(file), cwd=tmp_path)
    assert code == 1
    assert len(errors.strip().splitlines()) == 1
    assert "Traceback" not in output + errors
    assert await directory.count("select count(*) from import_run") == 0


async def test_a_missing_file_is_one_sentence(directory: Directory, tmp_path: Path):
    code, _, errors = await import_(directory, "absent.csv", cwd=tmp_path)
    assert code == 1
    assert len(errors.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [[], ["a.csv", "--sample"], ["a.csv", "--unknown"]])
async def test_wrong_usage_is_exit_code_2(directory: Directory, tmp_path: Path, words: list[str]):
    code, _, errors = await import_(directory, *words, cwd=tmp_path)
    assert code == 2
    assert errors
