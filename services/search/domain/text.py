"""Text as it is compared: without case, accents or punctuation."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile(r"[\u0300-\u036f\u0640\u064b-\u065f\u0670]+")
"""Those of Latin letters; in Arabic the vowels, what letters bear, and the stroke that lengthens words."""

_SAME = str.maketrans("ةىی٠١٢٣٤٥٦٧٨٩", "هيي0123456789")  # noqa: RUF001 -- letters and digits of Arabic
"""Arabic letters that people write for one another, and its digits."""

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
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).translate(_SAME)
    return _BETWEEN_WORDS.sub(" ", text).strip()


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, each once, in order; none is longer than `LONGEST_WORD`."""
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in fold(text).split()))
