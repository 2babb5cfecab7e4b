import time
from itertools import islice

import pytest

from libs.territories import (
    commune,
    communes,
    communes_named,
    communes_of_postcode,
    department_name,
    department_of_postcode,
    departments,
    find_commune,
    regions,
    search_places,
)
from libs.territories.names import key_of


def test_the_table_is_whole():
    everything = list(communes())
    assert len(everything) == 37_025
    assert {c.department for c in everything} <= set(departments())
    assert {c.region for c in everything} == set(regions())
    assert sum(c.type == "COM" for c in everything) == 34_875
    assert all(key_of(c.name) for c in everything)


def test_a_commune_is_found_by_its_own_code_and_its_postcode_and_name():
    for one in islice(communes(), 0, None, 11):
        if one.type == "COMD":
            continue
        assert commune(one.insee_code) == one
        for postcode in one.postcodes:
            found = find_commune(postcode=postcode, city=one.name)
            # Two communes that share a postcode and a name are not told apart.
            assert found in {one, None}


@pytest.mark.parametrize(
    ("postcode", "city", "code"),
    [
        ("75010", "Paris", "75110"),
        ("75116", "PARIS", "75116"),
        ("75000", "Paris", "75056"),
        ("75480", "Paris Cedex 10", "75110"),
        (None, "paris 10ème", "75110"),
        (None, "Marseille 3e arrondissement", "13203"),
        ("06203", "NICE CEDEX 3", "06088"),
        ("29140", "TOURC’H", "29281"),
        ("93210", "La Plaine St Denis", "93066"),
        ("97400", "ST-DENIS", "97411"),
        ("94240", "L'Haÿ-les-Roses", "94038"),
        ("94240", "l hay les roses", "94038"),
        ("72000", "LE MANS", "72181"),
        ("20000", "Ajaccio", "2A004"),
        ("93400", None, "93070"),
        ("97200", "Fort de France", "97209"),
    ],
)
def test_addresses_as_people_write_them(postcode: str | None, city: str | None, code: str):
    found = find_commune(postcode=postcode, city=city)
    assert found is not None
    assert found.insee_code == code


def test_what_is_not_sure_is_not_found():
    assert find_commune(city="Saint-Denis") is None
    assert find_commune(postcode="01300") is None
    assert find_commune(postcode="98000", city="Monaco") is None
    assert find_commune(city="Nulle-Part-sur-Rien") is None
    assert find_commune() is None


def test_an_insee_code_is_checked_against_the_rest_of_the_address():
    contradicted = find_commune(insee_code="93066", postcode="97400", city="Saint-Denis")
    assert contradicted is not None
    assert contradicted.insee_code == "97411"
    cedex = find_commune(insee_code="06088", postcode="06203", city="Nice cedex 3")
    assert cedex is not None
    assert cedex.insee_code == "06088"
    of_a_neighbour = find_commune(insee_code="62139", postcode="62501", city="Saint-Omer Cedex")
    assert of_a_neighbour is not None
    assert of_a_neighbour.insee_code == "62139"
    district = find_commune(insee_code="75056", postcode="75019", city="Paris")
    assert district is not None
    assert district.insee_code == "75119"


def test_a_delegated_commune_is_found_by_its_old_name():
    found = find_commune(postcode="01200", city="Bellegarde-sur-Valserine")
    assert found is not None
    assert (found.type, found.insee_code) == ("COMD", "01033")
    now = commune("01033")
    assert now is not None
    assert now.name == "Valserhône"


@pytest.mark.parametrize(
    ("code", "latitude", "longitude"),
    [
        ("48095", 44.5178, 3.5012),  # Mende: its town hall
        ("97302", 4.938, -52.335),  # Cayenne: likewise
        ("13004", 43.6764, 4.6278),  # Arles: its town hall, 16 km from the middle of its marshes
        ("97408", -20.933, 55.3357),  # La Possession: its town hall, not the mountains behind it
        ("75056", 48.8573, 2.3201),  # Paris: no town hall in the list, its centre
        ("97129", 16.2939, -61.7112),  # Sainte-Rose: the list has its town hall east of Greenwich
        ("01173", 46.3533, 6.0455),  # Gex: the list has its town hall near Lyon
    ],
)
def test_a_commune_lies_at_its_town_hall_or_else_at_its_centre(code: str, latitude: float, longitude: float):
    found = commune(code)
    assert found is not None
    assert (found.latitude, found.longitude) == (latitude, longitude)


def test_suggestions_put_whole_names_first_then_the_largest():
    assert [c.insee_code for c in search_places("saint denis", 2)] == ["97411", "93066"]
    assert [c.name for c in search_places("montpell", 1)] == ["Montpellier"]
    assert [c.name for c in search_places("mans", 1)] == ["Le Mans"]
    assert {c.insee_code for c in search_places("69007")} == {"69387"}
    assert search_places("750", 1)[0].insee_code == "75056"
    assert search_places("") == search_places("  ,") == search_places("zzzz") == []
    assert len({c.insee_code for c in search_places("saint", 50)}) == 50


def test_homonyms_and_shared_postcodes_come_largest_first():
    assert [c.insee_code for c in communes_named("ST DENIS")][:2] == ["97411", "93066"]
    assert [c.insee_code for c in communes_named("Saint-Denis", "93")] == ["93066"]
    populations = [c.population for c in communes_of_postcode("01300")]
    assert len(populations) > 5
    assert populations == sorted(populations, reverse=True)


@pytest.mark.parametrize(
    ("postcode", "department"),
    [
        ("01000", "01"),
        ("20090", "2A"),
        ("20137", "2A"),
        ("20200", "2B"),
        ("20620", "2B"),
        ("97110", "971"),
        ("97133", "977"),
        ("97150", "978"),
        ("97500", "975"),
        ("97600", "976"),
        ("98600", "986"),
        ("98714", "987"),
        ("98800", "988"),
        ("98000", None),
        ("00100", None),
        ("7501", None),
        ("7501a", None),
    ],
)
def test_the_department_of_a_postcode(postcode: str, department: str | None):
    assert department_of_postcode(postcode) == department


def test_postcodes_of_the_table_lie_where_their_beginning_says_but_for_border_villages():
    differing = {
        (c.insee_code, p) for c in communes() for p in c.postcodes if department_of_postcode(p) != c.department
    }
    assert len(differing) < 60


def test_names_of_departments_and_regions():
    assert department_name("93") == "Seine-Saint-Denis"
    assert department_name("2A") == "Corse-du-Sud"
    assert department_name("20") is None
    assert len(departments()) == 107
    assert regions()["11"] == "Île-de-France"


def test_the_table_loads_quickly():
    from libs.territories.communes import _Table  # pyright: ignore[reportPrivateUsage] -- times a fresh load

    start = time.process_time()
    _Table()
    assert time.process_time() - start < 0.4
