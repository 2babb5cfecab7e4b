"""What is changed in a copy that says less is changed in the original, and nothing else is."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from libs.contracts.structure import Access, Address, Override, Phone, Publics, Service, StructureContent
from services.directory.domain.restating import restated

CLOSED = Override(id="x", kind="closure", starts_on=date(2026, 8, 1))
HELD = StructureContent(
    name="Accueil des Essais",
    address=Address(street="1 rue Basse", postcode="48000", city="Mende", precision="city"),
    phones=(Phone(number="+33466000001", label="Accueil"), Phone(number="+33466000002")),
    overrides=(CLOSED,),
    access=Access(wheelchair=True, fee="free"),
    publics=Publics(groups=("men", "women")),
    services=(
        Service(id="a", category="breakfast", overrides=(CLOSED,)),
        Service(id="b", category="shower", access=Access(referral=True, note="Sur orientation")),
    ),
)
COPY = StructureContent(
    name="Accueil des Essais",
    address=Address(street="1 rue Basse", postcode="48000", city="Mende", precision="address"),
    phones=(Phone(number="+33466000001"),),
    publics=Publics(groups=("women",)),
    services=(
        Service(id="a", category="food_parcel", name="Petit déjeuner"),
        Service(id="b", category="shower", access=Access(note="Sur orientation")),
    ),
)


def said(**changes: Any) -> StructureContent:
    return msgspec.structs.replace(COPY, **changes)


def held(**changes: Any) -> StructureContent:
    return msgspec.structs.replace(HELD, **changes)


def test_an_unchanged_copy_changes_nothing():
    assert restated(HELD, COPY, said()) is HELD


@pytest.mark.parametrize("changes", [{"opening_hours": "Mo 09:00-12:00"}, {"name": "Autre nom"}, {"description": "x"}])
def test_a_field_takes_what_was_said(changes: dict[str, Any]):
    assert restated(HELD, COPY, said(**changes)) == held(**changes)


def test_what_the_copy_does_not_tell_of_an_address_stays():
    moved = msgspec.structs.replace(COPY.address, street="2 rue Haute")
    assert restated(HELD, COPY, said(address=moved)).address == msgspec.structs.replace(
        HELD.address, street="2 rue Haute"
    )


def test_a_number_that_takes_the_place_of_another_leaves_the_others():
    found = restated(HELD, COPY, said(phones=(Phone(number="+33466000009"),))).phones
    assert found == (Phone(number="+33466000009"), Phone(number="+33466000002"))


def test_a_number_that_is_held_already_stays_as_it_is():
    both = (*COPY.phones, Phone(number="+33466000002", label="Autre"))
    assert restated(HELD, COPY, said(phones=both)) == HELD


def test_groups_are_added_and_taken_away_one_by_one():
    assert restated(HELD, COPY, said(publics=Publics(groups=("women", "families")))).publics.groups == (
        "men",
        "families",
        "women",
    )
    assert restated(HELD, COPY, said(publics=Publics())).publics.groups == ("men",)


def test_a_service_keeps_what_the_copy_does_not_tell_of_it():
    first, second = COPY.services
    changed = msgspec.structs.replace(first, description="À 8 h")
    new = Service(id="c", category="laundry")
    found = restated(HELD, COPY, said(services=(changed, second, new))).services
    assert found == (msgspec.structs.replace(HELD.services[0], description="À 8 h"), HELD.services[1], new)
    assert restated(HELD, COPY, said(services=(second,))).services == HELD.services[1:]


def test_part_of_what_a_service_asks_for_is_changed_alone():
    first, second = COPY.services
    noted = msgspec.structs.replace(second, access=Access(note="Le matin"))
    [_, found] = restated(HELD, COPY, said(services=(first, noted))).services
    assert found.access == Access(referral=True, note="Le matin")
