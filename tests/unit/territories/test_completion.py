from libs.contracts.structure import Address
from libs.territories import complete


def test_what_is_missing_is_added_and_said():
    address, notes = complete(Address(street="1 rue de la Paix", postcode="75010", city="Paris"))
    assert (address.insee_code, address.department, address.region) == ("75110", "75", "11")
    assert (address.latitude, address.longitude, address.precision) == (48.8718, 2.3574, "city")
    assert notes == ("coordinates from the commune",)


def test_what_is_given_stays():
    given = Address(
        postcode="97400", city="ST DENIS", insee_code="97411", latitude=-20.88, longitude=55.45, precision="address"
    )
    address, notes = complete(given)
    assert notes == ()
    assert (address.city, address.latitude, address.precision) == ("ST DENIS", -20.88, "address")
    assert (address.department, address.region) == ("974", "04")


def test_a_wrong_insee_code_is_put_right_and_said():
    address, notes = complete(
        Address(postcode="97400", city="Saint-Denis", insee_code="93066", latitude=-20.9, longitude=55.4)
    )
    assert address.insee_code == "97411"
    assert notes == ("wrong INSEE code",)


def test_the_code_of_a_city_with_districts_is_not_wrong():
    address, notes = complete(Address(postcode="69003", city="Lyon", insee_code="69123", latitude=45.7, longitude=4.8))
    assert address.insee_code == "69383"
    assert notes == ()


def test_a_district_is_of_its_city():
    assert complete(Address(insee_code="75119"))[0].city == "Paris"


def test_from_the_insee_code_alone():
    address, notes = complete(Address(insee_code="48095"))
    assert (address.city, address.postcode, address.department) == ("Mende", "48000", "48")
    assert notes == ("coordinates from the commune",)


def test_a_commune_that_is_not_known_still_has_a_department():
    address, notes = complete(Address(postcode="98714", city="Papeete"))
    assert (address.department, address.region, address.latitude) == ("987", None, None)
    assert notes == ("commune not found",)
    address, _ = complete(Address(insee_code="98735"))
    assert address.department == "987"


def test_where_only_a_point_is_known_its_department_is_told_if_it_is_sure():
    address, notes = complete(Address(latitude=44.52, longitude=3.5, precision="manual"))
    assert (address.department, address.region, address.precision) == ("48", "76", "manual")
    assert (address.city, address.postcode, address.insee_code) == (None, None, None)
    assert notes == ("department from the coordinates",)
    in_paris = Address(latitude=48.85, longitude=2.35)
    assert complete(in_paris) == (in_paris, ())
    ambiguous = complete(Address(city="Saint-Denis", latitude=-20.88, longitude=55.45))
    assert (ambiguous[0].department, ambiguous[1]) == ("974", ("commune not found", "department from the coordinates"))


def test_what_else_tells_the_department_is_believed_before_the_point():
    address, notes = complete(Address(postcode="98714", latitude=44.52, longitude=3.5))
    assert (address.department, notes) == ("987", ("commune not found",))


def test_an_empty_address_stays_empty():
    assert complete(Address()) == (Address(), ())
