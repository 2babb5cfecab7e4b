"""Invented rows, in the shape of the published files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from services.directory.imports import Draft, Reject, read_file

HEADERS = {
    "digital": "id,source,fichier,nom,commune,code_postal,code_insee,adresse,complement_adresse,latitude,longitude,"
    "telephone,courriel,site_web,typologie,services,publics_accueillis,conditions_acces,modalites_accompagnement,"
    "labels_nationaux,presentation_resume,horaires,prise_rdv,date_maj",
    "france_services": "id_fs,insee_dep,lib_fs,adresse,complement_adresse,insee_com,code_postal,lib_com,latitude,"
    "longitude,mail,telephone,h_lundi,h_mardi,h_mercredi,h_jeudi,h_vendredi,h_samedi,prise_rdv,commentaire,type_fs,"
    "format_fs,groupe_fs,labellisation_fs",
    "town_halls": "code_insee,nom,adresse,code_postal,commune,latitude,longitude,telephone,site_web,horaires_osm",
    "leaflet": "rank,section,name,address,postcode,phone,hours_text,opening_hours,note",
}
BASES = {
    "digital": {
        "id": "1",
        "source": "essai",
        "nom": "Espace numérique de Mende",
        "commune": "Mende",
        "code_postal": "48000",
        "adresse": "1 rue Basse",
        "latitude": "44.518",
        "longitude": "3.501",
        "services": "Prendre en main un ordinateur",
    },
    "france_services": {
        "id_fs": "7",
        "lib_fs": "France services de Mende",
        "adresse": "1 rue Basse",
        "code_postal": "48000",
        "lib_com": "Mende",
        "insee_com": "48095",
        "latitude": "44.518",
        "longitude": "3.501",
        "format_fs": "Fixe",
        "type_fs": "Principal",
    },
    "town_halls": {
        "code_insee": "48095",
        "nom": "Mairie de Mende",
        "adresse": "Place de Gaulle",
        "code_postal": "48005",
        "commune": "Mende Cedex",
        "latitude": "44.518",
        "longitude": "3.501",
        "horaires_osm": "Mo-Fr 09:00-12:00",
    },
    "leaflet": {
        "rank": "1",
        "section": "Restauration assise",
        "name": "Restaurant solidaire",
        "address": "1 rue X",
        "postcode": "75019",
        "phone": "0143438475",
        "hours_text": "lundi - dès 20h30",
        "opening_hours": "Mo 20:30+",
    },
}


class Files:
    """Writes rows into a file of a kind, and reads it; cells that are not given have invented values."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "fichier.csv"

    def read(self, kind: str, *rows: dict[str, str]) -> list[Draft | Reject]:
        with self._path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEADERS[kind].split(","))
            writer.writeheader()
            writer.writerows({**BASES[kind], **row} for row in rows)
        return list(read_file(self._path))

    def draft(self, kind: str, **cells: str) -> Draft:
        (result,) = self.read(kind, cells)
        assert isinstance(result, Draft), result
        return result


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
