"""What somebody changed in a copy that says less than the original, carried over to the original."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from libs.contracts.contacts import CONTACT_KEYS
from libs.contracts.patch import to_json
from libs.contracts.structure import StructureContent

_KEYS = CONTACT_KEYS | {"services": "id", "overrides": "id"}
"""What tells the items of a list apart; those of the others are told apart by all they say."""


def restated(held: StructureContent, copy: StructureContent, said: StructureContent) -> StructureContent:
    """Return `held` with the changes that lead from `copy` to `said`.

    `copy` is what `held` was given out as, with less in it: of what it leaves out, nobody can have spoken.
    """
    if said == copy:
        return held
    return msgspec.convert(_carried(to_json(held), to_json(copy), to_json(said), ""), StructureContent)


def _carried(held: Any, copy: Any, said: Any, name: str) -> Any:
    if said == copy:
        return held
    three = (held, copy, said)
    if all(isinstance(one, dict) for one in three):
        return {key: _carried(held[key], copy[key], said[key], key) for key in cast("dict[str, Any]", held)}
    if all(isinstance(one, list) for one in three):
        return _carried_list(held, copy, said, _KEYS.get(name))
    return said


def _carried_list(held: list[Any], copy: list[Any], said: list[Any], key: str | None) -> list[Any]:
    """Return the items held, without those left out, those changed changed, and new ones at their place."""

    def keyed(items: list[Any]) -> dict[str, Any]:
        return {msgspec.json.encode(item[key] if key else item).decode(): item for item in items}

    before, after = keyed(copy), keyed(said)
    kept = {
        at: _carried(item, before[at], after[at], "") if at in before and at in after else item
        for at, item in keyed(held).items()
        if at in after or at not in before
    }
    items = list(kept.items())
    for place, (at, item) in enumerate(after.items()):
        if at not in kept and at not in before:
            items.insert(place, (at, item))
    return [item for _, item in items]
