"""What every engine must do, run on each. All places are invented."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any, Protocol

import msgspec
import pytest

from libs.contracts.structure import Address, Override, Phone, Publics, Service, Stop, Structure
from libs.database import Connection
from services.search.domain.documents import COMPUTED_AHEAD, document_of
from services.search.domain.requests import Point, SearchResult

PARIS = Point(48.8566, 2.3522)
NORTH = {"latitude": 48.8656, "longitude": 2.3522}  # 1 km from PARIS
FURTHER = {"latitude": 48.9466, "longitude": 2.3522}  # 10 km
LYON = {"latitude": 45.7640, "longitude": 4.8357}


class Index(Protocol):
    """See conftest.py."""

    engine: Any
    pool: Any
    now: Any

    @staticmethod
    def a_structure(name: str = ..., *categories: str, **fields: Any) -> Structure: ...
    async def add(self, *structures: Structure) -> None: ...
    async def remove(self, *removals: Any) -> None: ...
    async def search(self, text: str = "", **request: Any) -> SearchResult: ...
    async def names(self, text: str = "", **request: Any) -> list[str]: ...


class TestWords:
    async def test_case_accents_and_apostrophes_do_not_count(self, index: Index):
        await index.add(index.a_structure("L'Épicerie Œcuménique"), index.a_structure("Autre"))
        for text in ("epicerie", "ÉPICERIE", "l’épicerie", "oecumenique", "œcuménique"):
            assert await index.names(text) == ["L'Épicerie Œcuménique"], text

    async def test_plural_and_singular_find_each_other(self, index: Index):
        await index.add(index.a_structure("Repas chauds"), index.a_structure("Vestiaire"))
        assert await index.names("repas chaud") == ["Repas chauds"]
        assert await index.names("vestiaires") == ["Vestiaire"]

    async def test_every_word_must_match(self, index: Index):
        await index.add(index.a_structure("Bains du Pont"), index.a_structure("Bains du Lac"))
        assert await index.names("bains pont") == ["Bains du Pont"]

    async def test_the_order_of_words_does_not_count(self, index: Index):
        await index.add(index.a_structure("Maison de la Fiction Solidaire"))
        assert await index.names("solidaire fiction maison") == ["Maison de la Fiction Solidaire"]

    async def test_small_words_are_passed_over(self, index: Index):
        await index.add(index.a_structure("Maison Fiction"))
        assert await index.names("la maison de la fiction") == ["Maison Fiction"]

    async def test_small_words_alone_still_search(self, index: Index):
        await index.add(index.a_structure("Le Du"), index.a_structure("Autre"))
        assert await index.names("du") == ["Le Du"]

    @pytest.mark.parametrize("text", ["douche", "douches", "shower", "hygiène"])
    async def test_an_offer_is_found_in_both_languages_and_by_its_family(self, index: Index, text: str):
        await index.add(index.a_structure("Le Pont", "shower"), index.a_structure("Le Lac", "laptop"))
        assert await index.names(text) == ["Le Pont"]

    @pytest.mark.parametrize("text", ["manger", "repas", "nourriture", "aide alimentaire", "eat"])
    async def test_everyday_words_for_food_find_meals(self, index: Index, text: str):
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
    async def test_everyday_words_find_what_answers_them(self, index: Index, text: str, category: str):
        await index.add(index.a_structure("Le Pont", category), index.a_structure("Le Bois", "driving_licence"))
        assert await index.names(text) == ["Le Pont"]

    @pytest.mark.parametrize("text", ["bondy", "93140", "pont bondy", "place de la republique"])
    async def test_town_postcode_and_street_are_found(self, index: Index, text: str):
        await index.add(
            index.a_structure("Le Pont", city="Bondy", postcode="93140", street="Place de la République"),
            index.a_structure("Le Pont de Lyon", city="Lyon", postcode="69001", street="Place Bellecour"),
        )
        assert await index.names(text) == ["Le Pont"]

    async def test_descriptions_and_named_services_are_found(self, index: Index):
        service = Service(id="1", category="shower", name="Atelier Couture", description="Avec des machines")
        await index.add(index.a_structure("Le Pont", description="Un jardin partagé", services=(service,)))
        for text in ("jardin", "couture", "machine"):
            assert await index.names(text) == ["Le Pont"], text

    async def test_the_last_word_may_be_unfinished(self, index: Index):
        await index.add(index.a_structure("Bibliothèque du Pont"))
        for text in ("bi", "biblio", "bibliothequ", "pont bibli", "bibliothèque po"):
            assert await index.names(text) == ["Bibliothèque du Pont"], text

    async def test_a_name_comes_before_an_offer_and_an_offer_before_a_description(self, index: Index):
        await index.add(
            index.a_structure("Le Lac", description="Près d'une douche"),
            index.a_structure("Le Pont", "shower"),
            index.a_structure("Douche Municipale"),
        )
        assert await index.names("douche") == ["Douche Municipale", "Le Pont", "Le Lac"]

    async def test_the_very_name_comes_first(self, index: Index):
        await index.add(
            index.a_structure("Accueil du Pont et du Lac", "day_centre"),
            index.a_structure("Le Pont"),
            index.a_structure("Pont"),
        )
        assert (await index.names("pont"))[0] == "Pont"

    @pytest.mark.parametrize("text", ["'", "\\", "%", "'; drop table document; --", "a:*", "!(|&)", "<->", "\x00"])
    async def test_syntax_is_only_text(self, index: Index, text: str):
        await index.add(index.a_structure("Le Pont"))
        await index.search(text)
        assert await index.names("pont") == ["Le Pont"]

    async def test_words_of_other_scripts_find_what_bears_them(self, index: Index):
        await index.add(index.a_structure("دار الضيافة"), index.a_structure("Le Pont"))
        assert await index.names("الضيافة") == ["دار الضيافة"]


class TestTypos:
    @pytest.mark.parametrize("text", ["bibliotheqe", "bibliohteque", "biblliotheque", "pibliotheque", "fictoin"])
    async def test_a_mistyped_word_finds_what_was_meant(self, index: Index, text: str):
        await index.add(index.a_structure("Bibliothèque Fiction"), index.a_structure("Le Pont"))
        assert await index.names(text) == ["Bibliothèque Fiction"]

    async def test_what_a_word_was_taken_for_is_told(self, index: Index):
        await index.add(index.a_structure("Bibliothèque"))
        assert (await index.search("bibliotheqe")).corrections == {"bibliotheqe": ("bibliotheque",)}

    async def test_a_word_that_matches_is_taken_as_it_is(self, index: Index):
        await index.add(index.a_structure("La Marie"), index.a_structure("La Mairie"))
        result = await index.search("marie")
        assert [found.card.name for found in result.found] == ["La Marie"]
        assert not result.corrections

    async def test_known_words_that_match_nothing_together_are_looked_at_again(self, index: Index):
        await index.add(index.a_structure("Mairie de Bondy"), index.a_structure("Sainte Marie"))
        assert await index.names("marie bondy") == ["Mairie de Bondy"]

    async def test_a_word_known_elsewhere_is_not_taken_for_another_because_a_filter_leaves_nothing(self, index: Index):
        await index.add(
            index.a_structure("Douche du Lac", department="69"), index.a_structure("La Bouche", department="75")
        )
        assert await index.names("douche", department="75") == []

    async def test_short_words_and_numbers_are_not_guessed(self, index: Index):
        await index.add(index.a_structure("Rue RSA 75018"))
        assert await index.names("rsb") == []
        assert await index.names("75019") == []

    async def test_what_nothing_is_like_finds_nothing(self, index: Index):
        await index.add(index.a_structure("Le Pont"))
        result = await index.search("zzzzqqqq")
        assert (result.found, result.total, result.next) == ((), 0, None)


class TestPlaces:
    async def test_without_words_the_nearest_come_first_with_their_distance(self, index: Index):
        await index.add(
            index.a_structure("Lyon", **LYON), index.a_structure("Loin", **FURTHER), index.a_structure("Près", **NORTH)
        )
        result = await index.search(near=PARIS)
        assert [found.card.name for found in result.found] == ["Près", "Loin", "Lyon"]
        assert [round(found.distance or 0, -2) for found in result.found] == [1_000, 10_000, 391_500]

    async def test_a_radius_is_a_limit(self, index: Index):
        await index.add(
            index.a_structure("Lyon", **LYON), index.a_structure("Loin", **FURTHER), index.a_structure("Près", **NORTH)
        )
        assert await index.names(near=PARIS, radius=9_900.0) == ["Près"]
        assert await index.names(near=PARIS, radius=10_100.0) == ["Près", "Loin"]
        assert (await index.search(near=PARIS, radius=9_900.0)).total == 1

    async def test_what_has_no_coordinates_comes_last_and_within_no_radius(self, index: Index):
        await index.add(index.a_structure("Nulle part"), index.a_structure("Lyon", **LYON))
        result = await index.search(near=PARIS)
        assert [(found.card.name, found.distance is None) for found in result.found] == [
            ("Lyon", False),
            ("Nulle part", True),
        ]
        assert await index.names(near=PARIS, radius=1_000_000.0) == ["Lyon"]

    async def test_with_words_equal_matches_come_by_distance(self, index: Index):
        await index.add(
            index.a_structure("Le Pont C", "shower", **LYON),
            index.a_structure("Le Pont B", "shower", **FURTHER),
            index.a_structure("Le Pont A", "shower", **NORTH),
        )
        assert await index.names("douche", near=PARIS) == ["Le Pont A", "Le Pont B", "Le Pont C"]

    async def test_with_words_a_far_name_does_not_hide_what_is_on_the_spot(self, index: Index):
        await index.add(index.a_structure("Douche", **LYON), index.a_structure("Le Pont", "shower", **NORTH))
        assert await index.names("douche", near=PARIS) == ["Le Pont", "Douche"]

    async def test_with_words_the_better_match_comes_first_at_one_place(self, index: Index):
        await index.add(index.a_structure("Le Pont", "shower", **NORTH), index.a_structure("Douche", **NORTH))
        assert await index.names("douche", near=PARIS) == ["Douche", "Le Pont"]

    @pytest.mark.parametrize("point", [Point(90, 0), Point(-90, 0), Point(-13.3, -176.2), Point(-22.3, 180)])
    async def test_poles_and_the_date_line_are_no_trouble(self, index: Index, point: Point):
        await index.add(
            index.a_structure("Ici", latitude=point.latitude, longitude=point.longitude),
            index.a_structure("Lyon", **LYON),
        )
        assert await index.names(near=point, radius=50_000.0) == ["Ici"]


class TestFilters:
    async def test_any_of_several_categories_will_do(self, index: Index):
        await index.add(
            index.a_structure("A", "shower"), index.a_structure("B", "laundry"), index.a_structure("C", "seated_meal")
        )
        assert set(await index.names(categories=("shower", "laundry"))) == {"A", "B"}

    async def test_a_family_is_any_of_its_categories_and_category_and_family_both_count(self, index: Index):
        await index.add(index.a_structure("A", "shower", "seated_meal"), index.a_structure("B", "shower"))
        assert set(await index.names(family=("shower", "laundry"))) == {"A", "B"}
        assert await index.names(family=("shower",), categories=("seated_meal",)) == ["A"]

    async def test_a_public_finds_what_does_not_shut_it_out(self, index: Index):
        await index.add(
            index.a_structure("Tous"),
            index.a_structure("Femmes", publics=Publics(welcome="exclusive", groups=("women",))),
            index.a_structure("Hommes", publics=Publics(welcome="exclusive", groups=("men",))),
            index.a_structure("Hommes d'abord", publics=Publics(welcome="preferential", groups=("men",))),
        )
        assert set(await index.names(publics=("women",))) == {"Tous", "Femmes", "Hommes d'abord"}
        assert len(await index.names(publics=("women", "men"))) == 4

    async def test_a_department_is_exact(self, index: Index):
        await index.add(
            index.a_structure("A", department="2A"), index.a_structure("B", department="2B"), index.a_structure("C")
        )
        assert await index.names(department="2A") == ["A"]

    async def test_a_mobile_team_is_found_and_counted_in_each_department_where_it_stops(self, index: Index):
        stops = tuple(Stop(address=Address(department=code)) for code in ("93", "94", "93"))
        await index.add(
            index.a_structure("Maraude", kind="mobile", stops=stops), index.a_structure("Accueil", department="94")
        )
        assert await index.names(department="93") == ["Maraude"]
        assert set(await index.names(department="94")) == {"Maraude", "Accueil"}
        assert await index.names(department="75") == []
        assert (await index.search()).departments == {"94": 2, "93": 1}
        assert (await index.search(department="93")).found[0].card.department == "93"

    async def test_open_at_a_moment_is_exact_to_the_minute(self, index: Index):
        await index.add(
            index.a_structure("Matin", opening_hours="Mo-Fr 09:00-12:00", department="75"),
            index.a_structure("Toujours", opening_hours="24/7"),
            index.a_structure("Inconnu"),
            index.a_structure("La Réunion", opening_hours="Mo-Fr 09:00-12:00", department="974"),
        )
        morning = index.now.replace(day=2, hour=8, minute=0)  # 9:00 in Paris, noon in La Réunion
        assert set(await index.names(open_at=morning)) == {"Matin", "Toujours"}
        assert set(await index.names(open_at=morning - timedelta(minutes=1))) == {"Toujours", "La Réunion"}
        assert set(await index.names(open_at=morning + timedelta(hours=3))) == {"Toujours"}

    async def test_a_closure_shuts_and_special_hours_open(self, index: Index):
        today = index.now.date()
        closure = Override(id="1", kind="closure", starts_on=today, ends_on=today)
        special = Override(id="2", kind="hours", starts_on=today, ends_on=today, opening_hours="10:00-14:00")
        await index.add(
            index.a_structure("Fermé", opening_hours="24/7", overrides=(closure,)),
            index.a_structure("Spécial", opening_hours="Sa 09:00-12:00", overrides=(special,)),
        )
        assert await index.names(open_at=index.now) == ["Spécial"]
        assert await index.names(open_at=index.now + timedelta(days=1)) == ["Fermé"]

    async def test_filters_words_and_place_add_up(self, index: Index):
        await index.add(
            index.a_structure("Bains A", "shower", department="75", opening_hours="24/7", **NORTH),
            index.a_structure("Bains B", "laundry", department="75", opening_hours="24/7", **NORTH),
            index.a_structure("Bains C", "shower", department="69", opening_hours="24/7", **NORTH),
            index.a_structure("Bains D", "shower", department="75", **NORTH),
            index.a_structure("Bains E", "shower", department="75", opening_hours="24/7", **LYON),
            index.a_structure("Autre", "shower", department="75", opening_hours="24/7", **NORTH),
        )
        found = await index.names(
            "bains", near=PARIS, radius=5_000.0, categories=("shower",), department="75", open_at=index.now
        )
        assert found == ["Bains A"]


class TestCounts:
    async def test_counts_are_over_all_matches_whatever_the_page(self, index: Index):
        await index.add(
            *(index.a_structure(f"Bains {n}", "shower", department="75") for n in range(7)),
            *(index.a_structure(f"Bains {n}", "shower", "laundry", department="93") for n in range(3)),
            index.a_structure("Bains sans département", "laundry"),
            index.a_structure("Autre", "seated_meal", department="75"),
        )
        result = await index.search("bains", per_page=2)
        assert (len(result.found), result.total) == (2, 11)
        assert result.categories == {"shower": 10, "laundry": 4}
        assert result.departments == {"75": 7, "93": 3}

    async def test_a_structure_counts_once_in_a_family(self, index: Index):
        await index.add(index.a_structure("A", "shower", "laundry"), index.a_structure("B", "shower", "seated_meal"))
        assert (await index.search()).families == {"hygiene": 2, "food": 1}

    async def test_counts_follow_what_changes(self, index: Index):
        structure = index.a_structure("A", "shower", department="75")
        await index.add(structure)
        assert (await index.search()).departments == {"75": 1}
        await index.add(
            msgspec.structs.replace(structure, version=2, address=index.a_structure(department="93").address)
        )
        assert (await index.search()).departments == {"93": 1}


class TestPages:
    @pytest.mark.parametrize(
        ("text", "request_"),
        [
            ("", {}),
            ("", {"near": PARIS}),
            ("bains", {}),
            ("bains", {"near": PARIS}),
            ("bians", {}),
            ("", {"near": PARIS, "radius": 50_000.0, "categories": ("shower",)}),
        ],
    )
    async def test_the_pages_hold_every_result_once_in_the_order_of_one_long_page(
        self, index: Index, text: str, request_: dict[str, Any]
    ):
        places: list[dict[str, Any]] = [NORTH, FURTHER, {}, NORTH]
        await index.add(*(index.a_structure(f"Bains {n % 5}", "shower", **places[n % 4]) for n in range(23)))
        whole = await index.search(text, per_page=100, **request_)
        seen: list[Any] = []
        after = None
        for _ in range(10):
            page = await index.search(text, per_page=4, after=after, **request_)
            assert page.total == whole.total
            seen += [found.card.id for found in page.found]
            after = page.next
            if after is None:
                break
        assert seen == [found.card.id for found in whole.found]
        assert whole.next is None

    async def test_what_arrives_meanwhile_moves_no_later_page(self, index: Index):
        await index.add(*(index.a_structure(f"Bains {n}", latitude=48.86 + n / 100, longitude=2.35) for n in range(6)))
        first = await index.search(near=PARIS, per_page=3)
        await index.add(index.a_structure("Nouveau", latitude=48.8567, longitude=2.3522))
        second = await index.search(near=PARIS, per_page=3, after=first.next)
        assert [found.card.name for found in second.found] == ["Bains 3", "Bains 4", "Bains 5"]

    async def test_a_page_that_ends_the_results_has_no_next(self, index: Index):
        await index.add(*(index.a_structure(f"Bains {n}") for n in range(4)))
        first = await index.search(per_page=2)
        assert first.next is not None
        assert (await index.search(per_page=2, after=first.next)).next is None


class TestVersions:
    async def test_a_newer_version_replaces_all_of_the_older(self, index: Index):
        old = index.a_structure("Ancien", "shower", opening_hours="24/7", **NORTH)
        await index.add(old)
        new = index.a_structure(
            "Nouveau", "laundry", id=old.id, slug="nouveau", version=2, phones=(Phone(number="115"),)
        )
        await index.add(new)
        assert await index.names("ancien") == []
        assert await index.names("douche") == []
        assert await index.names(open_at=index.now) == []
        assert await index.names(near=PARIS, radius=10_000.0) == []
        (found,) = (await index.search("nouveau")).found
        assert (found.card.slug, found.card.phones) == ("nouveau", (Phone(number="115"),))

    async def test_an_older_version_changes_nothing(self, index: Index):
        new = index.a_structure("Nouveau", version=3)
        await index.add(new)
        await index.add(msgspec.structs.replace(new, name="Ancien", version=2))
        assert await index.names() == ["Nouveau"]

    async def test_the_newest_of_several_in_one_batch_counts(self, index: Index):
        one = index.a_structure("Un", version=1)
        versions = [msgspec.structs.replace(one, name=name, version=v) for name, v in (("Trois", 3), ("Deux", 2))]
        await index.add(one, *versions)
        assert await index.names() == ["Trois"]

    async def test_what_is_removed_is_not_found(self, index: Index):
        gone, kept = index.a_structure("Bains", "shower"), index.a_structure("Bains", "laundry")
        await index.add(gone, kept)
        await index.remove((gone.id, 2))
        result = await index.search("bains")
        assert [found.card.id for found in result.found] == [kept.id]
        assert (result.total, result.categories) == (1, {"laundry": 1})

    async def test_an_older_version_brings_nothing_back(self, index: Index):
        structure = index.a_structure("Bains")
        await index.remove((structure.id, 2))
        await index.add(structure)
        await index.add(msgspec.structs.replace(structure, version=2))
        assert await index.names() == []

    async def test_an_older_removal_removes_nothing(self, index: Index):
        structure = index.a_structure("Bains", version=3)
        await index.add(structure)
        await index.remove((structure.id, 2))
        assert await index.names() == ["Bains"]

    async def test_a_newer_version_lists_again(self, index: Index):
        structure = index.a_structure("Bains")
        await index.add(structure)
        await index.remove((structure.id, 2))
        await index.add(msgspec.structs.replace(structure, version=3))
        assert await index.names("bains") == ["Bains"]

    async def test_the_same_twice_is_the_same_once(self, index: Index):
        structure = index.a_structure("Bains")
        await index.add(structure)
        await index.add(structure, structure)
        assert (await index.search()).total == 1


class TestTransactions:
    async def test_nothing_is_found_before_the_commit_nor_after_a_rollback(self, index: Index):
        document = document_of(index.a_structure("Bains"), index.now)

        async def fail(connection: Connection) -> None:
            async with connection.transaction():
                await index.engine.index(connection, [document])
                assert await index.names() == []
                raise RuntimeError

        async with index.pool.connection() as connection:
            with pytest.raises(RuntimeError):
                await fail(connection)
        assert await index.names() == []

    async def test_of_updates_at_once_the_newest_stays(self, index: Index):
        structure = index.a_structure("Bains", department="75")
        versions = [msgspec.structs.replace(structure, name=f"Bains {v}", version=v) for v in range(1, 13)]
        await asyncio.gather(*(index.add(version) for version in reversed(versions)))
        assert await index.names() == ["Bains 12"]

    async def test_batches_that_share_structures_and_words_do_not_block_each_other(self, index: Index):
        structures = [index.a_structure(f"Mot{chr(97 + n)} partage", "shower", department="75") for n in range(20)]
        ordered = sorted(structures, key=lambda one: one.id)
        again = [msgspec.structs.replace(one, version=2) for one in reversed(ordered)]
        for _ in range(3):
            async with asyncio.timeout(10):
                await asyncio.gather(index.add(*ordered), index.add(*again))
        assert (await index.search("partage")).total == 20


class TestOpenings:
    async def test_openings_that_run_out_are_computed_again(self, index: Index):
        await index.add(index.a_structure("Bains", opening_hours="Mo-Su 09:00-17:00", department="75"))
        later = index.now + COMPUTED_AHEAD + timedelta(days=5)
        assert await index.names(open_at=later) == []
        assert await index.engine.refresh_openings(later) == 1
        assert await index.names(open_at=later) == ["Bains"]
        assert await index.engine.refresh_openings(later) == 0

    async def test_what_was_removed_or_changed_meanwhile_stays_so(self, index: Index):
        gone = index.a_structure("Parti", opening_hours="24/7")
        closed = index.a_structure("Fermé", opening_hours="24/7")
        await index.add(gone, closed)
        await index.remove((gone.id, 2))
        closure = Override(id="1", kind="closure", starts_on=date(2026, 1, 1))
        await index.add(msgspec.structs.replace(closed, version=2, overrides=(closure,)))
        later = index.now + timedelta(days=12)
        await index.engine.refresh_openings(later)
        assert await index.names(open_at=later) == []
