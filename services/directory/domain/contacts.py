"""Contacts that are not published, taken out of a record for good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from libs.contracts.contacts import CONTACT_KEYS, internal_contacts
from libs.contracts.structure import StructureContent


class ContactNames(msgspec.Struct, kw_only=True, frozen=True):
    """Contacts by what they are: numbers (E.164, or short), e-mail addresses, addresses of websites."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    websites: tuple[str, ...] = ()


def not_held(content: StructureContent, gone: ContactNames) -> Iterator[str]:
    """Yield where in `gone` a contact is named that the content does not hold as internal: `phones.0`."""
    internal = internal_contacts(content)
    for field, key in CONTACT_KEYS.items():
        held = {getattr(item, key) for item in getattr(internal, field)}
        yield from (f"{field}.{place}" for place, name in enumerate(getattr(gone, field)) if name not in held)


def without(content: StructureContent, gone: ContactNames) -> StructureContent:
    """Return the content without those of its internal contacts that are named; public ones stay."""
    changes: dict[str, Any] = {
        field: tuple(
            item
            for item in getattr(content, field)
            if item.visibility == "public" or getattr(item, key) not in getattr(gone, field)
        )
        for field, key in CONTACT_KEYS.items()
    }
    return msgspec.structs.replace(content, **changes)
