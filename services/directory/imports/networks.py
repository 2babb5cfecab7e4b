"""The networks that places belong to, told by their names."""

from __future__ import annotations

import re
from functools import lru_cache

from services.directory.imports.text import fold

_BY_NAME = (
    ("restos-du-coeur", r"\b(?:restos?|restaurants?|relais) du c(?:oe|œ)ur\b"),
    ("secours-populaire", r"\bsecours populaire\b"),
    ("secours-catholique", r"\bsecours catholique\b"),
    ("croix-rouge", r"\bcroix[- ]rouge\b"),
    ("emmaus", r"\bemmaus\b"),
    ("armee-du-salut", r"\barmee du salut\b"),
    ("banques-alimentaires", r"\bbanque alimentaire\b"),
    ("france-services", r"\bfrance services?\b"),
    ("missions-locales", r"\bmission locale\b"),
    ("ccas-cias", r"\b(?:ccas|cias|centre (?:inter)?communal d'action sociale)\b"),
)
_PATTERNS = tuple((code, re.compile(pattern)) for code, pattern in _BY_NAME)


@lru_cache(maxsize=4096)
def network_of(name: str) -> str | None:
    """Return the code of the network that a place's name says it belongs to."""
    folded = fold(name)
    return next((code for code, pattern in _PATTERNS if pattern.search(folded)), None)
