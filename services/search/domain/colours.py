"""Colours that somebody chose, bent as far as needed for text in them and on them to be read."""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

Colour: TypeAlias = tuple[float, float, float]
"""Red, green and blue, from 0 to 1 (sRGB)."""

READABLE = 4.5
"""The least contrast of text, by WCAG 2.2."""

WHITE: Colour = (1, 1, 1)
BLACK: Colour = (0, 0, 0)
_HEXADECIMAL = re.compile(r"#?([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})")


class Accent(msgspec.Struct, frozen=True, kw_only=True):
    """A colour for links and the main button, for when one points at them, and for what lies behind the chosen."""

    accent: Colour
    strong: Colour
    soft: Colour


def read_colour(text: str) -> Colour | None:
    """Return the colour that `#0b5a6f` or `0b5a6f` writes, or None."""
    match = _HEXADECIMAL.fullmatch(text.strip())
    return None if match is None else (int(match[1], 16) / 255, int(match[2], 16) / 255, int(match[3], 16) / 255)


def write_colour(colour: Colour) -> str:
    """Return a colour as `#0b5a6f`."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 to 21, by WCAG 2.2."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def accent_on(paper: Colour, colour: Colour) -> Accent:
    """Return `colour`, mixed with as much black, or with as much white on dark `paper`, as it takes to be read there.

    Text in it is readable on `paper` and on its own soft shade; so is text of the colour of `paper` on it.
    """
    towards = BLACK if contrast(paper, BLACK) > contrast(paper, WHITE) else WHITE
    mixtures = (_rounded(_mixed(colour, towards, step / 20)) for step in range(21))
    accent = next(one for one in mixtures if min(contrast(one, paper), contrast(one, _soft(paper, one))) >= READABLE)
    return Accent(accent=accent, strong=_rounded(_mixed(accent, towards, 0.25)), soft=_soft(paper, accent))


def _soft(paper: Colour, accent: Colour) -> Colour:
    return _rounded(_mixed(paper, accent, 0.1))


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rounded(colour: Colour) -> Colour:
    """Return the colour as it is written: what is measured is what is shown."""
    red, green, blue = (round(part * 255) / 255 for part in colour)
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
