"""Contents as the directory keeps them: addresses completed, telephone numbers in E.164 form."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import phonenumbers

from libs.contracts.structure import Address, Phone, StructureContent
from libs.territories import complete

_REGIONS = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "975": "PM",
    "976": "YT",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}


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
    if phone.number.isdigit() and len(phone.number) <= 6:
        return phone
    try:
        parsed = phonenumbers.parse(phone.number, _REGIONS.get(department or "", "FR"))
    except phonenumbers.NumberParseException:
        return phone
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return msgspec.structs.replace(phone, number=number)
