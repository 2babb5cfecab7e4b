"""The vocabularies: families and categories of services, and publics.

Each has a code that is stored and exchanged, labels that people read, and its data·inclusion term.
The tables stand in `vocabulary/*.csv` beside this file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Language = Literal["fr", "en"]


class Term(msgspec.Struct, kw_only=True, frozen=True):
    """A word of a vocabulary. `data_inclusion` is None where that standard has no such term."""

    code: str
    label_fr: str
    label_en: str
    data_inclusion: str | None = None

    def label(self, language: str) -> str:
        """Return the label in `language` (fr or en; anything else reads French), with typographic apostrophes."""
        return self.label_en if language == "en" else self.label_fr.replace("'", "\u2019")


class Category(Term, kw_only=True, frozen=True):
    """A kind of service. `family` is the code of the family it belongs to."""

    family: str


class Public(Term, kw_only=True, frozen=True):
    """A group of people. `group` is what the grouping is about: gender, family, age, status, situation."""

    group: str


def _rows(name: str) -> Iterator[dict[str, str | None]]:
    text = (files("libs.contracts") / "vocabulary" / f"{name}.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield {key: value or None for key, value in row.items()}


@cache
def families() -> dict[str, Term]:
    """Return the families by code, in the order pages show them."""
    return {term.code: term for term in (msgspec.convert(row, Term) for row in _rows("families"))}


@cache
def categories() -> dict[str, Category]:
    """Return the categories by code, in the order pages show them."""
    return {term.code: term for term in (msgspec.convert(row, Category) for row in _rows("categories"))}


@cache
def publics() -> dict[str, Public]:
    """Return the publics by code, in the order pages show them."""
    return {term.code: term for term in (msgspec.convert(row, Public) for row in _rows("publics"))}
