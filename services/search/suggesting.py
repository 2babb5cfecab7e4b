"""What somebody who has begun to type may mean: kinds of help, places that help, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Literal

import msgspec

from libs.contracts import vocabulary
from libs.territories import communes, department_name, departments, search_places
from services.search.domain.numbers import national
from services.search.domain.requests import SearchRequest
from services.search.domain.text import fold, words_of
from services.search.domain.words import everyday_words
from services.search.engines import Engine
from services.search.understanding import MOST_WORDS
from services.search.understanding.arabic import arabic_read
from services.search.understanding.numbers import numbers_joined

MOST_KINDS = 3
MOST_STRUCTURES = 5
MOST_PLACES = 6
SHORTEST = 2
"""Letters from which something is suggested: one alone says nothing."""


class Suggestion(msgspec.Struct, kw_only=True, frozen=True):
    """Something that may be meant. `parameters` are those of the search for it; a structure has its `slug` instead."""

    kind: Literal["family", "category", "structure", "place"]
    text: str
    detail: str | None = None
    parameters: dict[str, str] = {}
    slug: str | None = None


async def suggest_what(engine: Engine, text: str, language: str) -> list[Suggestion]:
    """Return kinds of help and structures that `text`, its last word unfinished, may mean."""
    if len(fold(text)) < SHORTEST:
        return []
    french = arabic_read(text)
    begun = kinds_begun(fold(text), language)
    found = [*begun, *(one for one in kinds_begun(fold(french), language) if one not in begun)][:MOST_KINDS]
    words = tuple(words_of(numbers_joined(french))[:MOST_WORDS])
    result = await engine.search(SearchRequest(words=words, per_page=MOST_STRUCTURES))
    for hit in result.found:
        card = hit.card
        where = " ".join(filter(None, [card.postcode, card.city]))
        number = next((national(phone.number) for phone in card.phones), "")
        detail = number if number.startswith(words[0]) else where
        found.append(Suggestion(kind="structure", text=card.name, detail=detail or None, slug=card.slug))
    return found


@lru_cache(maxsize=4096)
def kinds_begun(text: str, language: str) -> Sequence[Suggestion]:
    """Return the families and categories that folded `text` is the beginning of, by label or by everyday words.

    Labels come before everyday words.
    """
    families = vocabulary.families()
    terms: list[tuple[Literal["family", "category"], vocabulary.Term]] = [
        *(("family", term) for term in families.values()),
        *(("category", term) for term in vocabulary.categories().values() if term.code not in families),
    ]
    by_label: list[Suggestion] = []
    by_words: list[Suggestion] = []
    for kind, term in terms:
        label = term.label(language)
        suggestion = Suggestion(kind=kind, text=label, parameters={kind: term.code})
        if _begins(text, label):
            by_label.append(suggestion)
        elif any(_begins(text, phrase) for phrase in everyday_words().get(term.code, ())):
            by_words.append(suggestion)
    return [*by_label, *by_words][:MOST_KINDS]


def _begins(text: str, phrase: str) -> bool:
    """Whether folded `text` is the beginning of a phrase, or of some words in it."""
    return f" {text}" in f" {fold(phrase)}"


@lru_cache(maxsize=4096)
def suggest_where(text: str) -> Sequence[Suggestion]:
    """Return the departments, communes and districts whose name, postcode or code begins with `text`.

    What is called just so comes first, then the most populous.
    """
    text = arabic_read(text)
    begun = fold(text)
    if len(begun) < SHORTEST:
        return []
    found = [*_departments_begun(begun), *_communes_begun(text)]
    found.sort(key=lambda one: (begun not in one.called, -one.population))
    return [one.suggestion for one in found][:MOST_PLACES]


class _Place(msgspec.Struct, frozen=True):
    """A place as it is suggested; `called` are its folded name and code."""

    suggestion: Suggestion
    called: tuple[str, ...]
    population: int


def _communes_begun(text: str) -> Iterator[_Place]:
    typed = text.strip()
    for commune in search_places(text, limit=MOST_PLACES):
        if commune.latitude is None or not commune.postcodes:
            continue
        postcode = next((one for one in commune.postcodes if one.startswith(typed)), commune.postcodes[0])
        place = f"{postcode} {commune.name}"
        suggestion = Suggestion(
            kind="place", text=place, detail=department_name(commune.department), parameters={"place": place}
        )
        yield _Place(suggestion, (fold(commune.name), postcode), commune.population)


def _departments_begun(begun: str) -> Iterator[_Place]:
    for code, department in departments().items():
        name = fold(department.name)
        if begun == code.lower() or name.startswith(begun):
            suggestion = Suggestion(
                kind="place", text=department.name, detail=code, parameters={"place": department.name}
            )
            yield _Place(suggestion, (name, code.lower()), _populations()[code])


@cache
def _populations() -> Counter[str]:
    populations: Counter[str] = Counter()
    for commune in communes():
        if commune.type == "COM":
            populations[commune.department] += commune.population
    return populations
