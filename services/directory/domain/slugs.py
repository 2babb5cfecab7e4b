"""Slugs: the readable end of a record's address, from its name and city."""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

LONGEST = 80
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_SUFFIX = 5


def base_slug(name: str, city: str | None) -> str:
    """Return the slug wanted for a structure: « Mairie - Mende », Mende → `mairie-mende`."""
    words = _fold(name)
    town = _fold(city or "")
    if town and not f"-{'-'.join(words)}-".endswith(f"-{'-'.join(town)}-"):
        words += town
    slug = ""
    for word in words:
        if slug and len(slug) + 1 + len(word) > LONGEST:
            break
        slug = f"{slug}-{word}" if slug else word[:LONGEST]
    return slug or "structure"


def suffixed(base: str, id: UUID) -> str:  # noqa: A002 -- the field's own name
    """Return `base` with a short suffix of the structure's own, for when another has the plain one."""
    number, suffix = id.int & (2**62 - 1), ""
    for _ in range(_SUFFIX):
        number, digit = divmod(number, len(_ALPHABET))
        suffix += _ALPHABET[digit]
    return f"{base}-{suffix}"


def _fold(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
