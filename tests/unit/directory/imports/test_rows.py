"""Rows that give nothing, or lose a value, and files laid out otherwise."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from services.directory.imports import Draft, Reject, read_file

if TYPE_CHECKING:
    from conftest import Files


def test_rows_without_a_name_or_an_id_are_rejected_with_a_reason(files: Files):
    results = files.read("digital", {"nom": " "}, {"id": ""}, {"id": "3"}, {"id": "3", "nom": "Un autre"})
    reasons = [result.reason if isinstance(result, Reject) else None for result in results]
    assert reasons == [
        "The place has no name.",
        "The column id, which identifies the row, is empty.",
        None,
        "The identifier essai:3 already stands at row 4.",
    ]
    assert [result.row for result in results] == [2, 3, 4, 5]
    assert isinstance(results[0], Reject)
    assert results[0].raw["adresse"] == "1 rue Basse"


def test_a_value_that_breaks_a_rule_is_dropped_alone(files: Files):
    many = ";".join(f"https://example.org/{n}" for n in range(250))
    result = files.draft("digital", site_web=many, telephone="0466490000")
    assert result.content.websites == ()
    assert [phone.number for phone in result.content.phones] == ["+33466490000"]
    assert [loss.kind for loss in result.losses] == ["value refused"]


def test_columns_in_another_order_beside_others_and_missing_ones(tmp_path: Path):
    path = tmp_path / "export.txt"
    path.write_text(
        "\ufeffhoraires_osm;commune;adresse;nom;code_insee;code_postal;autre\n"
        "Mo 09:00-12:00;Mende;;Mairie de Mende;48095;48000;x\n",
        encoding="utf-8",
    )
    (result,) = read_file(path, retrieved_on=date(2026, 11, 1))
    assert isinstance(result, Draft)
    assert result.content.opening_hours == "Mo 09:00-12:00"
    assert result.source.retrieved_on == date(2026, 11, 1)
    assert [loss.kind for loss in result.losses] == ["coordinates from the commune"]
