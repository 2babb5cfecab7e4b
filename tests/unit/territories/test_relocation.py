from __future__ import annotations

import msgspec
import pytest

from libs.contracts.structure import Address, Stop, StructureContent
from libs.territories import relocated


def test_a_moved_place_forgets_where_it_was_but_not_what_it_was_given():
    old = Address(
        postcode="48000",
        city="Mende",
        insee_code="48095",
        department="48",
        latitude=44.5,
        longitude=3.5,
        precision="address",
    )
    before = StructureContent(name="Essai", address=old)

    def moved(**changes: object) -> Address:
        after = msgspec.structs.replace(before, address=msgspec.structs.replace(old, **changes))
        return relocated(before, after).address

    assert moved(postcode="93200", city="Saint-Denis") == Address(postcode="93200", city="Saint-Denis")
    assert moved(postcode="93200", city="Saint-Denis", latitude=48.9, longitude=2.3).latitude == 48.9
    assert moved(street="3 rue Neuve") == msgspec.structs.replace(old, street="3 rue Neuve")


def test_a_moved_stop_forgets_where_it_was_and_the_others_do_not():
    old = Address(postcode="48000", city="Mende", insee_code="48095", department="48", latitude=44.5, longitude=3.5)
    before = StructureContent(name="Essai", kind="mobile", stops=(Stop(address=old), Stop(address=old)))
    moved = Stop(address=msgspec.structs.replace(old, postcode="93200", city="Saint-Denis"))
    added = Stop(address=Address(postcode="75018", latitude=44.5, longitude=3.5))
    after = msgspec.structs.replace(before, stops=(before.stops[0], moved, added))
    assert relocated(before, after).stops == (
        before.stops[0],
        Stop(address=Address(postcode="93200", city="Saint-Denis")),
        added,
    )


@pytest.mark.parametrize("changes", [{"postcode": None}, {"city": None}, {"postcode": None, "city": None}])
def test_an_address_that_says_less_has_not_moved(changes):
    old = Address(postcode="48000", city="Mende", insee_code="48095", department="48", latitude=44.5, longitude=3.5)
    before = StructureContent(name="Essai", address=old)
    after = msgspec.structs.replace(before, address=msgspec.structs.replace(old, **changes))
    assert relocated(before, after) == after
