"""What an address no longer says once its place, or a stop, has moved to another commune."""

from __future__ import annotations

import msgspec

from libs.contracts.structure import Address, StructureContent


def relocated(before: StructureContent, after: StructureContent) -> StructureContent:
    """Return `after` without what its addresses inherited from another commune.

    Who corrects a city or a postcode seldom gives the INSEE code or the coordinates: those that still
    say where the place was would lead people there.
    """
    moved = [
        msgspec.structs.replace(stop, address=_relocated(old.address, stop.address))
        for old, stop in zip(before.stops, after.stops, strict=False)
    ]
    stops = (*moved, *after.stops[len(moved) :])
    return msgspec.structs.replace(after, address=_relocated(before.address, after.address), stops=stops)


def _relocated(old: Address, new: Address) -> Address:
    if new.postcode in {None, old.postcode} and new.city in {None, old.city}:
        return new
    forget = {name: None for name in ("insee_code", "department", "region") if getattr(new, name) == getattr(old, name)}
    if (new.latitude, new.longitude) == (old.latitude, old.longitude):
        forget |= dict.fromkeys(("latitude", "longitude", "precision"))
    return msgspec.structs.replace(new, **forget)
