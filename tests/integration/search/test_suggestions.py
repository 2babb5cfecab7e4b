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
        {"kind": "place", "text": "59500 Douai", "detail": "Nord", "url": "/recherche?place=59500+Douai"},
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


def shown(items: list[dict[str, Any]], *kinds: str) -> list[tuple[str, str | None]]:
    return [(item["text"], item["detail"]) for item in items if not kinds or item["kind"] in kinds]


@pytest.mark.parametrize(("language", "label"), [("fr", "Mairie"), ("en", "Town hall"), ("ar", "البلدية")])
async def test_of_kinds_that_are_meant_as_much_the_one_that_most_places_offer_comes_first(
    search: Search, language: str, label: str
):
    await search.hold(
        search.a_structure("Aide au loyer", "keeping_housing"),
        *(search.a_structure(f"Mairie {number}", "town_hall") for number in range(3)),
    )
    first, *others = shown(await suggested(search, "mai", lang=language), "category")
    assert first == (label, None)
    assert others


async def test_a_kind_that_is_called_just_so_comes_before_one_that_is_more_frequent(search: Search):
    await search.hold(*(search.a_structure(f"Médecin {number}", "health_specialist") for number in range(3)))
    items = await suggested(search, "médecin général", lang="fr")
    assert shown(items, "category") == [("Médecin généraliste", None)]
    items = await suggested(search, "docteur", lang="fr")
    assert shown(items, "category")[0] == ("Médecin spécialiste", None)


@pytest.mark.parametrize(
    ("text", "towns"),
    [
        ("mont", ["34000 Montpellier", "93100 Montreuil"]),
        ("lyon", ["69000 Lyon"]),
        ("st den", ["97400 Saint-Denis", "93200 Saint-Denis"]),
        ("mende", ["48000 Mende"]),
        ("la roche", ["17000 La Rochelle", "85000 La Roche-sur-Yon"]),
        ("mend", []),
        ("mo", []),
        ("mars", ["13000 Marseille"]),
        ("maison", []),
        ("nuit", []),
        ("pas de calais", []),
    ],
)
async def test_large_towns_are_suggested_for_what_too_unless_it_reads_as_a_need(
    search: Search, text: str, towns: list[str]
):
    items = await suggested(search, text, lang="fr")
    assert [town for town, _ in shown(items, "place")] == towns


async def test_towns_come_after_kinds_of_help_and_before_places_that_help(search: Search):
    await search.hold(*(search.a_structure(f"Cantine {number}", "seated_meal") for number in range(6)))
    items = await suggested(search, "can", lang="fr")
    assert [item["kind"] for item in items] == ["category", "category", "place", "place", *["structure"] * 4]
    assert items[2]["url"] == "/recherche?place=06150+Cannes"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("douche lyo", [("Douche", "69000 Lyon")]),
        ("mairie montp", [("Mairie", "34000 Montpellier")]),
        ("Mairie Lyon", [("Mairie", "69000 Lyon")]),
        ("besoin d'une douche à lyo", [("Douche", "69000 Lyon")]),
        ("doucje lyo", [("Douche", "69000 Lyon")]),
        ("hébergement d'urgence nantes", [("Hébergement d’urgence", "44000 Nantes")]),
        ("douche saint den", [("Douche", "97400 Saint-Denis"), ("Douche", "93200 Saint-Denis")]),
        ("دش ليون", [("Douche", "69000 Lyon")]),
        ("cours fran", []),
        ("aide par", []),
        ("croix lyo", []),
    ],
)
async def test_a_need_before_the_beginning_of_a_town_is_suggested_near_it(
    search: Search, text: str, kinds: list[tuple[str, str]]
):
    items = await suggested(search, text, lang="fr")
    assert shown(items) == kinds
    for item in items:
        answer = await search.client.get("/api/v1" + item["url"].replace("recherche", "search"))
        assert item["url"].startswith("/recherche?category=")
        assert answer.status_code == 200


async def test_a_name_before_the_beginning_of_a_town_finds_the_place_there(search: Search):
    await search.hold(
        search.a_structure("Croix Inventée", city="Lyon", postcode="69003"),
        search.a_structure("Croix Inventée", city="Mende", postcode="48000"),
    )
    assert shown(await suggested(search, "croix inventée lyo", lang="fr")) == [("Croix Inventée", "69003 Lyon")]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("doucje", "Douche"),
        ("hebergemnt d'urg", "Hébergement d’urgence"),
        ("alimantaire", "Colis alimentaire"),
        ("alimant", "Alimentation"),
        ("toilete", "Toilettes"),
    ],
)
async def test_mistyped_kinds_are_suggested(search: Search, text: str, first: str):
    items = await suggested(search, text, lang="fr")
    assert items[0]["text"] == first


async def test_what_a_place_is_called_is_no_slip(search: Search):
    assert shown(await suggested(search, "douchet", lang="fr"), "category") == [("Douche", None)]
    await search.hold(search.a_structure("Espace Douchet"))
    assert shown(await suggested(search, "douchet", lang="fr")) == [("Espace Douchet", None)]


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
        ("bret", {"kind": "place", "text": "Bretagne", "detail": None}),
        ("saint", {"kind": "place", "text": "42000 Saint-Étienne", "detail": "Loire"}),
        ("saint-den", {"kind": "place", "text": "97400 Saint-Denis", "detail": "La Réunion"}),
    ],
)
async def test_towns_departments_and_regions_are_suggested_for_where(search: Search, text: str, first: dict[str, str]):
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
