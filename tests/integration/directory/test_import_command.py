"""The command `relais import`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from libs.testing.commands import Ran, run_command
from services.directory.commands import import_command
from services.directory.sample import FILES

if TYPE_CHECKING:
    from conftest import Directory

TOWN_HALLS = next(file for file in FILES if file.name == "mairies.csv")


async def import_(directory: Directory, *words: str, cwd: Path, columns: int = 140) -> Ran:
    settings = directory.settings
    environment = {
        "COLUMNS": str(columns),
        "RELAIS_HOME": str(cwd / "home"),
        "RELAIS_DIRECTORY_DATABASE_URL": settings.database_url,
        "RELAIS_SIGNING_PUBLIC_KEY": settings.signing_public_key,
        "RELAIS_DIRECTORY_SEALING_PRIVATE_KEYS": ",".join(settings.sealing_private_keys),
    }
    return await run_command(import_command, *words, environment=environment, folder=cwd)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def with_rejects(folder: Path) -> Path:
    lines = TOWN_HALLS.read_text(encoding="utf-8").splitlines()[:11]
    file = folder / "mairies-2027.csv"
    file.write_text("\n".join([*lines, lines[1], '"une seule case"']) + "\n", encoding="utf-8")
    return file


async def test_a_file_bears_the_day_that_is_said_and_none_that_its_copy_got(directory: Directory, tmp_path: Path):
    dates = "select count(*) from structure where state #>> '{sources,0,retrieved_on}' = '2024-08-01'"
    no_dates = "select count(*) from structure where state #>> '{sources,0,retrieved_on}' is null"
    code, _, errors = await import_(directory, str(TOWN_HALLS), cwd=tmp_path)
    assert (code, errors) == (0, "")
    assert (await directory.count(no_dates), await directory.count(dates)) == (218, 0)
    file = tmp_path / "renamed.csv"
    file.write_text(TOWN_HALLS.read_text(encoding="utf-8").replace("Mairie", "Hôtel de ville"), encoding="utf-8")
    code, _, errors = await import_(directory, str(file), "--published-on", "2024-08-01", cwd=tmp_path)
    assert (code, errors) == (0, "")
    assert await directory.count(dates) > 200
    code, _, errors = await import_(directory, str(file), "--published-on", "hier", cwd=tmp_path)
    assert code != 0


async def test_a_file_is_imported_with_a_summary_and_its_rejects_in_a_file(directory: Directory, tmp_path: Path):
    file = with_rejects(tmp_path)
    code, output, errors = await import_(directory, str(file), "--dry-run", cwd=tmp_path)
    assert (code, errors) == (0, "")
    assert "the directory is as it was" in output
    assert "row 12: The identifier" in output
    assert "row 13: The row has 1 cells" in output
    assert names_in(tmp_path) == [file.name]
    assert await directory.count("select count(*) from structure") == 0

    code, output, _ = await import_(directory, str(file), cwd=tmp_path)
    assert code == 0
    assert "mairies" in output
    assert await directory.count("select count(*) from structure") == 10
    rejects_file = tmp_path / "home" / "imports" / "mairies-2027-rejects.csv"
    assert str(rejects_file) in output
    assert names_in(tmp_path) == ["home", file.name]
    with rejects_file.open(encoding="utf-8", newline="") as rejects:
        rows = list(csv.DictReader(rejects))
    assert [row["row"] for row in rows] == ["12", "13"]
    assert all(row["reason"] for row in rows)


async def test_a_dry_run_names_the_first_rejects_and_writes_them_only_where_told(directory: Directory, tmp_path: Path):
    header, *lines = TOWN_HALLS.read_text(encoding="utf-8").splitlines()
    file = tmp_path / "mairies.csv"
    file.write_text("\n".join([header, lines[0], *["x"] * 14]) + "\n", encoding="utf-8")
    _, output, _ = await import_(directory, str(file), "--dry-run", cwd=tmp_path)
    assert output.count("The row has 1 cells") == 10
    assert "… and 4 more" in output
    assert "rejects.csv" not in output

    _, output, _ = await import_(directory, str(file), "--dry-run", "--rejects", "there.csv", cwd=tmp_path)
    assert "there.csv" in output
    assert names_in(tmp_path) == ["mairies.csv", "there.csv"]


async def test_places_no_longer_in_the_file_are_counted_and_listed_where_wanted(directory: Directory, tmp_path: Path):
    lines = TOWN_HALLS.read_text(encoding="utf-8").splitlines()
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    whole.write_text("\n".join(lines[:31]) + "\n", encoding="utf-8")
    part.write_text("\n".join(lines[:2]) + "\n", encoding="utf-8")
    await import_(directory, str(whole), "--absent", "none.csv", cwd=tmp_path)
    assert not (tmp_path / "none.csv").exists()

    _, output, _ = await import_(directory, str(part), cwd=tmp_path)
    [line] = [line for line in output.splitlines() if "no longer in the file" in line]
    assert "29" in line
    assert "--absent FILE" in line
    assert "Mairie de" not in output

    await import_(directory, str(part), "--dry-run", "--absent", "absent.csv", cwd=tmp_path)
    with (tmp_path / "absent.csv").open(encoding="utf-8", newline="") as absent:
        rows = list(csv.DictReader(absent))
    assert [(row["source"], row["external_id"]) for row in rows] == [
        ("mairies", line.partition(",")[0]) for line in lines[2:31]
    ]
    assert rows[0]["name"] == lines[2].split(",")[1]
    assert rows[0]["slug"].startswith("mairie-de-")


async def test_rejects_go_where_they_are_wanted_and_no_file_is_made_without_any(directory: Directory, tmp_path: Path):
    await import_(directory, str(with_rejects(tmp_path)), "--rejects", "there.csv", cwd=tmp_path)
    assert (tmp_path / "there.csv").is_file()
    await import_(directory, str(TOWN_HALLS), "--rejects", "none.csv", cwd=tmp_path)
    assert not (tmp_path / "none.csv").exists()


async def test_rows_without_a_department_are_listed_and_those_abroad_are_rejected(directory: Directory, tmp_path: Path):
    """Invented town halls: one in no commune, one at sea."""
    with TOWN_HALLS.open(encoding="utf-8", newline="") as sample:
        first = next(rows := csv.DictReader(sample))
    file = tmp_path / "nulle.csv"
    nowhere = first | {"code_insee": "99999", "code_postal": "", "commune": "Nulle", "nom": "Mairie de Nulle"}
    with file.open("w", encoding="utf-8", newline="") as made:
        table = csv.DictWriter(made, rows.fieldnames or ())
        table.writeheader()
        table.writerow(nowhere | {"latitude": "10", "longitude": "10"})
        table.writerow(nowhere | {"code_insee": "99998", "latitude": "", "longitude": ""})
    code, output, errors = await import_(directory, str(file), cwd=tmp_path)
    assert (code, errors) == (0, "")
    folder = tmp_path / "home" / "imports"
    assert str(folder / "nulle-notes.csv") in output
    with (folder / "nulle-rejects.csv").open(encoding="utf-8", newline="") as lines:
        rejects = [(row["row"], row["reason"]) for row in csv.DictReader(lines)]
    reason = "Its coordinates are not in France (10.0, 10.0), and no department could be found for it."
    assert rejects == [("2", reason)]
    with (folder / "nulle-notes.csv").open(encoding="utf-8", newline="") as lines:
        notes = [tuple(row.values()) for row in csv.DictReader(lines) if row["field"] == "address.department"]
    assert [note[:4] for note in notes] == [("3", "99998", "no department could be found", "address.department")]
    assert await directory.count("select count(*) from structure") == 1

    await import_(directory, str(file), "--dry-run", "--notes", "there.csv", cwd=tmp_path)
    assert (tmp_path / "there.csv").read_text(encoding="utf-8") == (folder / "nulle-notes.csv").read_text(
        encoding="utf-8"
    )


async def test_the_sample_is_imported_once(directory: Directory, tmp_path: Path):
    code, output, _ = await import_(directory, "--sample", cwd=tmp_path, columns=80)
    assert code == 0
    assert "Source Rows Created Updated Unchanged Rejected Kept Absent" in " ".join(output.split())
    assert {"leaflet-paris-2020", "mediation-numerique", "france-services", "mairies"} <= set(output.split())
    assert max(len(line) for line in output.splitlines() if str(tmp_path) not in line) <= 80
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
    assert output == ""
    assert errors.startswith(f"{file}: ")
    assert errors.endswith(". Nothing was imported.\n")
    assert len(errors.splitlines()) == 1
    assert await directory.count("select count(*) from import_run") == 0


async def test_a_missing_file_is_one_sentence(directory: Directory, tmp_path: Path):
    code, _, errors = await import_(directory, "absent.csv", cwd=tmp_path)
    assert code == 1
    assert errors == "absent.csv: The file cannot be read: No such file or directory. Nothing was imported.\n"


@pytest.mark.parametrize("words", [[], ["a.csv", "--sample"], ["a.csv", "--unknown"]])
async def test_wrong_usage_is_exit_code_2(directory: Directory, tmp_path: Path, words: list[str]):
    code, _, errors = await import_(directory, *words, cwd=tmp_path)
    assert code == 2
    assert errors
