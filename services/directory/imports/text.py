"""Texts of published files: markup, wrong characters and stray white space removed."""

from __future__ import annotations

import html
import re
import unicodedata

from libs.contracts.validation import LONG, SHORT
from services.directory.imports.drafts import Loss

_BLOCK_TAG = re.compile(r"<\s*(?:br|/p|/li|/ul|/ol|/div|/h\d|li)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<\s*/?\s*[a-zA-Z!?][^<>]*>")
_UNCLOSED = re.compile(r"<[\s/<]*(?=[a-zA-Z!?])")
_MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z!?]|&(?:[a-zA-Z]{2,8}|#\d{2,5});")
_WRONG_KINDS = {"Cc", "Cs", "Co", "Cn"}
_BIDI_OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PLAIN = re.compile(r"[ -;=-~\u00a1-\u00ac\u00ae-\u024f\u2018-\u201d\u20ac]*")


def line(text: str | None, losses: list[Loss], *, longest: int = SHORT) -> str | None:
    """Return a text on one line; lines are joined by commas. None when nothing is left."""
    cleaned = _cleaned(text, losses)
    if cleaned is None:
        return None
    parts = (part.rstrip(" ,-") for part in cleaned.split("\n"))
    return _shortened(", ".join(part for part in parts if part), longest, losses) or None


def paragraphs(text: str | None, losses: list[Loss]) -> str | None:
    """Return a text that may have several lines. None when nothing is left."""
    cleaned = _cleaned(text, losses)
    return None if cleaned is None else _shortened(cleaned, LONG, losses)


def fold(text: str) -> str:
    """Return a text for comparison: lower case, without accents, typographic apostrophes or double spaces."""
    text = unicodedata.normalize("NFKD", text.replace("\u2019", "'").casefold())
    return " ".join("".join(c for c in text if not unicodedata.combining(c)).split())


def _cleaned(text: str | None, losses: list[Loss]) -> str | None:
    if not text or not (text := text.strip()):
        return None
    # Nearly every text is plain; the rest of the work is for those that are not.
    if _PLAIN.fullmatch(text) and "&" not in text and "  " not in text:
        return text
    if any(map(_is_wrong, text)):
        losses.append(Loss("text repaired", text[:80]))
        text = "".join(map(_repaired, text))
    if _MARKUP.search(text):
        losses.append(Loss("markup removed", text[:80]))
        text = html.unescape(_TAG.sub("", _BLOCK_TAG.sub("\n", text)))
        text = "".join(map(_repaired, _TAG.sub("", text)))
        text = _UNCLOSED.sub("", text)
    lines = (" ".join(part.split()) for part in text.replace("\r", "\n").split("\n"))
    return "\n".join(part for part in lines if part) or None


def _is_wrong(c: str) -> bool:
    """Whether a character is of those that no content may hold."""
    return c not in "\n\r\t" and (unicodedata.category(c) in _WRONG_KINDS or c in _BIDI_OVERRIDES)


def _repaired(c: str) -> str:
    """Return a character; for a control character the one that a file of Windows meant by it, or nothing."""
    if "\x80" <= c <= "\x9f":
        return bytes([ord(c)]).decode("cp1252", errors="ignore")
    return "" if _is_wrong(c) else c


def _shortened(text: str, longest: int, losses: list[Loss]) -> str:
    if len(text) <= longest:
        return text
    losses.append(Loss("text shortened", text[:80]))
    return text[: longest - 1].rstrip() + "\u2026"
