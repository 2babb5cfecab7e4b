"""Everyday words for what is offered, beyond the labels of the vocabulary: `vocabulary/words.csv`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def everyday_words() -> Mapping[str, tuple[str, ...]]:
    """Return the words in both languages by code of a category or a family."""
    text = (files("services.search") / "vocabulary" / "words.csv").read_text(encoding="utf-8-sig")
    return MappingProxyType(
        {row["code"]: _split(f"{row['words_fr']};{row['words_en']}") for row in csv.DictReader(text.splitlines())}
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in cell.split(";") if word.strip()))
