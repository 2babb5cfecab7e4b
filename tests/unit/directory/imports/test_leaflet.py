"""Rows of the Paris leaflet."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Files


def test_a_place_of_the_leaflet_bears_its_date(files: Files):
    result = files.draft("leaflet", note="70 places")
    content = result.content
    assert (result.source.source, result.source.external_id) == ("leaflet-paris-2020", "1")
    assert result.source.retrieved_on == date(2020, 5, 6)
    assert result.verified is not None
    assert (result.verified.at.date(), result.verified.method) == (date(2020, 5, 6), "source")
    assert content.opening_hours == "Mo 20:30+"
    assert content.opening_hours_note == "Horaires imprimés le 6 mai 2020 : lundi - dès 20h30"
    assert content.description is not None
    assert "6 mai 2020" in content.description
    assert "70 places" in content.description
    assert (content.address.city, content.address.insee_code) == ("Paris", "75119")


def test_the_note_of_an_editor_is_no_part_of_the_leaflet(files: Files):
    note = "Same place as rank 25: the printed leaflet listed it twice"
    result = files.draft("leaflet", note=note)
    assert result.content.description == files.draft("leaflet", note="").content.description
    assert ("detail left out", note) in result.losses


@pytest.mark.parametrize(
    ("section", "category", "referral"),
    [
        ("Restauration assise", "seated_meal", None),
        ("Colis alimentaire", "food_parcel", None),
        ("Épicerie sociale (sur orientation)", "social_grocery", True),
        ("Petits déjeuners", "breakfast", None),
    ],
)
def test_sections_of_the_leaflet(files: Files, section: str, category: str, referral: object):
    content = files.draft("leaflet", section=section).content
    assert [service.category for service in content.services] == [category]
    assert content.access.referral is referral
