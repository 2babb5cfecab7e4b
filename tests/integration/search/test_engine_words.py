"""What every engine does with words. All places are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from libs.contracts.structure import Service
from services.search.domain.documents import document_of

if TYPE_CHECKING:
    from conftest import Index, MakeIndex


async def test_case_accents_and_apostrophes_do_not_count(index: Index):
    await index.add(index.a_structure("L'Épicerie Œcuménique"), index.a_structure("Autre"))
    for text in ("epicerie", "ÉPICERIE", "l’épicerie", "oecumenique", "œcuménique"):
        assert await index.names(text) == ["L'Épicerie Œcuménique"], text


async def test_plural_and_singular_find_each_other(index: Index):
    await index.add(index.a_structure("Repas chauds"), index.a_structure("Vestiaire"))
    assert await index.names("repas chaud") == ["Repas chauds"]
    assert await index.names("vestiaires") == ["Vestiaire"]


async def test_every_word_must_match(index: Index):
    await index.add(index.a_structure("Bains du Pont"), index.a_structure("Bains du Lac"))
    assert await index.names("bains pont") == ["Bains du Pont"]


async def test_the_order_of_words_does_not_count(index: Index):
    await index.add(index.a_structure("Maison de la Fiction Solidaire"))
    assert await index.names("solidaire fiction maison") == ["Maison de la Fiction Solidaire"]


async def test_small_words_are_passed_over(index: Index):
    await index.add(index.a_structure("Maison Fiction"))
    assert await index.names("la maison de la fiction") == ["Maison Fiction"]


async def test_small_words_alone_still_search(index: Index):
    await index.add(index.a_structure("Le Du"), index.a_structure("Autre"))
    assert await index.names("du") == ["Le Du"]


@pytest.mark.parametrize("text", ["douche", "douches", "shower", "hygiène"])
async def test_an_offer_is_found_in_both_languages_and_by_its_family(index: Index, text: str):
    await index.add(index.a_structure("Le Pont", "shower"), index.a_structure("Le Lac", "laptop"))
    assert await index.names(text) == ["Le Pont"]


@pytest.mark.parametrize("text", ["manger", "repas", "nourriture", "aide alimentaire", "eat"])
async def test_everyday_words_for_food_find_meals(index: Index, text: str):
    await index.add(
        index.a_structure("Le Pont", "seated_meal"),
        index.a_structure("Le Lac", "meal_distribution"),
        index.a_structure("Le Bois", "driving_licence"),
    )
    assert set(await index.names(text)) == {"Le Pont", "Le Lac"}


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("cantine", "seated_meal"),
        ("se laver", "shower"),
        ("dormir", "emergency_shelter"),
        ("docteur", "general_practitioner"),
        ("avocat", "legal_advice"),
        ("papiers", "administrative_help"),
        ("vêtements", "clothing"),
        ("wifi", "internet_access"),
        ("imprimer", "computer_access"),
        ("ordinateur", "computer_access"),
        ("français", "french_course"),
    ],
)
async def test_everyday_words_find_what_answers_them(index: Index, text: str, category: str):
    await index.add(index.a_structure("Le Pont", category), index.a_structure("Le Bois", "driving_licence"))
    assert await index.names(text) == ["Le Pont"]


@pytest.mark.parametrize("text", ["bondy", "93140", "pont bondy", "place de la republique"])
async def test_town_postcode_and_street_are_found(index: Index, text: str):
    await index.add(
        index.a_structure("Le Pont", city="Bondy", postcode="93140", street="Place de la République"),
        index.a_structure("Le Pont de Lyon", city="Lyon", postcode="69001", street="Place Bellecour"),
    )
    assert await index.names(text) == ["Le Pont"]


async def test_descriptions_and_named_services_are_found(index: Index):
    service = Service(id="1", category="shower", name="Atelier Couture", description="Avec des machines")
    await index.add(index.a_structure("Le Pont", description="Un jardin partagé", services=(service,)))
    for text in ("jardin", "couture", "machine"):
        assert await index.names(text) == ["Le Pont"], text


async def test_the_last_word_may_be_unfinished(index: Index):
    await index.add(index.a_structure("Bibliothèque du Pont"))
    for text in ("bi", "biblio", "bibliothequ", "pont bibli", "bibliothèque po"):
        assert await index.names(text) == ["Bibliothèque du Pont"], text


async def test_a_name_comes_before_an_offer_and_an_offer_before_a_description(index: Index):
    await index.add(
        index.a_structure("Le Lac", description="Près d'une douche"),
        index.a_structure("Le Pont", "shower"),
        index.a_structure("Douche Municipale"),
    )
    assert await index.names("douche") == ["Douche Municipale", "Le Pont", "Le Lac"]


async def test_the_very_name_comes_first_whatever_its_small_words(index: Index):
    await index.add(
        index.a_structure("Accueil du Pont et du Lac", "day_centre"),
        index.a_structure("Le Pont"),
        index.a_structure("Pont"),
    )
    assert set((await index.names("pont"))[:2]) == {"Le Pont", "Pont"}


@pytest.mark.parametrize("text", ["'", "\\", "%", "'; drop table document; --", "a:*", "!(|&)", "<->", "\x00"])
async def test_syntax_is_only_text(index: Index, text: str):
    await index.add(index.a_structure("Le Pont"))
    await index.search(text)
    assert await index.names("pont") == ["Le Pont"]


async def test_words_of_other_scripts_find_what_bears_them(index: Index):
    await index.add(index.a_structure("دار الضيافة"), index.a_structure("Le Pont"))
    assert await index.names("الضيافة") == ["دار الضيافة"]


@pytest.mark.parametrize("text", ["bibliotheqe", "bibliohteque", "biblliotheque", "pibliotheque", "fictoin"])
async def test_a_mistyped_word_finds_what_was_meant(index: Index, text: str):
    await index.add(index.a_structure("Bibliothèque Fiction"), index.a_structure("Le Pont"))
    assert await index.names(text) == ["Bibliothèque Fiction"]


async def test_what_a_word_was_taken_for_is_told(index: Index):
    await index.add(index.a_structure("Bibliothèque"))
    assert (await index.search("bibliotheqe")).corrections == {"bibliotheqe": ("bibliotheque",)}


async def test_a_word_that_matches_is_taken_as_it_is(index: Index):
    await index.add(index.a_structure("La Barque"), index.a_structure("La Marque"))
    result = await index.search("barque")
    assert [found.card.name for found in result.found] == ["La Barque"]
    assert not result.corrections


async def test_known_words_that_match_nothing_together_are_looked_at_again(index: Index):
    await index.add(index.a_structure("Marque de Bondy"), index.a_structure("Sainte Barque"))
    assert await index.names("barque bondy") == ["Marque de Bondy"]


async def test_a_need_that_nothing_answers_is_no_slip_for_a_name(make_index: MakeIndex):
    index = await make_index("postgres")
    await index.add(index.a_structure("Mairie de Mollettes"))
    result = await index.search("toilettes")
    assert (result.total, result.corrections) == (0, {})
    assert (await index.search("mollettez")).total == 1


async def test_a_word_is_known_as_soon_as_something_has_it(index: Index):
    await index.add(index.a_structure("La Marque"))
    assert (await index.search("barque")).corrections
    await index.add(index.a_structure("La Barque"))
    result = await index.search("barque")
    assert ([found.card.name for found in result.found], result.corrections) == (["La Barque"], {})


async def test_a_word_that_a_rebuild_left_behind_finds_what_is_like_it(make_index: MakeIndex):
    index = await make_index("postgres")
    gone = index.a_structure("La Barque")
    await index.add(gone, index.a_structure("La Marque"))
    assert await index.names("barque") == ["La Barque"]
    await index.remove((gone.id, 2))
    async with index.pool.connection() as connection:
        await connection.execute("delete from word where word = 'barque'")
    assert await index.names("barque") == ["La Marque"]


async def test_a_word_known_elsewhere_is_not_taken_for_another_because_a_filter_leaves_nothing(index: Index):
    await index.add(
        index.a_structure("Douche du Lac", department="69"), index.a_structure("La Bouche", department="75")
    )
    assert await index.names("douche", departments=("75",)) == []


async def test_short_words_and_numbers_are_not_guessed(index: Index):
    await index.add(index.a_structure("Rue RSA 75018"))
    assert await index.names("rsb") == []
    assert await index.names("75019") == []


async def test_what_nothing_is_like_finds_nothing(index: Index):
    await index.add(index.a_structure("Le Pont"))
    result = await index.search("zzzzqqqq")
    assert (result.found, result.total, result.next) == ((), 0, None)


async def test_what_begins_as_is_typed_comes_first_whatever_its_small_words(index: Index):
    await index.add(index.a_structure("Mairie de Bazoches sur Guyonne"), index.a_structure("Mairie de Guyonvelle"))
    assert (await index.names("mairie de guyon"))[0] == "Mairie de Guyonvelle"
    assert (await index.names("mairie guyon"))[0] == "Mairie de Guyonvelle"


async def test_of_two_alike_the_one_in_the_larger_town_comes_first(index: Index):
    village, town = index.a_structure("Mairie Annexe"), index.a_structure("Mairie Annexe")
    documents = [document_of(village, index.now, 400), document_of(town, index.now, 90_000)]
    async with index.pool.connection() as connection, connection.transaction():
        await index.engine.index(connection, documents)
    assert [one.card.id for one in (await index.search("mairie")).found] == [town.id, village.id]


async def test_what_offers_the_need_stands_before_what_only_speaks_of_it(index: Index):
    speaks = Service(id="1", category="health", name="Travail et santé, travail et repos, travail et sommeil, travail")
    await index.add(
        index.a_structure("Le Lac", services=(speaks,)),
        index.a_structure("Le Pont", "job_coaching"),
    )
    assert await index.names("travail", needs=("job_coaching",)) == ["Le Pont", "Le Lac"]


async def test_exact_words_are_taken_for_no_others(index: Index):
    await index.add(index.a_structure("Bains du Pont"))
    assert await index.names("ponf") == ["Bains du Pont"]
    assert await index.names("ponf", exact=True) == []
    assert await index.names("bain", exact=True) == ["Bains du Pont"]


async def test_of_names_begun_the_one_that_is_nearly_whole_comes_first(index: Index):
    await index.add(index.a_structure("Mairie de Beauvais sur Tescou"), index.a_structure("Mairie de Beauvais"))
    assert await index.names("mairie de beauvai") == ["Mairie de Beauvais", "Mairie de Beauvais sur Tescou"]


async def test_an_address_is_not_found_by_the_word_street(index: Index):
    await index.add(index.a_structure("Le Lac", street="3 rue de l'Invention"), index.a_structure("La Rue", "library"))
    assert await index.names("rue") == ["La Rue"]
    assert await index.names("invention") == ["Le Lac"]
