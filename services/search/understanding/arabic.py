"""Arabic words, read as the French ones that places are found by (`vocabulary/arabic.csv`, and what pages show).

They are read before anything else is, not held in the index: places, times, typos and statistics go on knowing French,
and a word that is added counts at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from libs.contracts import vocabulary
from services.search.domain.text import fold
from services.search.domain.words import arabic_words

_RUN = re.compile(r"[\u0600-\u06ff]+(?:\s+[\u0600-\u06ff]+)*")

_ARTICLES = ("وال", "بال", "فال", "كال", "لل", "ال")
"""« the », alone or joined to « and », « in », « so », « as » and « for »: written as one word with what follows."""

_JOINED = ("و", "ب", "ل", "ف", "ك")
"""The same words without the article."""

_ENDING = "ا"  # noqa: RUF001 -- an Arabic letter
"""What is left of the ending of an object once the vowels are gone."""

_SHORTEST = 2


def arabic_read(text: str) -> str:
    """Return `text` with the Arabic words and phrases that are known in French; what is not stays as it is."""
    return _RUN.sub(lambda run: " ".join(_read(fold(run[0]).split())) or run[0], text)


def _read(words: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + _longest()), at, -1):
            french = _known(words[at:end])
            if french is not None:
                if french:
                    yield french
                at = end
                break
        else:
            yield words[at]
            at += 1


def _known(words: Sequence[str]) -> str | None:
    """Return a phrase in French, "" when it only says how somebody asks, None when it is not known."""
    first, *others = words
    known = _phrases()
    bare = [_bare(other) for other in others]
    joined = [first.removeprefix(letter) for letter in _JOINED if first.startswith(letter)]
    for word in (first, _bare(first), *joined, first.removesuffix(_ENDING)):
        french = known.get(" ".join([word, *bare]))
        if french is not None:
            return french
    return None


def _bare(word: str) -> str:
    """Return a folded word without its article."""
    article = next((one for one in _ARTICLES if word.startswith(one) and len(word) - len(one) >= _SHORTEST), "")
    return word.removeprefix(article)


@cache
def _phrases() -> Mapping[str, str]:
    """Return what is known, as it is looked up: with the first word as it is listed and without its article."""
    terms = [*vocabulary.categories().values(), *vocabulary.families().values()]
    shown = {fold(term.label("ar")): term.label("fr") for term in terms}
    found: dict[str, str] = {}
    for arabic, french in {**shown, **arabic_words()}.items():
        first, *others = arabic.split()
        bare = [_bare(other) for other in others]
        found[" ".join([first, *bare])] = french
        found.setdefault(" ".join([_bare(first), *bare]), french)
    return MappingProxyType(found)


@cache
def _longest() -> int:
    return max(len(phrase.split()) for phrase in _phrases())
