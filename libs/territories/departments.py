"""Departments, overseas collectivities and regions: their codes and names."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec


class Department(msgspec.Struct, frozen=True):
    """A department or an overseas collectivity; `region` is a code, None for the collectivities."""

    code: str
    region: str | None
    name: str


def _rows(name: str) -> Iterator[dict[str, str | None]]:
    text = (files("libs.territories") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield {key: value or None for key, value in row.items()}


@cache
def departments() -> Mapping[str, Department]:
    """Return the departments and collectivities by code, in the order of codes."""
    return MappingProxyType({d.code: d for d in (msgspec.convert(row, Department) for row in _rows("departments"))})


@cache
def regions() -> Mapping[str, str]:
    """Return the names of regions by code."""
    return MappingProxyType({str(row["code"]): str(row["name"]) for row in _rows("regions")})


def department_name(code: str) -> str | None:
    """Return the French name of a department or collectivity."""
    found = departments().get(code)
    return None if found is None else found.name


def department_of_insee_code(insee_code: str) -> str:
    """Return the department's code within the INSEE code of a commune."""
    return insee_code[:3] if insee_code.startswith(("97", "98")) else insee_code[:2]


def department_of_postcode(postcode: str) -> str | None:
    """Return the department that a postcode most likely lies in, None when it is no French postcode.

    A few communes are served by a neighbour department's post office: where the commune is known, its own
    department is right.
    """
    if len(postcode) != 5 or not postcode.isdigit():
        return None
    if postcode in {"97133", "97150"}:
        code = "977" if postcode == "97133" else "978"
    elif postcode.startswith("20"):
        code = "2A" if postcode < "20200" else "2B"
    elif postcode.startswith(("97", "98")):
        code = postcode[:3]
    else:
        code = postcode[:2]
    return code if code in departments() else None
