"""A stand-in for ranking: words found, typos, and which attribute holds them; see the package."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from libs.testing.meilisearch.filters import folded

_WORD = re.compile(r"\w+")


def scored(
    text: str, strategy: str, settings: Mapping[str, Any], documents: Sequence[dict[str, Any]]
) -> list[tuple[float, dict[str, Any]]]:
    """Return what holds the words of a text, each with a score from 0 to 1, the best first.

    The strategies `last` and `frequency` are content with the first word.
    """
    words = [word for word in _words(text) if word not in settings["stopWords"]][:10]
    found: list[tuple[float, dict[str, Any]]] = []
    for fields in documents:
        worth = [_worth(word, word is words[-1], fields, settings) for word in words]
        held = [one for one in worth if one]
        if not words or (all(worth) if strategy == "all" else worth[0]):
            found.append((sum(held) / len(words) if words else 1.0, fields))
    return sorted(found, key=lambda one: -one[0])


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def _worth(word: str, last: bool, fields: Mapping[str, Any], settings: Mapping[str, Any]) -> float:  # noqa: FBT001 -- as it stands in the text
    """Return what the best place of a word in a document is worth; 0 without any."""
    best = 0.0
    attributes: list[str] = settings["searchableAttributes"]
    others = [_words(one) for one in settings["synonyms"].get(word, ())]
    for at, name in enumerate(attributes):
        held = _words(str(fields.get(name, "")))
        rank = 1 - at / len(attributes)
        if word in held or (last and any(one.startswith(word) for one in held)):
            best = max(best, rank)
        elif any(set(other) <= set(held) for other in others) or _near(word, held, settings["typoTolerance"]):
            best = max(best, rank * 0.9)
    return best


def _near(word: str, held: Sequence[str], tolerance: Mapping[str, Any]) -> bool:
    sizes = tolerance["minWordSizeForTypos"]
    allowed = (len(word) >= sizes["oneTypo"]) + (len(word) >= sizes["twoTypos"])
    if not tolerance["enabled"] or not allowed or (tolerance["disableOnNumbers"] and word.isdecimal()):
        return False
    if word in tolerance["disableOnWords"]:
        return False
    return any(abs(len(one) - len(word)) <= allowed and _apart(word, one) <= allowed for one in set(held))


def _apart(one: str, other: str) -> int:
    """Return how many letters must be added, dropped or replaced to go from a word to another."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, wanted in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != wanted))
    return row[-1]
