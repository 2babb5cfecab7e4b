from __future__ import annotations

import pytest

from libs.contracts.structure import Address, Stop, StructureContent, department_of, departments_of


def stops(*departments: str | None) -> tuple[Stop, ...]:
    return tuple(Stop(address=Address(department=code)) for code in departments)


@pytest.mark.parametrize(
    ("kind", "department", "stopping_in", "served"),
    [
        ("place", "75", (), ("75",)),
        ("place", None, (), ()),
        ("mobile", None, (None, "93", "94", "93"), ("93", "94")),
        ("mobile", "75", ("93", "75"), ("75", "93")),
        ("place", "75", ("93",), ("75",)),
    ],
)
def test_a_structure_serves_the_department_of_its_address_and_when_mobile_those_of_its_stops(
    kind, department, stopping_in, served
):
    content = StructureContent(
        name="Essai", kind=kind, address=Address(department=department), stops=stops(*stopping_in)
    )
    assert departments_of(content) == served
    assert department_of(content) == (served[0] if served else None)
