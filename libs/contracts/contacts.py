"""Contacts that are not published: those marked internal, which only staff may see and which travel sealed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from libs.contracts.patch import Patch
from libs.contracts.structure import Email, Phone, StructureContent, Website

CONTACT_KEYS: dict[str, str] = {"phones": "number", "emails": "address", "websites": "url"}
"""The fields that hold contacts, and what identifies one in each."""


class InternalContacts(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """The internal contacts of a structure, in clear only inside contributions and directory."""

    phones: tuple[Phone, ...] = ()
    emails: tuple[Email, ...] = ()
    websites: tuple[Website, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the lists that hold any."""
        return tuple(name for name in CONTACT_KEYS if getattr(self, name))


def internal_contacts(content: StructureContent) -> InternalContacts:
    """Return the internal contacts of a content; what it also lists in public is not internal."""

    def internal(name: str, key: str) -> Iterator[Any]:
        items = getattr(content, name)
        public = {getattr(item, key) for item in items if item.visibility == "public"}
        return (item for item in items if item.visibility == "internal" and getattr(item, key) not in public)

    return InternalContacts(**{name: tuple(internal(name, key)) for name, key in CONTACT_KEYS.items()})


def with_internal_contacts(content: StructureContent, internal: InternalContacts) -> StructureContent:
    """Return `content` with internal contacts besides its own.

    What it lists in public stays public. One that it holds already keeps its place, and takes the newer label.
    """
    if not internal.fields:
        return content
    changes: dict[str, Any] = {}
    for name in internal.fields:
        key = CONTACT_KEYS[name]
        added = {getattr(item, key): item for item in getattr(internal, name)}
        changes[name] = (*(_united(item, added.pop(getattr(item, key), None)) for item in getattr(content, name)),)
        changes[name] += tuple(added.values())
    return msgspec.structs.replace(content, **changes)


def _united(held: Any, given: Any) -> Any:
    if given is None or given.label is None or held.visibility == "public":
        return held
    return msgspec.structs.replace(held, label=given.label)


def without_internal_contacts(patch: Patch) -> Patch:
    """Return a patch of the right shape without the internal contacts in its lists."""

    def public(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [item for item in items if item.get("visibility") != "internal"]

    return {name: public(value) if name in CONTACT_KEYS and value else value for name, value in patch.items()}
