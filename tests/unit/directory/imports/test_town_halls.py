"""Rows of the town-hall file."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
