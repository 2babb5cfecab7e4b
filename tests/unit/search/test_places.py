import pytest

from services.search.places import find_place, towns_begun


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("lyon", "Lyon (69)"),
        ("LYON 3", "Lyon 3e Arrondissement (69)"),
        ("75019", "Paris 19e Arrondissement (75019)"),
        ("69100 Villeurbanne", "Villeurbanne (69100)"),
        ("st etienne", "Saint-Étienne (42)"),
        ("villeurb", "Villeurbanne (69)"),
        ("Fort-de-France", "Fort-de-France (972)"),
        ("Evry", "Évry-Courcouronnes (91)"),
        ("aix", "Aix-en-Provence (13)"),
        ("Montreuil", "Montreuil (93)"),
    ],
)
def test_a_commune_is_found_as_people_write_it(text: str, label: str):
    place = find_place(text)
    assert place is not None
    assert place.label == label
    assert place.centre is not None


def test_a_district_is_smaller_than_its_city():
    district, city = find_place("75019"), find_place("Paris")
    assert district is not None
    assert city is not None
    assert district.radius is not None
    assert city.radius is not None
    assert district.radius < city.radius


def test_others_of_the_same_name_are_offered_so_that_each_is_found_by_what_it_offers():
    place = find_place("saint-denis")
    assert place is not None
    assert place.others
    for label, text in place.others:
        other = find_place(text)
        assert other is not None
        assert other.label.split(" (")[0] == label.split(" (")[0]
        assert other.centre != place.centre


def test_what_is_no_place_is_not_found():
    assert find_place("Trifouilly-les-Oies") is None
    assert find_place("00000") is None
    assert find_place("!!") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("montp", ["Montpellier"]),
        ("Lyon", ["Lyon"]),
        ("le ma", []),
        ("le man", ["Le Mans"]),
        ("mende", ["Mende"]),
        ("mend", []),
        ("", []),
        ("!!!", []),
        ("6900", []),
    ],
)
def test_towns_are_found_by_the_beginning_of_their_names_from_three_letters_on(text: str, names: list[str]):
    assert [town.name for town in towns_begun(text)][:1] == names
