"""Roles and where they reach."""

from __future__ import annotations

import pytest

from libs.contracts.validation import InvalidContent
from services.accounts.domain.roles import (
    DEPARTMENTS,
    Grant,
    Reach,
    make_grant,
    may_pass_on,
    reach_of,
    read_departments,
    read_role,
)


def test_every_department_and_numbered_territory_is_known():
    assert len(DEPARTMENTS) == 94 + 2 + 8 + 3
    assert {"01", "19", "2A", "2B", "21", "95", "971", "978", "986", "988"} <= DEPARTMENTS
    assert not {"20", "96", "970", "979", "985", "989", "00"} & DEPARTMENTS


def test_department_codes_are_stored_as_they_are_written_officially():
    assert read_departments(["75", " 2a", "1", "974", "75"]) == ("01", "2A", "75", "974")


@pytest.mark.parametrize("code", ["20", "99", "", "Paris", "075", "1'; drop table account"])
def test_what_is_not_a_department_is_refused_by_its_name(code):
    with pytest.raises(InvalidContent) as refused:
        read_departments(["75", code])
    (error,) = refused.value.errors
    assert (error.field, error.parameters) == ("departments", {"code": code})


def test_an_unknown_role_is_refused():
    assert read_role(" Moderator ") == "moderator"
    with pytest.raises(InvalidContent):
        read_role("root")


def test_an_administrator_has_no_limits():
    with pytest.raises(InvalidContent):
        make_grant("administrator", ["75"])


def test_an_empty_list_of_departments_does_not_mean_all_of_them():
    with pytest.raises(InvalidContent):
        make_grant("moderator", [])


@pytest.mark.parametrize(
    ("grants", "reach"),
    [
        ([], Reach(roles=())),
        ([Grant(role="moderator")], Reach(roles=("moderator",))),
        (
            [Grant(role="moderator", departments=("75", "93"))],
            Reach(roles=("moderator",), departments=("75", "93")),
        ),
        (
            [Grant(role="moderator", departments=("75", "93")), Grant(role="partner")],
            Reach(roles=("moderator", "partner"), departments=("75", "93")),
        ),
        (
            [Grant(role="moderator", departments=("75", "93")), Grant(role="partner", departments=("69", "93"))],
            Reach(roles=("moderator", "partner"), departments=("93",)),
        ),
        (
            [Grant(role="moderator", departments=("75",)), Grant(role="partner", departments=("69",))],
            Reach(roles=("moderator", "partner"), departments=()),
        ),
        (
            [Grant(role="moderator", departments=("75",)), Grant(role="administrator")],
            Reach(roles=("administrator", "moderator")),
        ),
    ],
)
def test_a_credential_says_no_more_than_any_of_its_roles_allows(grants, reach):
    assert reach_of(grants) == reach


MODERATOR = Reach(roles=("moderator",), departments=("75", "93"))


@pytest.mark.parametrize(
    ("own", "grant", "may"),
    [
        (Reach(roles=("administrator",)), Grant(role="administrator"), True),
        (Reach(roles=("administrator",)), Grant(role="partner", departments=("69",)), True),
        (MODERATOR, Grant(role="moderator", departments=("93",)), True),
        (MODERATOR, Grant(role="moderator", departments=("75", "93")), True),
        (MODERATOR, Grant(role="moderator", departments=("69", "75")), False),
        (MODERATOR, Grant(role="moderator"), False),
        (MODERATOR, Grant(role="partner", departments=("75",)), False),
        (MODERATOR, Grant(role="administrator"), False),
        (Reach(roles=("moderator",)), Grant(role="moderator"), True),
        (Reach(roles=("moderator",)), Grant(role="moderator", departments=("69",)), True),
        (Reach(roles=()), Grant(role="partner"), False),
    ],
)
def test_nobody_passes_on_more_than_they_have(own, grant, may):
    assert may_pass_on(own, grant) is may
