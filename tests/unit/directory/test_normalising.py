from __future__ import annotations

import pytest

from libs.contracts.structure import CONTENT_FIELDS, Address, Phone, Stop, StructureContent
from services.directory.normalising import normalise


@pytest.mark.parametrize(
    ("number", "postcode", "kept"),
    [
        ("04 66 00 00 01", "48000", "+33466000001"),
        ("0692 00 00 01", "97400", "+262692000001"),
        ("+33466000001", "97400", "+33466000001"),
        ("3949", "48000", "3949"),
        ("appelez-nous", "48000", "appelez-nous"),
    ],
)
def test_a_number_is_kept_as_dialled_from_its_territory(number, postcode, kept):
    content = StructureContent(
        name="Essai", address=Address(postcode=postcode), phones=(Phone(number=number, label="Accueil"),)
    )
    assert normalise(content, {"address", "phones"}).phones == (Phone(number=kept, label="Accueil"),)


def test_addresses_of_the_place_and_of_its_stops_are_completed():
    content = StructureContent(
        name="Essai", kind="mobile", stops=(Stop(address=Address(postcode="48000", city="Mende")),)
    )
    normal = normalise(content, CONTENT_FIELDS)
    assert normal.stops[0].address.insee_code == "48095"
    assert normal.address == Address()
    assert normalise(normal, CONTENT_FIELDS) == normal


def test_fields_of_which_nobody_spoke_stay_as_they_are():
    content = StructureContent(name="Essai", address=Address(city="Mende"), phones=(Phone(number="04 66 00 00 01"),))
    assert normalise(content, {"opening_hours"}) == content
