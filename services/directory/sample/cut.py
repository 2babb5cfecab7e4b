"""Cut the sample out of the whole files: `python -m services.directory.sample.cut FOLDER`.

Rows are taken as they are, so that the importers read the sample as they read the whole.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Collection
from pathlib import Path

from libs.contracts.structure import Address
from services.directory.imports import Draft, read_file
from services.directory.sample import FILES

_DEPARTMENTS = {"75", "93", "48"}
_LYON = {"69123", *(str(code) for code in range(69381, 69390))}
_WHOLE = "leaflet-paris-nord-est-2020.csv"


def cut(source: Path, target: Path) -> int:
    """Write the rows of `source` for the territories of the sample to `target`; return how many."""
    chosen = {
        result.row
        for result in read_file(source)
        if isinstance(result, Draft) and (target.name == _WHOLE or _belongs(result.content.address))
    }
    write_rows(source, target, chosen)
    return len(chosen)


def write_rows(source: Path, target: Path, chosen: Collection[int]) -> None:
    """Write the header and the chosen rows (the header is 1) of `source`; files that end in .gz are compressed."""
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rt", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(row for number, row in enumerate(rows, start=1) if number in chosen)
    content = text.getvalue().encode()
    # Without the time of day, so that the same rows make the same file.
    target.write_bytes(gzip.compress(content, mtime=0) if target.suffix == ".gz" else content)


def _belongs(address: Address) -> bool:
    return address.department in _DEPARTMENTS or address.insee_code in _LYON


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else Path()
    for sample_file in FILES:
        candidates = [folder / sample_file.name, folder / f"{sample_file.name}.gz"]
        whole = next((path for path in candidates if path.is_file() and path != sample_file), None)
        if whole is None or len(sys.argv) != 2:
            sys.exit(f"Name the folder that holds the whole files; {sample_file.name} is not there.")
        sys.stdout.write(f"{cut(whole, sample_file)} rows in {sample_file.name}\n")
