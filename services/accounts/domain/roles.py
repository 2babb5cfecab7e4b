"""Roles, and the departments they reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

import msgspec

from libs.contracts.validation import N_, FieldError, InvalidContent

Role = Literal["administrator", "moderator", "partner"]
ROLES: tuple[Role, ...] = get_args(Role)

DEPARTMENTS: frozenset[str] = frozenset(
    [f"{number:02d}" for number in range(1, 96) if number != 20]
    + ["2A", "2B"]
    + [str(number) for number in (*range(971, 979), *range(986, 989))]
)
"""The codes of French departments and of the territories that have a number."""


class Grant(msgspec.Struct, kw_only=True, frozen=True):
    """One role, in these departments (sorted codes), or in all of them (None)."""

    role: Role
    departments: tuple[str, ...] | None = None


class Reach(msgspec.Struct, kw_only=True, frozen=True):
    """What a credential says its holder may do: roles, and the departments (None: all) they are good for."""

    roles: tuple[Role, ...]
    departments: tuple[str, ...] | None = None


def read_role(text: str) -> Role:
    """Return the role called `text`.

    Raises:
        InvalidContent: there is none.
    """
    for role in ROLES:
        if role == text.strip().lower():
            return role
    message = N_("“%(role)s” is not a role. The roles are administrator, moderator and partner.")
    raise InvalidContent([FieldError(field="role", message=message, parameters={"role": text[:40]})])


def read_departments(codes: Iterable[str]) -> tuple[str, ...]:
    """Return department codes as they are written officially (`2a` is 2A, `1` is 01), sorted, each once.

    Raises:
        InvalidContent: one is not a department.
    """
    found: set[str] = set()
    for code in codes:
        official = code.strip().upper().zfill(2)
        if official not in DEPARTMENTS:
            message = N_("“%(code)s” is not the code of a department. Codes look like 75, 2A or 974.")
            raise InvalidContent([FieldError(field="departments", message=message, parameters={"code": code[:40]})])
        found.add(official)
    return tuple(sorted(found))


def make_grant(role: Role, departments: Iterable[str] | None) -> Grant:
    """Return the grant of a role in the departments with these codes; None means all.

    Raises:
        InvalidContent: a code is wrong, there is none, or an administrator's role is given limits.
    """
    if departments is None:
        return Grant(role=role)
    codes = read_departments(departments)
    if not codes:
        message = N_("Name at least one department, or choose all of them.")
        raise InvalidContent([FieldError(field="departments", message=message)])
    if role == "administrator":
        message = N_("An administrator works in all departments: leave the departments out.")
        raise InvalidContent([FieldError(field="departments", message=message)])
    return Grant(role=role, departments=codes)


def reach_of(grants: Sequence[Grant]) -> Reach:
    """Return what grants amount to in a credential, which has one list of departments for all its roles.

    Where grants differ the departments they share are what is left: a credential never says more than any
    of its roles allows. An administrator reaches everything.
    """
    roles: tuple[Role, ...] = tuple(role for role in ROLES if any(grant.role == role for grant in grants))
    limits = [set(grant.departments) for grant in grants if grant.departments is not None]
    if "administrator" in roles or not limits:
        return Reach(roles=roles)
    return Reach(roles=roles, departments=tuple(sorted(limits[0].intersection(*limits))))


def may_pass_on(own: Reach, grant: Grant) -> bool:
    """Whether somebody with the reach `own` may give a token this grant: never more than they have."""
    if "administrator" in own.roles:
        return True
    if grant.role not in own.roles:
        return False
    return own.departments is None or (grant.departments is not None and set(grant.departments) <= set(own.departments))
