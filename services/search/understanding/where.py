"""Words about a place: communes, districts, postcodes, departments and regions among others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from libs.territories import Commune, communes_of_postcode
from libs.territories.names import key_of
from services.search.domain.words import filler, is_everyday, is_offered, not_places
from services.search.places import (
    KNOWN_BY_NAME,
    Place,
    around,
    called_at_large,
    communes_called,
    department_called,
    towns_like,
)

_LONGEST = 7
"""Most words in the name of a commune: "Saint Remy en Bouzemont Saint Genest et Isson" is found by less."""

_LONGEST_TOWN = 4
"""Words in the name of a town that is looked for though it is misspelt: "Aix en Provence"."""

_NEAR = tuple(
    tuple(lead.split())
    for lead in (
        "a cote de",
        "a cote d",
        "a proximite de",
        "pres de",
        "pres d",
        "autour de",
        "proche de",
        "du cote de",
        "a",
        "au",
        "aux",
        "en",
        "dans le",
        "dans la",
        "dans",
        "vers",
        "sur",
    )
)
"""Words that lead to a place, the longest first."""

_OF = (("de",), ("d",), ("du",), ("des",))
_ARTICLES = frozenset({"la", "le", "les", "l"})

_PARTS = frozenset({("centre",), ("centre", "ville"), ("nord",), ("sud",), ("est",), ("ouest",)})
"""What may follow the name of a town at the end, and is no place of its own."""

_KILOMETRES = re.compile(r"(?:(?:a|dans un rayon de) )?(\d{1,3}) ?km$")

_MEANT_ANYWHERE = 3
"""Words in the name of a department or a region from which it is meant wherever it stands: « Val de Marne »."""

_KNOWN_ANYWHERE = 10_000
"""Inhabitants from which it is meant where it stands first."""

_KNOWN_EVERYWHERE = 50_000
"""Inhabitants from which it is meant among other words: « ordinateur lyon libre »."""


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """A place that some words mean."""

    place: Place
    words: str
    is_sure: bool = False
    """Whether they can hardly mean anything else: a postcode, a district, a name after « à »."""


class _Span(msgspec.Struct, frozen=True, kw_only=True):
    start: int
    end: int
    place: Place
    doubt: int = 0


def where(words: Sequence[str], *, all_of_them: bool = False) -> tuple[Where | None, list[str]]:
    """Return the place that folded `words` speak of, and the words that do not.

    Unless they may be `all_of_them`, there are some: a name alone is looked for; but for that of a department.
    """
    found = list(_spans(words))
    # « Isère » is no place of its own in « Romans sur Isère ».
    found = [one for one in found if not any(_is_within(one, other) for other in found)]
    span = min(found, key=_doubt, default=None)
    alone = span is not None and span.end - span.start == len(words)
    if span is None or (alone and not all_of_them and _may_be_a_name(span, words)):
        return None, list(words)
    return _taken(words, span)


def town_misspelt(words: Sequence[str]) -> tuple[Where | None, list[str]]:
    """Return the town whose name some of folded `words` may be a slip for, and the other words, if there are some."""
    found: list[_Span] = []
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST_TOWN, len(words)) + 1):
            span = words[start:end]
            if len(span) < len(words) and not any(_means_something(word) for word in span):
                towns = towns_like(span)[:1]
                found += [_Span(start=start, end=end, place=around(town), doubt=typos) for typos, town in towns]
    span = min(found, key=_doubt, default=None)
    return _taken(words, span) if span else (None, list(words))


def _means_something(word: str) -> bool:
    return len(word) > 3 and (is_offered(word) or word in not_places() or word in filler())


def _taken(words: Sequence[str], span: _Span) -> tuple[Where, list[str]]:
    """Return a place and the words that mean it, what leads to them included, and the other words."""
    start, place = span.start, span.place
    for lead in (*_NEAR, *_OF):
        if tuple(words[start - len(lead) : start]) == lead and start >= len(lead):
            start -= len(lead)
            break
    if place.centre and (said := _KILOMETRES.search(" ".join(words[:start]))):
        place = msgspec.structs.replace(place, radius=float(said[1]) * 1_000 or place.radius)
        start -= len(said[0].split())
    left = [*words[:start], *words[span.end :]]
    return Where(place=place, words=" ".join(words[start : span.end]), is_sure=span.doubt <= 1), left


def _may_be_a_name(span: _Span, words: Sequence[str]) -> bool:
    """Whether words that are a place all told may be looked for as well: « Mende », not « Lyon 7e » or « Isère »."""
    if not words[0].isdigit() and any(word[0].isdigit() for word in words):
        return False
    return span.place.centre is not None or bool(communes_called(" ".join(words)))


def _is_within(one: _Span, other: _Span) -> bool:
    return other.start <= one.start and one.end <= other.end and one.end - one.start < other.end - other.start


def _doubt(span: _Span) -> tuple[int, int]:
    return span.doubt, span.start - span.end


def _spans(words: Sequence[str]) -> Iterator[_Span]:
    """Yield what may be a place."""
    count = len(words)
    for at, word in enumerate(words):
        if len(word) == 5 and word.isdigit() and (found := _located(communes_of_postcode(word))):
            yield _postcode(words, at, found)
    for start in range(count):
        if "gare" in words[max(0, start - 3) : start]:
            continue  # « gare du Nord », « gare de Lyon »
        for end in range(min(count, start + _LONGEST), start, -1):
            if span := _named(words, start, end):
                yield span


def _postcode(words: Sequence[str], at: int, found: list[Commune]) -> _Span:
    """Take the name of the commune in with its postcode."""
    for length in range(min(_LONGEST, len(words) - 1), 0, -1):
        for start, end in ((at - length, at), (at + 1, at + 1 + length)):
            if start < 0 or end > len(words):
                continue
            name = f" {key_of(' '.join(words[start:end]))} "
            if one := next((one for one in found if name in f" {key_of(one.name)} "), None):
                return _Span(start=min(start, at), end=max(end, at + 1), place=around(one, words[at]))
    return _Span(start=at, end=at + 1, place=around(found[0], words[at]))


def _named(words: Sequence[str], start: int, end: int) -> _Span | None:
    text = " ".join(words[start:end])
    after = words[end:]
    part = tuple(after) in _PARTS
    last = part or filler().issuperset(after)  # « mairie mende s'il vous plaît »
    led = _led_by(words, start, _NEAR)
    if (last or start == 0) and (in_department := _commune_in_department(words, start, end)):
        return _Span(start=start, end=end, place=in_department)
    named = (last and not is_everyday(text)) or (start == 0 and (end > 1 or not text.isalpha()))  # not « pas cher »
    by_code = text.isdigit() and (end < len(words) or start == 0)
    is_long = end - start >= _MEANT_ANYWHERE
    if (led or named or is_long) and not by_code and (large := called_at_large(text)):
        doubt = 1 if led else 2 if last else 3
        return _Span(start=start, end=len(words) if part else end, place=large, doubt=doubt)
    telling = start + (words[start] in _ARTICLES and end - start > 1)
    if text.isdigit() or (end - telling == 1 and _means_something_else(words, telling)):
        return None
    found = _located(communes_called(text))
    if not found:
        return None
    size = found[0].population
    if led or (found[0].type == "ARM" and any(word[0].isdigit() for word in words[start:end])):
        doubt = 1
    elif last and (size >= KNOWN_BY_NAME or _led_by(words, start, _OF)):
        doubt = 2
    elif start == 0 and size >= _KNOWN_ANYWHERE:
        doubt = 3
    elif size >= _KNOWN_EVERYWHERE:
        doubt = 4
    else:
        return None
    place = around(found[0], None, found[1:])
    return _Span(start=start, end=len(words) if part else end, place=place, doubt=doubt)


def _means_something_else(words: Sequence[str], at: int) -> bool:
    word = words[at]
    if len(word) < 3 or is_everyday(word):
        return True
    said = at > 0 and words[at - 1] == "a" and words[at + 1 : at + 2] != ["de"]
    return word in not_places() and not said


def _led_by(words: Sequence[str], start: int, leads: Sequence[tuple[str, ...]]) -> bool:
    if start and words[start - 1] in _ARTICLES:
        start -= 1
    return any(start >= len(lead) and tuple(words[start - len(lead) : start]) == lead for lead in leads)


def _commune_in_department(words: Sequence[str], start: int, end: int) -> Place | None:
    """Read "saint denis 93" and "saint denis la reunion"."""
    for middle in range(end - 1, start, -1):
        department = department_called(" ".join(words[middle:end]))
        if department is None:
            continue
        text = " ".join(words[start:middle])
        found = _located(communes_called(text, department))
        if found and not (middle - start == 1 and is_everyday(text)):
            return around(found[0])
    return None


def _located(found: Sequence[Commune]) -> list[Commune]:
    return [one for one in found if one.latitude is not None]
