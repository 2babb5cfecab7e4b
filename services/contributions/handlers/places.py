"""Where a proposal is: what the directory makes of its addresses, whose departments these are, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from libs.contracts.structure import Address, StructureContent, departments_of
from libs.contracts.validation import N_, FieldError
from libs.territories import (
    department_of_postcode,
    departments,
    find_commune,
    is_abroad,
    is_insee_code,
    kilometres_off,
    located,
    may_be_of,
    relocated,
)
from services.contributions.domain.contribution import KnownStructure

_NOTHING = StructureContent(name="")


def settled(current: StructureContent | None, content: StructureContent) -> StructureContent:
    """Return a content that is proposed in place of `current` (None: of nothing) as the directory will keep it.

    Addresses that change lose what they had from another commune, and get the codes and coordinates of theirs:
    what moderators see, and whose department it is, is what becomes of the record.
    """
    before = current or _NOTHING
    placed = located(relocated(before, content))
    changed = [name for name in ("address", "stops") if getattr(content, name) != getattr(before, name)]
    return msgspec.structs.replace(content, **{name: getattr(placed, name) for name in changed})


def departments_served(content: StructureContent) -> tuple[str, ...]:
    """Return the codes of the departments of a content as it was proposed: of its address, and of its stops."""
    return tuple(code for code in departments_of(located(content)) if code in departments())


def departments_concerned(known: KnownStructure | None, content: StructureContent) -> tuple[str, ...]:
    """Return the departments where a proposal is read: those of the structure, and those that `content` brings it to.

    `content` is settled.
    """
    before = departments_of(known.state) if known else ()
    return tuple(dict.fromkeys((*before, *departments_served(content))))


def place_errors(current: StructureContent | None, content: StructureContent) -> list[FieldError]:
    """Return what is wrong with where a content is, or why nobody could tell its department, by the content's field.

    Nothing is said about a place that is where `current` (None: a new place) has it already.
    """
    moved = relocated(current, content) if current else content
    before, after = _addresses(current) if current else {}, _addresses(moved)
    if before == after:
        return []
    errors = [
        error
        for field, address in after.items()
        for error in _address_errors(field, before.get(field) or Address(), address)
    ]
    if not errors and not departments_served(moved):
        message = N_(
            "We cannot tell which department this is in. Give the postcode, or the town if no other bears its name."
        )
        errors.append(FieldError(field="address", message=message))
    return errors


def _address_errors(field: str, old: Address, new: Address) -> Iterator[FieldError]:
    if new.insee_code and new.insee_code != old.insee_code and not is_insee_code(new.insee_code):
        message = N_("No commune has the INSEE code %(code)s.")
        yield FieldError(field=f"{field}.insee_code", message=message, parameters={"code": new.insee_code})
    yield from _point_errors(field, old, new)
    if not new.postcode or new == old:
        return
    if department_of_postcode(new.postcode) is None:
        message = N_("No place in France has the postcode %(postcode)s.")
        yield FieldError(field=f"{field}.postcode", message=message, parameters={"postcode": new.postcode})
    elif new.city and (new.postcode, new.city) != (old.postcode, old.city) and not may_be_of(new.city, new.postcode):
        name = "city" if new.postcode == old.postcode else "postcode"
        message = N_("The town %(city)s does not have the postcode %(postcode)s. Put right the one that is wrong.")
        parameters = {"city": new.city, "postcode": new.postcode}
        yield FieldError(field=f"{field}.{name}", message=message, parameters=parameters)


def _point_errors(field: str, old: Address, new: Address) -> Iterator[FieldError]:
    """Yield what is wrong with where a point lies."""
    if new == old or new.latitude is None or new.longitude is None:
        return
    if is_abroad(new.latitude, new.longitude):
        message = N_("This point is not in France: latitude %(latitude)s, longitude %(longitude)s.")
        parameters = {"latitude": new.latitude, "longitude": new.longitude}
        yield FieldError(field=f"{field}.latitude", message=message, parameters=parameters)
        return
    commune = find_commune(new.insee_code, new.postcode, new.city)
    if commune is not None and (distance := kilometres_off(commune, new.latitude, new.longitude)):
        message = N_("This point is %(kilometres)s km from %(city)s. Put right the point, or the address.")
        parameters = {"kilometres": round(distance), "city": commune.name}
        yield FieldError(field=f"{field}.latitude", message=message, parameters=parameters)


def _addresses(content: StructureContent) -> dict[str, Address]:
    stops = content.stops if content.kind == "mobile" else ()
    return {"address": content.address} | {f"stops.{index}.address": stop.address for index, stop in enumerate(stops)}
