"""Rows of the town-hall file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Files


def test_a_town_hall(files: Files):
    result = files.draft("town_halls", telephone="04 66 49 00 00", site_web="mairie@example.org")
    assert (result.source.source, result.source.external_id) == ("mairies", "48095")
    assert [service.category for service in result.content.services] == ["town_hall"]
    assert (result.content.address.insee_code, result.content.address.postcode) == ("48095", "48005")
    assert result.content.opening_hours == "Mo-Fr 09:00-12:00"
    assert [email.address for email in result.content.emails] == ["mairie@example.org"]


def test_a_town_hall_keeps_its_commune_wherever_its_post_is_delivered(files: Files):
    result = files.draft("town_halls", code_postal="16000", commune="Angoulême")
    assert result.content.address.insee_code == "48095"
    assert result.content.address.city == "Angoulême"


@pytest.mark.parametrize(
    ("code", "postcode", "city", "kept"),
    [
        ("59122", "59000", "Cambrai", "59400"),  # of Lille alone
        ("97120", "97120", "Pointe-à-Pitre", "97110"),  # the INSEE code in its place
        ("30155", "30120", "Manduel", "30129"),  # of several communes
        ("02303", "21202", "Fayet", "02100"),  # a box of another department
        ("13001", "13000", "Aix-en-Provence", None),  # has several of its own
        ("06029", "06000", "Cannes Cedex", None),
    ],
)
def test_a_postcode_that_code_and_name_contradict_gives_way(
    files: Files, code: str, postcode: str, city: str, kept: str | None
):
    result = files.draft("town_halls", code_insee=code, code_postal=postcode, commune=city, latitude="", longitude="")
    address = result.content.address
    assert (address.insee_code, address.postcode, address.city) == (code, kept, city.removesuffix(" Cedex"))
    lost = [loss for loss in result.losses if loss.kind == "postcode of another town"]
    assert [(loss.field, loss.detail) for loss in lost] == [("address.postcode", f"{code}, {postcode}, {city}")]


@pytest.mark.parametrize(
    ("code", "postcode", "city", "named"),
    [
        ("2A004", "20304", "Ajaccio Cedex", "Ajaccio"),
        ("69123", "69001", "Lyon", "Lyon"),  # of a district
        ("27676", "27700", "Les Trois Lacs", "Trois Lacs"),  # the reference has none of its own
        ("26015", "26340", "Saillans", "Saillans"),  # its post goes to a neighbour
        ("62139", "62501", "Saint-Omer Cedex", "Saint-Omer"),  # likewise, to a CEDEX
        ("11145", "11560", "Fleury-d'Aude", "Fleury"),
        ("62488", "62610", "Landrethun-lez-Ardres", "Landrethun-lez-Ardres"),  # Ardres is another commune
        ("16052", "16190", "Bors-de-Montmoreau", "Bors-de-Montmoreau"),  # so is Montmoreau
    ],
)
def test_a_postcode_that_may_be_right_stays_and_no_town_becomes_a_neighbour(
    files: Files, code: str, postcode: str, city: str, named: str
):
    result = files.draft("town_halls", code_insee=code, code_postal=postcode, commune=city, latitude="", longitude="")
    address = result.content.address
    assert (address.insee_code, address.postcode, address.city) == (code, postcode, named)
    assert {loss.kind for loss in result.losses} <= {"coordinates from the commune"}
