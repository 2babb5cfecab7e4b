"""What somebody who has begun to type may mean: kinds of help, places that help, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import dropwhile, islice
from typing import Literal

import msgspec

from libs.territories import Commune, communes, department_name, departments, regions, search_places
from libs.territories.names import key_of
from services.search.domain.documents import Card
from services.search.domain.kinds import Kind, kinds_begun, kinds_mistyped
from services.search.domain.numbers import national
from services.search.domain.requests import SearchRequest, SearchResult
from services.search.domain.text import fold, words_of
from services.search.domain.words import filler, is_beginning_of_need, is_offered, not_places
from services.search.engines import Engine
from services.search.places import towns_begun
from services.search.understanding import MOST_WORDS
from services.search.understanding.arabic import arabic_read
from services.search.understanding.numbers import numbers_joined

MOST_KINDS = 3
MOST_TOWNS = 2
MOST_STRUCTURES = 5
MOST = 8
"""Suggestions of all kinds: what a phone shows above its keyboard, scrolled once."""

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
    """Return kinds of help, towns and structures that `text`, its last word unfinished, may mean.

    Of kinds that it means as much, what most of the structures found offer comes first.
    """
    if len(fold(text)) < SHORTEST:
        return []
    french = arabic_read(text)
    words = tuple(words_of(numbers_joined(french))[:MOST_WORDS])
    result = await engine.search(SearchRequest(words=words, per_page=MOST_STRUCTURES))
    *whole, last = fold(french).split()[:MOST_WORDS] or [""]
    asked = [*_without_filler(whole), last]
    readings = dict.fromkeys((fold(text), fold(french), " ".join(asked)))
    kinds = [kind for reading in readings for kind in kinds_begun(reading, language)]
    near: Sequence[Commune] = ()
    if not kinds:
        kinds, near = _kinds_near_towns(asked, language)
    towns = () if near or all(map(is_offered, asked)) else _towns(fold(french))
    # What a place is called is no slip.
    if not kinds and not towns and (result.corrections or not result.total):
        kinds = kinds_mistyped(" ".join(asked), language)
    kinds = _likeliest_first(kinds, result)
    found = [
        *[_of_kind(kind, town) for town in near or (None,) for kind in kinds][:MOST_KINDS],
        *map(_of_commune, towns),
        *(_of_structure(hit.card, words[0]) for hit in result.found),
    ]
    return found[:MOST]


def _without_filler(words: list[str]) -> list[str]:
    """Return folded words without those at their beginning that say how somebody asks."""
    return list(dropwhile(filler().__contains__, words))


def _towns(begun: str) -> Sequence[Commune]:
    """Return the towns that folded words may be the beginning of, unless their name most often means something else."""
    found = (town for town in towns_begun(begun) if begun not in not_places() or fold(town.name) != begun)
    return tuple(islice(found, MOST_TOWNS))


def _kinds_near_towns(words: Sequence[str], language: str) -> tuple[Sequence[Kind], Sequence[Commune]]:
    """Return the kinds that the first of folded words mean and the towns that the last begin; neither without both."""
    for start in range(1, len(words)):
        begun = " ".join(words[start:])
        towns = _towns(begun)
        if not towns or is_beginning_of_need(key_of(begun)):
            continue
        need = " ".join(reversed(_without_filler(list(reversed(words[:start])))))
        if kinds := kinds_begun(need, language) or kinds_mistyped(need, language):
            return kinds, towns
    return (), ()


def _likeliest_first(kinds: Iterable[Kind], result: SearchResult) -> list[Kind]:
    counts = {"category": dict(result.categories), "family": dict(result.families)}
    found: dict[str, Kind] = {}
    for kind in sorted(kinds, key=lambda kind: (kind.remote, -counts[kind.parameter].get(kind.code, 0))):
        found.setdefault(kind.code, kind)
    return list(found.values())


def _of_kind(kind: Kind, near: Commune | None) -> Suggestion:
    place = {"place": _postal_name(near)} if near else {}
    return Suggestion(
        kind=kind.parameter,
        text=kind.label,
        detail=place.get("place"),
        parameters={kind.parameter: kind.code, **place},
    )


def _of_commune(commune: Commune, postcode: str | None = None) -> Suggestion:
    place = _postal_name(commune, postcode)
    detail = department_name(commune.department)
    return Suggestion(kind="place", text=place, detail=detail, parameters={"place": place})


def _postal_name(commune: Commune, postcode: str | None = None) -> str:
    return f"{postcode or commune.postcodes[0]} {commune.name}"


def _of_structure(card: Card, begun: str) -> Suggestion:
    where = " ".join(filter(None, [card.postcode, card.city]))
    number = next((national(phone.number) for phone in card.phones), "")
    detail = number if number.startswith(begun) else where
    return Suggestion(kind="structure", text=card.name, detail=detail or None, slug=card.slug)


@lru_cache(maxsize=4096)
def suggest_where(text: str) -> Sequence[Suggestion]:
    """Return the regions, departments, communes and districts whose name, postcode or code begins with `text`.

    What is called just so comes first, then the most populous.
    """
    text = arabic_read(text)
    begun = fold(text)
    if len(begun) < SHORTEST:
        return []
    found = [*_regions_begun(begun), *_departments_begun(begun), *_communes_begun(text)]
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
        yield _Place(_of_commune(commune, postcode), (fold(commune.name), postcode), commune.population)


def _departments_begun(begun: str) -> Iterator[_Place]:
    for code, department in departments().items():
        name = fold(department.name)
        if begun == code.lower() or name.startswith(begun):
            suggestion = Suggestion(
                kind="place", text=department.name, detail=code, parameters={"place": department.name}
            )
            yield _Place(suggestion, (name, code.lower()), _populations()[code])


def _regions_begun(begun: str) -> Iterator[_Place]:
    """Yield regions of several departments; the others are called as theirs."""
    for code, region in regions().items():
        inside = [one.code for one in departments().values() if one.region == code]
        if len(inside) > 1 and fold(region).startswith(begun):
            suggestion = Suggestion(kind="place", text=region, parameters={"place": region})
            yield _Place(suggestion, (fold(region),), sum(_populations()[one] for one in inside))


@cache
def _populations() -> Counter[str]:
    populations: Counter[str] = Counter()
    for commune in communes():
        if commune.type == "COM":
            populations[commune.department] += commune.population
    return populations
