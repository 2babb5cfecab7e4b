"""Kinds of help that somebody has begun to type: families and categories, by their labels and by everyday words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import islice, product
from typing import Literal

import msgspec

from libs.contracts import vocabulary
from services.search.domain.text import fold
from services.search.domain.typos import allowed_typos, typos_between
from services.search.domain.words import everyday_words

_MOST_READINGS = 8
"""Of words that may be slips for several others."""


class Kind(msgspec.Struct, kw_only=True, frozen=True):
    """A family or a category; `remote` tells how far from its label, 0, was what it was known by."""

    parameter: Literal["family", "category"]
    code: str
    label: str
    remote: int = 0


@lru_cache(maxsize=4096)
def kinds_begun(text: str, language: str) -> Sequence[Kind]:
    """Return the kinds of help that folded `text` is the beginning of, or of some words in what they are called.

    The most obvious come first.
    """
    begun = f" {text}"
    found: list[Kind] = []
    for kind, names in _kinds(language) if text else ():
        remote = min((_remote(text, name, remote) for name, remote in names if begun in name), default=None)
        if remote is not None:
            found.append(msgspec.structs.replace(kind, remote=remote))
    return sorted(found, key=lambda kind: kind.remote)


@lru_cache(maxsize=4096)
def kinds_mistyped(text: str, language: str) -> Sequence[Kind]:
    """Return the kinds of help that folded `text` is the beginning of, but for slips in some of its words."""
    meant: list[Sequence[str]] = []
    for word in text.split():
        meant.append(_meant(word, language))
        if not meant[-1]:
            return ()
    readings = islice(product(*meant), _MOST_READINGS)
    found = [kind for reading in readings for kind in kinds_begun(" ".join(reading), language)]
    return sorted(found, key=lambda kind: kind.remote)


def _remote(text: str, name: str, remote: int) -> int:
    """Return how far from the label is a name, spaces around it, by the words of it that `text` begins."""
    whole = f" {text} "
    if name == whole:
        return 0
    return remote if whole in name or name.startswith(f" {text}") else remote + 1


@cache
def _kinds(language: str) -> Sequence[tuple[Kind, Sequence[tuple[str, int]]]]:
    """Return every kind of help with its names, folded and spaces around them, and how far each is from its label.

    The French label is on many a door: whoever reads others types it, too.
    """
    families = vocabulary.families()
    terms: list[tuple[Literal["family", "category"], vocabulary.Term]] = [
        *(("family", term) for term in families.values()),
        *(("category", term) for term in vocabulary.categories().values() if term.code not in families),
    ]
    return [
        (
            Kind(parameter=parameter, code=term.code, label=term.label(language)),
            [
                (f" {fold(term.label(language))} ", 0),
                *((f" {fold(name)} ", 1) for name in (term.label("fr"), *everyday_words().get(term.code, ()))),
            ],
        )
        for parameter, term in terms
    ]


@lru_cache(maxsize=4096)
def _meant(word: str, language: str) -> Sequence[str]:
    """Return what a folded word, perhaps unfinished, is nearest to among known words: itself, if one begins so.

    Where it is near to none, their beginnings of its length are what it is compared with.
    """
    known = _words_by_letter(language).get(word[0], ())
    if any(one.startswith(word) for one in known):
        return (word,)
    return _nearest(word, known) or _nearest(word, dict.fromkeys(one[: len(word)] for one in known))


def _nearest(word: str, others: Iterable[str]) -> Sequence[str]:
    most = allowed_typos(word)
    found: dict[str, int] = {}
    for other in others if most else ():
        if (typos := typos_between(word, other, most)) <= most:
            found[other] = most = typos
    return [other for other, typos in found.items() if typos == most]


@cache
def _words_by_letter(language: str) -> dict[str, list[str]]:
    """Return the words in what kinds of help are called, by their first letter."""
    names = (name for _, names in _kinds(language) for name, _ in names)
    found: dict[str, list[str]] = {}
    for word in dict.fromkeys(word for name in names for word in name.split()):
        found.setdefault(word[0], []).append(word)
    return found
