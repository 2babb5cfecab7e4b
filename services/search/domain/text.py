"""Text as it is compared: without case, accents or punctuation."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_BETWEEN_WORDS = re.compile(r"[\W_]+")

LONGEST_WORD = 40


def fold(text: str) -> str:
    """Return words of letters and digits apart by one space, in lower case and without accents.

    An elision is two words ("l'école" reads "l ecole"), and so are the parts of a compound.
    """
    if text.isascii():
        text = text.casefold()
    else:
        # Letters may come out of compatibility forms as capitals, and out of folded ones with accents.
        text = unicodedata.normalize("NFKD", text).casefold().replace("œ", "oe").replace("æ", "ae")
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return _BETWEEN_WORDS.sub(" ", text).strip()


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, each once, in order; none is longer than `LONGEST_WORD`."""
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in fold(text).split()))
