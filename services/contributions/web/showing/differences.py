"""What changes between two contents, as the design system's `difference` shows it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from libs.web.language import N_
from services.contributions.domain.contribution import Difference
from services.contributions.web.form.parts import PART_OF
from services.contributions.web.showing.fields import LABELS, text_of
from services.contributions.web.showing.hours import JOINT, Say, week_of

_WORDS = re.compile(r"(\s+)")
_ITEMS = re.compile(f"({re.escape(JOINT)}|, )")
_LISTS = {"phones", "emails", "websites", "languages", "services", "stops", "overrides", "access", "publics"}
"""Fields that are said as items, one after the other: these are compared as a whole."""

Text = str | list[tuple[str, bool]] | list[dict[str, Any]] | None


def changes(differences: Sequence[Difference], say: Say, *, editable: bool) -> list[dict[str, Any]]:
    """Return differences as the design system's `difference` shows them."""
    return [_change(difference, say, editable=editable) for difference in differences]


def _change(difference: Difference, say: Say, *, editable: bool) -> dict[str, Any]:
    field = difference.field
    part = PART_OF.get(field) if editable else None
    shown: dict[str, Any] = {"label": say(LABELS[field]), "href": f"#{part}" if part else None}
    if difference.internal:
        label = say(N_("%(field)s, not published"), field=shown["label"])
        kept = [(say(N_("What the directory holds stays.")), False)]
        return shown | {"label": label, "before": kept, "after": text_of(field, difference.after, say)}
    before = difference.base if difference.conflict else difference.before
    if field == "opening_hours":
        weeks = [
            week_of(hours, say, short=difference.conflict) if hours else []
            for hours in (before, difference.after, difference.before)
        ]
        if all(week is not None for week in weeks):
            old, new, now = (week or [] for week in weeks)
            shown |= {"kind": "week", "before": _marked(old, new), "after": _marked(new, old)}
            return shown | ({"current": now} if difference.conflict else {})
    old_text, new_text = text_of(field, before, say), text_of(field, difference.after, say)
    shown["before"], shown["after"] = compared(old_text, new_text, items=field in _LISTS)
    if difference.conflict:
        shown["current"] = text_of(field, difference.before, say)
    return shown


def _marked(week: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the days of a week, with what differs from the other week marked."""
    if not other:
        return week
    hours: dict[str, list[str]] = {day["name"]: day["hours"] for day in other}
    return [
        {
            **day,
            "hours": [(span, span not in hours.get(day["name"], ())) for span in day["hours"]],
            "changed": day["hours"] != hours.get(day["name"]),
        }
        for day in week
    ]


def compared(old: str | None, new: str | None, *, items: bool = False) -> tuple[Text, Text]:
    """Return both texts as (words, changed) pairs, compared word by word or, for a list, item by item.

    Whole texts when one is nothing or all differs.
    """
    if not old or not new:
        return old, new
    separator = _ITEMS if items else _WORDS
    a, b = ([token for token in separator.split(text) if token] for text in (old, new))
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    if len(a) * len(b) > 250_000 or matcher.ratio() < 0.2:
        return [(old, True)], [(new, True)]
    blocks = matcher.get_matching_blocks()
    left = {place for block in blocks for place in range(block.a, block.a + block.size)}
    right = {place for block in blocks for place in range(block.b, block.b + block.size)}
    return _pieces(a, left, separator), _pieces(b, right, separator)


def _pieces(tokens: Sequence[str], kept: set[int], separator: re.Pattern[str]) -> list[tuple[str, bool]]:
    """Return tokens as runs that are changed or not; a separator is changed where what it separates is."""

    def is_changed(place: int) -> bool:
        if separator.fullmatch(tokens[place]):
            return 0 < place < len(tokens) - 1 and place - 1 not in kept and place + 1 not in kept
        return place not in kept

    runs = groupby(range(len(tokens)), key=is_changed)
    return [("".join(tokens[place] for place in places), changed) for changed, places in runs]
