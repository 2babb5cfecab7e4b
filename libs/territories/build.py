"""Cut the packaged table of communes: `python -m libs.territories.build COMMUNES TOWN_HALLS`.

The reference of communes leaves out the articles of names (Mans, Rochelle); the list of town halls has
them. Lines are sorted, and begin with the key of the name: a search by name bisects them.

A commune's point is its town hall, which stands where people live, or else its centre: also where the two lie
farther apart than the commune reaches, because the reference misplaces some town halls, by a sign or a digit.
"""

from __future__ import annotations

import csv
import gzip
import sys
from math import cos, hypot, radians
from pathlib import Path

from libs.territories.names import key_of

TARGET = Path(__file__).parent / "data" / "communes.csv.gz"

HEADER = "key,code_insee,type,postcodes,latitude,longitude,population,name"

# The reference gives the postcodes of these to their districts only; letters also use the city's own.
_CITY_POSTCODES = {"75056": "75000", "69123": "69000", "13055": "13000"}


# The farthest that a town hall is from its centre (km). French Guiana's communes are as large as departments.
_REACH = 10.0
_REACH_IN_GUIANA = 100.0
# Of the few towns elsewhere that reach farther: Arles, Bagnères-de-Bigorre, La Possession, Saint-Joseph.
_REACH_OF = {"13004": 17.0, "65059": 12.0, "97408": 12.0, "97412": 12.0}


def build(reference: Path, town_halls: Path) -> int:
    """Write the packaged table from two files (CSV, gzip); return its number of rows."""
    full_names = {row["code_insee"]: row["commune"] for row in _rows(town_halls)}
    rows = _rows(reference)
    for row in rows:
        full_name = full_names.get(row["code_insee"], "")
        if full_name.endswith(row["nom"]) and key_of(full_name) == key_of(row["nom"]):
            # A few are written « Le-Puy-en-Velay » there: an article is followed by a space.
            article = full_name.removesuffix(row["nom"])
            row["nom"] = (f"{article[:-1]} " if article.endswith("-") else article) + row["nom"]
    lines = sorted(_line(row) for row in rows)
    with TARGET.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed:
        packed.write("\n".join([HEADER, *lines, ""]).encode())
    return len(rows)


def _line(row: dict[str, str]) -> str:
    point = "mairie" if _is_town_hall_near(row) or not row["centre_lat"] else "centre"
    cells = [
        key_of(row["nom"]),
        row["code_insee"],
        row["type"],
        row["codes_postaux"] or _CITY_POSTCODES.get(row["code_insee"], ""),
        _degrees(row[f"{point}_lat"]),
        _degrees(row[f"{point}_lon"]),
        row["population"],
        row["nom"],
    ]
    if any("," in cell or '"' in cell for cell in cells):
        raise ValueError(f"a cell that needs quotes: {cells}")
    return ",".join(cells)


def _is_town_hall_near(row: dict[str, str]) -> bool:
    """Whether the town hall is known, and no farther from the centre than a commune reaches."""
    if not row["mairie_lat"] or not row["centre_lat"]:
        return False
    latitude, longitude = float(row["centre_lat"]), float(row["centre_lon"])
    north = float(row["mairie_lat"]) - latitude
    east = (float(row["mairie_lon"]) - longitude) * cos(radians(latitude))
    code = row["code_insee"]
    reach = _REACH_IN_GUIANA if code.startswith("973") else _REACH_OF.get(code, _REACH)
    return hypot(north, east) * 111.2 <= reach


def _degrees(text: str) -> str:
    """Four decimals: ten metres, which is enough for a town hall."""
    return f"{float(text):.4f}" if text else ""


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sources = [Path(argument) for argument in sys.argv[1:]]
    if len(sources) != 2 or not all(source.is_file() for source in sources):
        sys.exit("Name two files that exist: python -m libs.territories.build communes.csv.gz mairies.csv.gz")
    sys.stdout.write(f"{build(*sources)} communes in {TARGET}\n")
