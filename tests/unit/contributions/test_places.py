"""Where a proposal is: what moderators see is what the directory makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from libs.contracts.patch import Patch, apply_patch, difference
from libs.contracts.structure import Address, Stop, StructureContent
from libs.territories import relocated
from services.contributions.handlers.places import place_errors, settled
from services.directory.normalising import normalise

# An invented place.
PLACE = StructureContent(
    name="Accueil",
    kind="mobile",
    address=Address(
        street="12 rue Invention",
        postcode="43000",
        city="Le Puy-en-Velay",
        insee_code="43157",
        department="43",
        region="84",
        latitude=45.0431,
        longitude=3.8853,
        precision="address",
    ),
    stops=(Stop(address=Address(postcode="43000", city="Le Puy-en-Velay", department="43")),),
)
IN_PARIS = {"postcode": "75001", "city": "Paris"}


def addressed(**address: Any) -> StructureContent:
    return apply_patch(PLACE, {"address": address})


@pytest.mark.parametrize(
    "patch",
    [
        {"address": IN_PARIS},
        {"address": {"postcode": "75001", "city": None}},
        {"address": {**IN_PARIS, "latitude": 48.86, "longitude": 2.33, "precision": "manual"}},
        {"address": {"street": "14 rue Invention"}},
        {"address": {"insee_code": "75101"}},
        {"address": {"postcode": "98800", "city": "Nouméa", "insee_code": None}},
        {"stops": [{"address": {"postcode": "48000"}}, {"address": IN_PARIS}]},
        {"description": "Deux salles."},
    ],
)
def test_what_is_shown_is_what_the_directory_applies(patch: Patch):
    shown = settled(PLACE, apply_patch(PLACE, patch))
    approved = difference(PLACE, shown)
    applied = normalise(relocated(PLACE, apply_patch(PLACE, approved)), set(approved))
    assert applied == shown


def test_a_moved_place_is_shown_where_it_goes():
    address = settled(PLACE, addressed(**IN_PARIS)).address
    assert (address.insee_code, address.department, address.precision) == ("75101", "75", "city")
    assert address.latitude == pytest.approx(48.86, abs=0.02)


def test_an_address_that_nobody_speaks_of_stays_as_it_is():
    odd = apply_patch(PLACE, {"address": {"insee_code": None, "region": None}})
    assert settled(odd, apply_patch(odd, {"name": "Autre"})).address == odd.address


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ({"postcode": "75001"}, "address.postcode"),
        ({"city": "Paris"}, "address.city"),
        ({"postcode": "75001", "city": "Mende"}, "address.postcode"),
        ({"insee_code": "99999"}, "address.insee_code"),
        ({"postcode": "00000"}, "address.postcode"),
    ],
)
def test_a_town_that_is_nowhere_is_refused_beside_its_field(address: dict[str, str], field: str):
    assert [error.field for error in place_errors(PLACE, addressed(**address))] == [field]


@pytest.mark.parametrize(
    "address",
    [
        IN_PARIS,
        {"postcode": "43012", "city": "Le Puy-en-Velay Cedex"},
        {"postcode": "43000", "city": "LE PUY"},
        {"postcode": "43000", "city": "Hameau Inventé"},
        {"postcode": "98800", "city": "Nouméa", "insee_code": "98818"},
        {"street": "14 rue Invention"},
    ],
)
def test_towns_as_people_write_them_pass(address: dict[str, str]):
    assert place_errors(PLACE, addressed(**address)) == []


def test_a_contradiction_that_the_record_holds_already_stops_nobody():
    held = addressed(city="Paris")
    assert place_errors(held, apply_patch(held, {"address": {"street": "14 rue Invention"}})) == []
