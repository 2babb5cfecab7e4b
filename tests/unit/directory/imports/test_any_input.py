"""Whatever a file holds, a row is a draft that keeps every rule, or a reject with a reason."""

import csv
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.contracts.validation import content_errors
from services.directory.imports import Draft, Reject, UnreadableFile, read_file
from services.directory.imports.formats import CSV_FORMATS, CsvFormat

COLUMNS = {
    "digital help": "id source nom commune code_postal code_insee adresse complement_adresse latitude longitude "
    "telephone courriel site_web typologie services publics_accueillis conditions_acces modalites_accompagnement "
    "labels_nationaux presentation_resume horaires prise_rdv date_maj",
    "France services": "id_fs lib_fs adresse complement_adresse insee_com code_postal lib_com latitude longitude mail "
    "telephone h_lundi h_samedi prise_rdv commentaire type_fs format_fs groupe_fs labellisation_fs",
    "town halls": "code_insee nom adresse code_postal commune latitude longitude telephone site_web horaires_osm",
    "leaflet of 6 May 2020": "rank section name address postcode phone hours_text opening_hours note",
}
WORDS = (
    "48000 48095 2A004 97400 Mende Paris 44.518 3.501 -61.5 1e400 nan inf 0466490000 115 a@b.fr www.example.org "
    "https://x.fr/<b> ; / | - , & &lt;script&gt; <i> é œ 2023-02-01 Oui Mo-Fr 09:00-12:00 14:00-14:00 lundi 9h-12h "
    "Gratuit Adultes CNFS Itinérante"
)
PIECES = st.sampled_from([*WORDS.split(), "\x92", "\u202e", "\n", "Restauration assise", "x" * 6000])
CELLS = st.lists(PIECES, max_size=4).map(" ".join) | st.text(max_size=40)


def checked(results: list[Draft | Reject]) -> None:
    for result in results:
        if isinstance(result, Draft):
            assert content_errors(result.content) == []
            assert result.source.external_id
        else:
            assert result.reason.endswith(".")


@pytest.mark.parametrize("kind", CSV_FORMATS, ids=lambda kind: kind.title)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_row(kind: CsvFormat, data: st.DataObject):
    columns = COLUMNS[kind.title].split()
    assert kind.columns <= set(columns)
    rows = data.draw(st.lists(st.tuples(*[CELLS] * len(columns)), min_size=1, max_size=3))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        if b"\x00" in path.read_bytes():
            with pytest.raises(UnreadableFile, match="binary"):
                read_file(path)
            return
        found = list(read_file(path))
    assert len(found) == len(rows)
    checked(found)


def _is_of_the_standard(document: Any) -> bool:
    if not isinstance(document, dict):
        return False
    structures, services = document.get("structures"), document.get("services", [])
    return isinstance(structures, list) and bool(structures) and isinstance(services, list)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
STRUCTURES = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b", ""]), "nom": CELLS},
    optional={
        "date_maj": CELLS,
        "adresse": CELLS,
        "code_postal": CELLS,
        "telephone": CELLS,
        "latitude": st.floats(allow_nan=False, allow_infinity=False),
        "longitude": st.floats(allow_nan=False, allow_infinity=False),
        "horaires_accueil": CELLS,
        "reseaux_porteurs": st.lists(CELLS, max_size=2),
        "description": CELLS,
    },
)
SERVICES = st.fixed_dictionaries(
    {"id": CELLS, "structure_id": st.sampled_from(["a", "b", "c"]), "nom": CELLS},
    optional={
        "thematiques": st.lists(st.sampled_from(["mobilite--preparer-un-permis", "famille", "x"]), max_size=2),
        "publics": st.lists(st.sampled_from(["femmes", "actifs", "tous-publics"]), max_size=2),
        "frais": CELLS,
        "conditions_acces": CELLS,
        "telephone": CELLS,
        "lien_mobilisation": CELLS,
        "horaires_accueil": CELLS,
    },
)


@given(
    st.fixed_dictionaries(
        {"structures": st.lists(STRUCTURES | JSON, max_size=3)},
        optional={"services": st.lists(SERVICES | JSON, max_size=3)},
    )
    | JSON
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_document(document: Any):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        if not _is_of_the_standard(document):
            with pytest.raises(UnreadableFile, match=r"\.$"):
                read_file(path)
            return
        file = read_file(path)
        results = list(file)
    assert len(results) == file.total
    checked(results)
