"""What is counted of a search."""

from __future__ import annotations

import re
from functools import cache

from libs.contracts import vocabulary
from services.search.asking import Asked
from services.search.domain.text import fold
from services.search.domain.words import everyday_words
from services.search.finding import Outcome, department_of
from services.search.statistics.tally import Searched

LONGEST = 80
"""Characters of a query that is kept; longer ones are no question but a text."""

_NUMBER = re.compile(r"\d{5,}")


def searched(asked: Asked, outcome: Outcome) -> Searched:
    """Return what is counted of a search: whether it was answered as it was asked, where, and what for."""
    query = _query(asked)
    chosen = (*asked.typed.category, *filter(None, [asked.typed.family]))
    attempt = outcome.attempt
    return Searched(
        department=department_of(asked, outcome) or "",
        services=tuple(dict.fromkeys([*chosen, *_services_called(query)])),
        query=query,
        answered=bool(outcome.result.total) and not (attempt.left_out or attempt.wider),
    )


def _query(asked: Asked) -> str:
    """Return the words looked for, without what may be a person's: numbers, and anything with an address in it."""
    if "@" in (asked.typed.q or ""):
        return ""
    query = " ".join(word for word in asked.reading.words if not _NUMBER.search(word))
    return query if len(query) <= LONGEST else ""


def _services_called(query: str) -> tuple[str, ...]:
    """Return the one service that a query is the name of; what may mean several is counted for none."""
    codes = _names().get(query, frozenset())
    return tuple(codes) if len(codes) == 1 else ()


@cache
def _names() -> dict[str, frozenset[str]]:
    """Return what services are called, folded: first of all as pages do, else as people do."""
    terms = {**vocabulary.categories(), **vocabulary.families()}
    labels = [(fold(term.label(language)), code) for code, term in terms.items() for language in ("fr", "en")]
    words = [(fold(phrase), code) for code, phrases in everyday_words().items() for phrase in phrases]
    return _grouped(words) | _grouped(labels)


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, frozenset[str]]:
    grouped: dict[str, set[str]] = {}
    for name, code in pairs:
        grouped.setdefault(name, set()).add(code)
    return {name: frozenset(codes) for name, codes in grouped.items()}
