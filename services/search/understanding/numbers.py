"""Telephone numbers and postcodes among what somebody typed, in the form that the index holds."""

from __future__ import annotations

import re

from libs.territories import communes_of_postcode, e164
from services.search.domain.numbers import national

_NUMBER = re.compile(r"(?<![\w+])(?:\+|00)?\(?\d[\d\s./()\u00a0\u202f-]{6,}\d(?!\w)")
_BEGUN = re.compile(r"(?<![\w+])(?:0|(?:\+|00)33[ .-]?)([1-9](?:[ .-]\d\d){1,3}(?:[ .-]\d)?)(?!\w)")
_POSTCODE_APART = re.compile(r"(?<![\w.,+-])(?<!\d )(\d\d) (\d{3})(?![\w.,]| ?(?:\d|€|euro))")
_APART = re.compile(r"\D")


def numbers_joined(text: str) -> str:
    """Return `text` with its telephone numbers, whole or begun, and postcodes such as "69 007", as single words."""
    joined = _BEGUN.sub(lambda match: f"0{_APART.sub('', match[1])}", _NUMBER.sub(_joined, text))
    return _POSTCODE_APART.sub(_postcode, joined)


def _joined(match: re.Match[str]) -> str:
    number = e164(match[0])
    return match[0] if number is None else national(number)


def _postcode(match: re.Match[str]) -> str:
    joined = match[1] + match[2]
    return joined if communes_of_postcode(joined) else match[0]
