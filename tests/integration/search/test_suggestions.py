"""What is suggested while somebody types. All places are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from libs.contracts.structure import Phone

if TYPE_CHECKING:
    from conftest import Search


async def suggested(search: Search, text: str, **parameters: str) -> list[dict[str, Any]]:
    answer = await search.client.get("/api/v1/search/suggestions", params={"q": text, **parameters})
    return answer.raise_for_status().json()["items"]


async def test_kinds_of_help_come_before_places(search: Search):
    await search.hold(search.a_structure("Douches du Canal", "shower", postcode="75010", city="Paris", slug="canal"))
    items = await suggested(search, "dou", lang="fr")
    assert items == [
        {"kind": "category", "text": "Douche", "detail": None, "url": "/recherche?category=shower"},
        {"kind": "structure", "text": "Douches du Canal", "detail": "75010 Paris", "url": "/structures/canal"},
    ]


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("ALIM", "fr", "Alimentation"),
        ("hebergement d'ur", "fr", "Hébergement d’urgence"),
        ("manger", "fr", "Restauration assise"),
        ("shelt", "en", "Shelter and housing"),
        ("الإيو", "ar", "الإيواء والسكن"),
        ("طعام", "ar", "وجبات على المائدة"),
    ],
)
async def test_kinds_are_found_by_their_labels_and_by_everyday_words(
    search: Search, text: str, language: str, label: str
):
    assert label in [item["text"] for item in await suggested(search, text, lang=language)]


async def test_towns_are_suggested_in_arabic_too(search: Search):
    items = await suggested(search, "باريس", field="where", lang="ar")
    assert items[0]["text"] == "Paris"


async def test_a_place_is_found_by_its_telephone_number(search: Search):
    await search.hold(search.a_structure("Accueil", phones=(Phone(number="+33143438475"),), city="Paris"))
    [item] = await suggested(search, "01 43 43")
    assert (item["text"], item["detail"]) == ("Accueil", "0143438475")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("villeurb", {"kind": "place", "text": "69100 Villeurbanne", "detail": "Rhône"}),
        ("6910", {"kind": "place", "text": "69100 Villeurbanne", "detail": "Rhône"}),
        ("loz", {"kind": "place", "text": "Lozère", "detail": "48"}),
        ("48", {"kind": "place", "text": "Lozère", "detail": "48"}),
        ("saint", {"kind": "place", "text": "42000 Saint-Étienne", "detail": "Loire"}),
        ("saint-den", {"kind": "place", "text": "97400 Saint-Denis", "detail": "La Réunion"}),
    ],
)
async def test_towns_and_departments_are_suggested_for_where(search: Search, text: str, first: dict[str, str]):
    item, *_ = await suggested(search, text, field="where")
    assert {name: item[name] for name in first} == first
    answer = await search.client.get("/api/v1/search", params={"place": item["text"]})
    assert answer.status_code == 200


@pytest.mark.parametrize("text", ["", " ", "d", "'", "!!"])
@pytest.mark.parametrize("field", ["what", "where"])
async def test_less_than_two_letters_say_nothing(search: Search, text: str, field: str):
    assert await suggested(search, text, field=field) == []


@pytest.mark.parametrize("parameters", [{"q": "x" * 301}, {"q": "dou", "field": "when"}])
async def test_what_cannot_be_answered_is_a_422(search: Search, parameters: dict[str, str]):
    answer = await search.client.get("/api/v1/search/suggestions", params=parameters)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in {"q", "field"}
