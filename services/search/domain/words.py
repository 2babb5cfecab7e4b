"""What people type: everyday words for what is offered, and abbreviations (`vocabulary/`)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

from libs.contracts import vocabulary
from services.search.domain.text import fold


@cache
def everyday_words() -> Mapping[str, tuple[str, ...]]:
    """Return the words in both languages by code of a category or a family."""
    text = (files("services.search") / "vocabulary" / "words.csv").read_text(encoding="utf-8-sig")
    return MappingProxyType(
        {row["code"]: phrases_of(f"{row['words_fr']};{row['words_en']}") for row in csv.DictReader(text.splitlines())}
    )


@cache
def arabic_words() -> Mapping[str, str]:
    """Return what folded Arabic words and phrases are in French; nothing for those that say how somebody asks."""
    text = (files("services.search") / "vocabulary" / "arabic.csv").read_text(encoding="utf-8-sig")
    return MappingProxyType(
        {fold(word): row["french"] for row in csv.DictReader(text.splitlines()) for word in phrases_of(row["arabic"])}
    )


def phrases_of(cell: str) -> tuple[str, ...]:
    """Return the words and phrases in a cell of the lists, which `;` sets apart."""
    return tuple(dict.fromkeys(word.strip() for word in cell.split(";") if word.strip()))


@cache
def _single_words() -> frozenset[str]:
    return frozenset(
        word for phrases in everyday_words().values() for phrase in phrases for word in fold(phrase).split()
    )


def is_everyday(word: str) -> bool:
    """Whether a folded word is among those for what is offered."""
    return word in _single_words()


def is_offered(word: str) -> bool:
    """Whether a folded word is an everyday one, or in the name of a category or a family: it means a need."""
    return word in offered_words() or _singular(word) in _offered_in_the_singular()


@cache
def _offered_in_the_singular() -> frozenset[str]:
    return frozenset(map(_singular, offered_words()))


def is_beginning_of_need(text: str) -> bool:
    """Whether a word that means a need begins with folded `text`."""
    return any(word.startswith(text) for word in offered_words())


@cache
def offered_words() -> frozenset[str]:
    """Return the folded words that mean a need; see `is_offered`."""
    return _single_words() | _label_words()


@cache
def _label_words() -> frozenset[str]:
    terms = (*vocabulary.categories().values(), *vocabulary.families().values())
    labels = [fold(term.label(language)) for term in terms for language in ("fr", "en")]
    return frozenset(word for label in labels for word in label.split() if len(word) > 3) - filler()


@lru_cache(maxsize=1_024)
def needs_in(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of the categories that folded words ask for, by a name or an everyday word of them."""
    asked = frozenset(map(_singular, words))
    return tuple(code for code, phrases in _phrases().items() if any(phrase <= asked for phrase in phrases))


@cache
def _phrases() -> Mapping[str, tuple[frozenset[str], ...]]:
    """Return what each category is called, its family's names included: of each name its telling words."""
    found: dict[str, tuple[frozenset[str], ...]] = {}
    for code, category in vocabulary.categories().items():
        terms = (category, vocabulary.families()[category.family])
        labels = [term.label(language) for term in terms for language in ("fr", "en")]
        everyday = [word for term in terms for word in everyday_words().get(term.code, ())]
        names = (frozenset(map(_singular, fold(name).split())) - filler() for name in (*labels, *everyday))
        found[code] = tuple(dict.fromkeys(name for name in names if name))
    return MappingProxyType(found)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


@cache
def abbreviations() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Return what folded abbreviations stand for: runs of folded words."""
    text = (files("services.search") / "vocabulary" / "abbreviations.csv").read_text(encoding="utf-8-sig")
    return MappingProxyType(
        {
            fold(row["short"]): tuple(tuple(fold(long).split()) for long in row["long"].split(";"))
            for row in csv.DictReader(text.splitlines())
        }
    )


@cache
def filler() -> frozenset[str]:
    """Return the folded words that say how somebody asks, not what for."""
    return _listed("filler.txt")


def spoken(words: Iterable[str]) -> str:
    """Return the telling ones of folded words: "mairie de guyonvelle" is called "mairie guyonvelle"."""
    return " ".join(word for word in words if word not in filler())


@cache
def not_places() -> frozenset[str]:
    """Return the folded names of communes that most often mean something else."""
    return _listed("not_places.txt")


def _listed(name: str) -> frozenset[str]:
    lines = (files("services.search") / "vocabulary" / name).read_text(encoding="utf-8-sig").splitlines()
    return frozenset(fold(line) for line in lines if line and not line.startswith("#"))
