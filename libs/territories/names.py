"""Names of communes as people write them, reduced to one key."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "\u2019": "'"})
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_POSTAL = re.compile(r"\bcedex\b|\bbp \d+|\bcs \d+|\barrondissements?\b|\barrdt\b|\barr\b")
_ORDINAL = re.compile(r"\b0?(\d{1,2}) ?(?:er|ere|eme|e|nd)?\b")
_ARTICLE = re.compile(r"^(?:l|le|la|les|los) (?=.)")
_ABBREVIATIONS = (
    (re.compile(r"\bst\b"), "saint"),
    (re.compile(r"\bste\b"), "sainte"),
    (re.compile(r"\bs\b(?= )"), "sur"),
)


@lru_cache(maxsize=8192)
def key_of(name: str) -> str:
    """Return a commune's name without what people write differently.

    Case, accents, hyphens, a leading article, saint or st, CEDEX and boxes; "Paris 10e Arrondissement",
    "PARIS 10" and "Paris cedex 10" give one key.
    """
    text = unicodedata.normalize("NFKD", name.casefold().translate(_LIGATURES).replace("c'h", "ch"))
    text = _NOT_A_WORD.sub(" ", "".join(c for c in text if not unicodedata.combining(c))).strip()
    for pattern, word in _ABBREVIATIONS:
        text = pattern.sub(word, text)
    text = " ".join(_POSTAL.sub(" ", text).split())
    return _ARTICLE.sub("", _ORDINAL.sub(r"\1", text))
