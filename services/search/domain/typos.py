"""How far a word may be from another and still be taken for it."""

from __future__ import annotations


def allowed_typos(word: str) -> int:
    """Return how many letters may be wrong: none in short words and numbers, one from 4, two from 8."""
    if not word.isalpha() or len(word) < 4:
        return 0
    return 1 if len(word) < 8 else 2


def typos_between(one: str, other: str, most: int) -> int:
    """Return the letters to add, drop, replace or swap with a neighbour to go from a word to another.

    Anything beyond `most` is said as `most` + 1.
    """
    beyond = most + 1
    if abs(len(one) - len(other)) > most:
        return beyond
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return beyond
    return min(row[-1], beyond)
