"""The words of a search, looked up among those that the index knows, and made into what matches and ranks.

A document matches when it holds every word by its French stem, or by what it begins with for the last one. A
word that no document holds stands for those that it may have been mistyped from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from libs.database import Connection, Queries, fetch_all
from services.search.domain.requests import SearchRequest
from services.search.domain.typos import allowed_typos, typos_between
from services.search.domain.words import abbreviations, is_offered

SQL = Queries("services.search.engines.postgres")

MOST_ALTERNATIVES = 8

MOST_KEPT = 20_000
"""Known words that are kept, at some 300 B each."""

_LATIN = re.compile("[a-z]")


class Alternatives(msgspec.Struct, frozen=True):
    """What one word may be found by: a lexeme, a beginning, or all lexemes of a run."""

    lexemes: tuple[str, ...]
    beginning: str | None
    runs: tuple[tuple[str, ...], ...]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What every one of `words` must be found by; `rank` is a tsquery of any of them, and of hints.

    `corrections` tells what words were taken for.
    """

    words: tuple[Alternatives, ...]
    rank: str
    corrections: dict[str, tuple[str, ...]]

    @property
    def match(self) -> str:
        """The tsquery of what holds every word; folded words need no escaping."""
        every: list[str] = []
        for word in self.words:
            begins = [f"'{word.beginning}':*"] if word.beginning else []
            runs = ["(" + " & ".join(f"'{one}'" for one in run) + ")" for run in word.runs]
            every.append("(" + " | ".join([*(f"'{one}'" for one in word.lexemes), *begins, *runs]) + ")")
        return " & ".join(every)


class _Known(msgspec.Struct):
    word: str
    stems: tuple[str, ...] | None
    known: bool
    begins: bool


class _Alike(msgspec.Struct):
    word: str
    alike: tuple[str, ...]


class _Stemmed(msgspec.Struct):
    word: str
    stems: tuple[str, ...] | None


class Lexicon:
    """Words that were asked for and that the index knows: it learns words, and forgets none but in a rebuild.

    One taken for known after that matches nothing, and is then looked for as if it were mistyped.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    async def look_up(self, connection: Connection, words: Sequence[str]) -> dict[str, _Known]:
        """Return what the index knows of each of `words`."""
        found = {word: self._known[word] for word in words if word in self._known}
        unmet = [word for word in words if word not in found]
        if unmet:
            rows = await fetch_all(connection, _Known, SQL["know_words"], {"words": unmet})
            found |= {row.word: row for row in rows}
            if len(self._known) > MOST_KEPT:
                self._known.clear()
            self._known |= {row.word: row for row in rows if row.known}
        return found


async def terms_of(connection: Connection, lexicon: Lexicon, request: SearchRequest, *, tolerant: bool) -> Terms:
    """Return the terms for the words of a request, the last perhaps unfinished, and its hints.

    `tolerant` looks for mistyped ones among the known words too.
    """
    words = request.words
    longer = {word: abbreviations().get(word, ()) for word in words}
    others = {other for runs in longer.values() for run in runs for other in run} | set(request.hints)
    known = await lexicon.look_up(connection, [*words, *(others - set(words))])
    # Words such as "de" say nothing, unless they are all there is.
    telling = [word for word in words if known[word].stems != ()] or list(words)
    last = words[-1]

    def means_itself(word: str) -> bool:
        """Whether it says a need that nothing answers: « toilettes » is no slip for « Mollettes »."""
        return not known[word].known and is_offered(word)

    def suspect(word: str) -> bool:
        if request.exact:
            return False
        row = known[word]
        found = row.known or (row.begins and word == last)
        return allowed_typos(word) > 0 and (tolerant or not found) and not is_offered(word)

    suspects = [word for word in telling if suspect(word) and not longer[word]]
    corrections = await _corrections(connection, suspects)
    every: list[Alternatives] = []
    forms: list[str] = []
    for word in telling:
        alike = corrections.get(word, {})
        # Short words that are known are most often whole, and those of needs: "caf" begins no "café", "faim" no Faimbe.
        whole = (known[word].known and (len(word) <= 3 or is_offered(word))) or means_itself(word)
        begins = word == last and not whole and len(word) >= (2 if word.isalpha() else 3)
        lexemes = [_stem(word, known[word].stems), *(_stem(other, found) for other, found in alike.items())]
        # What an abbreviation stands for has a telling word at least.
        runs = [tuple(_stem(one, known[one].stems) for one in run if known[one].stems != ()) for run in longer[word]]
        every.append(Alternatives(tuple(lexemes), word if begins else None, tuple(runs)))
        # As it is written counts on top of its stem.
        forms += [f"'{form}'" for form in (*lexemes, word, *alike)]
        forms += [f"'{word}':*"] if begins else []
        forms += [f"'{one}'" for run in runs for one in run]
    forms += [f"'{_stem(hint, known[hint].stems)}'" for hint in request.hints if known[hint].stems != ()]
    return Terms(
        words=tuple(every),
        rank=" | ".join(dict.fromkeys(forms)),
        corrections={word: tuple(others) for word, others in corrections.items()},
    )


def _stem(word: str, stems: tuple[str, ...] | None) -> str:
    """Return the lexeme that a word is indexed by."""
    return stems[0] if stems else word


async def _corrections(connection: Connection, words: Iterable[str]) -> dict[str, dict[str, tuple[str, ...] | None]]:
    """Return the known words that each of `words` may have been mistyped from, with their stems, nearest first."""
    # Other alphabets have no trigrams in the index: each of their words would be compared with all that it holds.
    wanted = [word for word in words if _LATIN.search(word)]
    if not wanted:
        return {}
    rows = await fetch_all(connection, _Alike, SQL["words_alike"], {"words": wanted})
    alike = {row.word: row.alike for row in rows}
    nearest = {word: _nearest(word, alike[word]) for word in wanted if word in alike}
    others = sorted({one for found in nearest.values() for one in found})
    stems = {row.word: row.stems for row in await fetch_all(connection, _Stemmed, SQL["stem_words"], {"words": others})}
    return {word: {other: stems[other] for other in others} for word, others in nearest.items() if others}


def _nearest(word: str, candidates: Iterable[str]) -> list[str]:
    most = allowed_typos(word)
    distances = {other: typos_between(word, other, most) for other in candidates if other != word}
    near = [other for other, distance in distances.items() if distance <= most]
    # « marie » is a slip for « mairie » before it is one for the name of a village.
    return sorted(near, key=lambda other: (distances[other], not is_offered(other)))[:MOST_ALTERNATIVES]
