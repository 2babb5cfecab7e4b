"""The vocabularies: families and categories of services, and publics.

Each has a code that is stored and exchanged, labels that people read, and its data·inclusion term.
The tables stand in `vocabulary/*.csv` beside this file; the Arabic labels, which are ours, apart in `arabic.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import msgspec


class Term(msgspec.Struct, kw_only=True, frozen=True):
    """A word of a vocabulary. `data_inclusion` is None where that standard has no such term."""

    code: str
    label_fr: str
    label_en: str
    label_ar: str | None = None
    data_inclusion: str | None = None

    def label(self, language: str) -> str:
        """Return the label in `language` (fr, en or ar; anything else reads French), with typographic apostrophes."""
        if language == "ar" and self.label_ar:
            return self.label_ar
        return self.label_en if language == "en" else self.label_fr.replace("'", "\u2019")


class Category(Term, kw_only=True, frozen=True):
    """A kind of service. `family` is the code of the family it belongs to."""

    family: str


class Public(Term, kw_only=True, frozen=True):
    """A group of people. `group` is what the grouping is about: gender, family, age, status, situation."""

    group: str


def _table(name: str) -> csv.DictReader[str]:
    text = (files("libs.contracts") / "vocabulary" / f"{name}.csv").read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _rows(name: str) -> Iterator[dict[str, str | None]]:
    arabic = {row["code"]: row["label_ar"] for row in _table("arabic") if row["vocabulary"] == name}
    for row in _table(name):
        yield {key: value or None for key, value in row.items()} | {"label_ar": arabic.get(row["code"])}


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
