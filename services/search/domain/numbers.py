"""Telephone numbers as people dial them."""

from __future__ import annotations

_TERRITORIES = ("33", "262", "508", "590", "594", "596")


def national(number: str) -> str:
    """Return the digits of an E.164 number as they are dialled within its French territory; of others, all."""
    for code in _TERRITORIES:
        if number.startswith(f"+{code}"):
            return "0" + number[len(code) + 1 :]
    return number.removeprefix("+")
