"""Where a proposal is: the departments whose moderators read it, and what is wrong when there is none."""

from __future__ import annotations

from libs.contracts.structure import Address, StructureContent, departments_of
from libs.contracts.validation import N_, FieldError
from libs.territories import department_of_postcode, departments, located, relocated


def departments_served(content: StructureContent) -> tuple[str, ...]:
    """Return the codes of the departments of a content as it was proposed: of its address, and of its stops."""
    return tuple(code for code in departments_of(located(content)) if code in departments())


def place_errors(current: StructureContent | None, content: StructureContent) -> list[FieldError]:
    """Return why nobody could tell in which department a content is, by the content's field.

    Nothing is said about a place that is where `current` (None: a new place) has it already.
    """
    before, after = _addresses(current) if current else {}, _addresses(content)
    if before == after:
        return []
    message = N_("No place in France has the postcode %(postcode)s.")
    errors = [
        FieldError(field=f"{field}.postcode", message=message, parameters={"postcode": address.postcode})
        for field, address in after.items()
        if address.postcode and address != before.get(field) and department_of_postcode(address.postcode) is None
    ]
    if not errors and not departments_served(relocated(current, content) if current else content):
        message = N_(
            "We cannot tell which department this is in. Give the postcode, or the town if no other bears its name."
        )
        errors.append(FieldError(field="address", message=message))
    return errors


def _addresses(content: StructureContent) -> dict[str, Address]:
    stops = content.stops if content.kind == "mobile" else ()
    return {"address": content.address} | {f"stops.{index}.address": stop.address for index, stop in enumerate(stops)}
