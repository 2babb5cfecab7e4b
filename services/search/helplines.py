"""Numbers that answer day and night, free of charge, for who looks for what they are for (`vocabulary/helplines.csv`).

They are public French numbers, the same everywhere: no record of a place holds them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from services.search.domain.text import fold
from services.search.domain.words import phrases_of


class Helpline(msgspec.Struct, frozen=True):
    """A number, the categories and the words in folded text that call for it, and what it is for."""

    number: str
    categories: frozenset[str]
    said: re.Pattern[str] | None
    labels: dict[str, str]

    def label(self, language: str) -> str:
        return self.labels[language]


def helplines_for(text: str, needs: Collection[str]) -> list[Helpline]:
    """Return those for what somebody typed, or for categories that it means or that were chosen."""
    folded = fold(text)
    return [
        one for one in _helplines() if not one.categories.isdisjoint(needs) or (one.said and one.said.search(folded))
    ]


@cache
def _helplines() -> tuple[Helpline, ...]:
    text = (files("services.search") / "vocabulary" / "helplines.csv").read_text(encoding="utf-8-sig")
    return tuple(
        Helpline(
            number=row["number"],
            categories=frozenset(row["categories"].split(";")) - {""},
            said=_any_of(phrases_of(row["words"])),
            labels={language: row[f"label_{language}"] for language in ("fr", "en", "ar")},
        )
        for row in csv.DictReader(text.splitlines())
    )


def _any_of(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """Return what any of the phrases is in folded text; "mari…tape" says that a few words may stand between."""
    patterns = [r" (?:\S+ ){0,3}".join(re.escape(fold(part)) for part in phrase.split("…")) for phrase in phrases]
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b") if patterns else None
