"""Numbers that answer day and night, free of charge, for who looks for what they are for (`vocabulary/helplines.csv`).

They are public French numbers, the same everywhere: no record of a place holds them.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from functools import cache
from importlib.resources import files

import msgspec

from services.search.domain.text import fold


class Helpline(msgspec.Struct, frozen=True):
    """A number, the categories and the folded phrases that call for it, and what it is for."""

    number: str
    categories: frozenset[str]
    phrases: tuple[str, ...]
    labels: dict[str, str]

    def label(self, language: str) -> str:
        return self.labels[language]


def helplines_for(text: str, needs: Collection[str]) -> list[Helpline]:
    """Return those for what somebody typed, or for categories that it means or that were chosen."""
    said = f" {fold(text)} "
    return [
        one
        for one in _helplines()
        if not one.categories.isdisjoint(needs) or any(f" {phrase} " in said for phrase in one.phrases)
    ]


@cache
def _helplines() -> tuple[Helpline, ...]:
    text = (files("services.search") / "vocabulary" / "helplines.csv").read_text(encoding="utf-8-sig")
    return tuple(
        Helpline(
            number=row["number"],
            categories=frozenset(row["categories"].split(";")) - {""},
            phrases=tuple(fold(phrase) for phrase in row["words"].split(";")),
            labels={language: row[f"label_{language}"] for language in ("fr", "en", "ar")},
        )
        for row in csv.DictReader(text.splitlines())
    )
