"""Cut the packaged table of communes: `python -m libs.territories.build COMMUNES TOWN_HALLS`.

The reference of communes leaves out the articles of names (Mans, Rochelle); the list of town halls has
them. Lines are sorted, and begin with the key of the name: a search by name bisects them.
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

from libs.territories.names import key_of

TARGET = Path(__file__).parent / "data" / "communes.csv.gz"

HEADER = "key,code_insee,type,postcodes,latitude,longitude,population,name"

# The reference gives the postcodes of these to their districts only; letters also use the city's own.
_CITY_POSTCODES = {"75056": "75000", "69123": "69000", "13055": "13000"}


def build(reference: Path, town_halls: Path) -> int:
    """Write the packaged table from two files (CSV, gzip); return its number of rows."""
    full_names = {row["code_insee"]: row["commune"] for row in _rows(town_halls)}
    rows = _rows(reference)
    for row in rows:
        full_name = full_names.get(row["code_insee"], "")
        if full_name.endswith(row["nom"]) and key_of(full_name) == key_of(row["nom"]):
            row["nom"] = full_name
    lines = sorted(_line(row) for row in rows)
    with TARGET.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed:
        packed.write("\n".join([HEADER, *lines, ""]).encode())
    return len(rows)


def _line(row: dict[str, str]) -> str:
    centre = "centre" if row["centre_lat"] else "mairie"
    cells = [
        key_of(row["nom"]),
        row["code_insee"],
        row["type"],
        row["codes_postaux"] or _CITY_POSTCODES.get(row["code_insee"], ""),
        _degrees(row[f"{centre}_lat"]),
        _degrees(row[f"{centre}_lon"]),
        row["population"],
        row["nom"],
    ]
    if any("," in cell or '"' in cell for cell in cells):
        raise ValueError(f"a cell that needs quotes: {cells}")
    return ",".join(cells)


def _degrees(text: str) -> str:
    """Four decimals: ten metres, for the centre of a commune."""
    return f"{float(text):.4f}" if text else ""


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sources = [Path(argument) for argument in sys.argv[1:]]
    if len(sources) != 2 or not all(source.is_file() for source in sources):
        sys.exit("Name two files that exist: python -m libs.territories.build communes.csv.gz mairies.csv.gz")
    sys.stdout.write(f"{build(*sources)} communes in {TARGET}\n")
