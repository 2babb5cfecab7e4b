"""Words of publishers, found in a field whatever stands between them, and our own terms for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from services.directory.imports.text import fold


class Term(NamedTuple):
    """A publisher's word: how it writes it, our code for it, and how it is recognised once folded.

    `pattern` is the folded label when None. A code of None means that the word says nothing to keep.
    """

    label: str
    code: str | None
    pattern: str | None = None


class Found(NamedTuple):
    """Terms of a field in the order they stand, and the pieces that are no term."""

    terms: tuple[Term, ...]
    unknown: tuple[str, ...]


class Lexicon:
    """Finds terms in fields that list several, split by `;`, by ` / `, by line breaks or not at all."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = tuple(terms)
        patterns = (term.pattern or re.escape(fold(term.label)).replace(r"\ ", " ") for term in self.terms)
        self._any = re.compile("|".join(f"(?P<t{index}>{pattern})" for index, pattern in enumerate(patterns)))
        self.find = lru_cache(maxsize=4096)(self._find)

    def _find(self, text: str) -> Found:
        folded = fold(text)
        found: dict[Term, None] = {}
        for match in self._any.finditer(folded):
            if match.lastgroup is not None:
                found.setdefault(self.terms[int(match.lastgroup[1:])])
        rest = re.split(r"[;/\n\x00]", self._any.sub("\x00", folded))
        unknown = (piece.strip(" .,:()[]'-") for piece in rest)
        return Found(tuple(found), tuple(piece for piece in unknown if len(piece) > 2))
