"""Contents as the directory keeps them: addresses completed, telephone numbers in E.164 form."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from libs.contracts.structure import Phone, StructureContent, department_of
from libs.territories import e164, located


def normalise(content: StructureContent, fields: Collection[str]) -> StructureContent:
    """Return the content with those of `fields` that hold addresses completed, and telephones normalised.

    The other fields stay as they are: whoever corrects the hours has not spoken of the address.
    """
    placed = located(content)
    changes: dict[str, Any] = {name: getattr(placed, name) for name in ("address", "stops") if name in fields}
    if "phones" in fields:
        department = department_of(placed)
        changes["phones"] = tuple(_normalised(phone, department) for phone in content.phones)
    return msgspec.structs.replace(content, **changes)


def _normalised(phone: Phone, department: str | None) -> Phone:
    """Return the phone with its number as dialled from its territory; one that is none is left for the rules."""
    return msgspec.structs.replace(phone, number=e164(phone.number, department) or phone.number)
