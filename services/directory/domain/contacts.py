"""Internal contacts outlive corrections by people who cannot see them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from libs.contracts.structure import StructureContent

_CONTACTS = {"phones": "number", "emails": "address", "websites": "url"}
"""The fields that may hold internal contacts, and what identifies one."""


def keep_internal(before: StructureContent, after: StructureContent, fields: Collection[str]) -> StructureContent:
    """Return `after` with the internal contacts of `before` that it lost in `fields`.

    Corrections are made from the public part, so that leaving an internal contact out says nothing of it;
    giving the same one again, with another visibility, does.
    """
    changes: dict[str, Any] = {}
    for field, key in _CONTACTS.items():
        if field not in fields:
            continue
        given = getattr(after, field)
        known = {getattr(contact, key) for contact in given}
        lost = [
            contact
            for contact in getattr(before, field)
            if contact.visibility == "internal" and getattr(contact, key) not in known
        ]
        if lost:
            changes[field] = (*given, *lost)
    return msgspec.structs.replace(after, **changes) if changes else after
