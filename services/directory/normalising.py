"""Contents as the directory keeps them: addresses completed, telephone numbers in E.164 form."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from libs.contracts.structure import Address, Phone, StructureContent
from libs.territories import complete, e164


def normalise(content: StructureContent, fields: Collection[str]) -> StructureContent:
    """Return the content with those of `fields` that are addresses completed, and telephones normalised.

    The other fields stay as they are: whoever corrects the hours has not spoken of the address.
    """
    changes: dict[str, Any] = {}
    if "address" in fields:
        changes["address"] = _complete(content.address)
    if "stops" in fields:
        changes["stops"] = tuple(
            msgspec.structs.replace(stop, address=_complete(stop.address)) for stop in content.stops
        )
    if "phones" in fields:
        department = changes.get("address", content.address).department
        changes["phones"] = tuple(_normalised(phone, department) for phone in content.phones)
    return msgspec.structs.replace(content, **changes)


def _complete(address: Address) -> Address:
    return address if address == Address() else complete(address)[0]


def _normalised(phone: Phone, department: str | None) -> Phone:
    """Return the phone with its number as dialled from its territory; one that is none is left for the rules."""
    return msgspec.structs.replace(phone, number=e164(phone.number, department) or phone.number)
