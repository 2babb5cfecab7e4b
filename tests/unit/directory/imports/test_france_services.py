"""Rows of the France services file: desks, buses and weekday columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from libs.contracts.structure import Access

if TYPE_CHECKING:
    from conftest import Files


def test_a_france_services_desk(files: Files):
    hours = {f"h_{day}": "09:00 - 12:00 / 13:30 - 17:00" for day in ("lundi", "mardi", "mercredi", "jeudi")}
    result = files.draft(
        "france_services",
        **hours,
        h_vendredi="09:00 - 12:00",
        prise_rdv="Non",
        telephone="04 66 49 00 00",
        labellisation_fs="Espace labellisé 01/01/2020",
    )
    content = result.content
    assert (result.source.source, result.source.external_id) == ("france-services", "7")
    assert content.opening_hours == "Mo-Th 09:00-12:00,13:30-17:00; Fr 09:00-12:00"
    assert content.access == Access(fee="free", appointment=False)
    assert (content.kind, content.network) == ("place", "france-services")
    assert content.description == "Espace labellisé France services le 01/01/2020."
    assert {s.category for s in content.services} == {"france_services", "administrative_help", "digital_procedures"}
    assert result.losses == ()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("Itinérante", "mobile"), ("Bus_équivalent", "mobile"), ("Fixe", "place"), ("Multisites", "place")],
)
def test_buses_are_mobile(files: Files, kind: str, expected: str):
    assert files.draft("france_services", format_fs=kind).content.kind == expected


def test_an_empty_slot_is_not_a_day_and_a_night(files: Files):
    result = files.draft(
        "france_services",
        h_lundi="00:00 - 00:00 / 09:00 - 12:00",
        h_mardi="00:00 - 00:00",
        h_jeudi="10:00 - 11:00",
    )
    assert result.content.opening_hours == "Mo 09:00-12:00; Th 10:00-11:00"
    assert [loss.kind for loss in result.losses] == ["doubtful hours left out"]
    assert files.draft("france_services", h_lundi="00:00 - 00:00").content.opening_hours is None


def test_a_cell_that_is_not_understood_keeps_the_week_as_text(files: Files):
    result = files.draft("france_services", h_lundi="09:00 - 12:00", h_mardi="matin")
    assert result.content.opening_hours is None
    assert result.content.opening_hours_note == "lundi 09:00 - 12:00 ; mardi matin"
