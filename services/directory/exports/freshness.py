"""How old what a record says is: what a source said then is not younger for having been imported today."""

from __future__ import annotations

from datetime import date

from libs.contracts.structure import Structure


def informed_on(structure: Structure, *, by_hand: bool) -> date:
    """Return the day the structure's information dates from.

    That is when somebody last verified it, or changed it (`by_hand` says that the last change was a
    person's), or else when its sources were read.
    """
    days = [source.retrieved_on for source in structure.sources if source.retrieved_on is not None]
    if structure.verified is not None:
        days.append(structure.verified.at.date())
    if by_hand or not days:
        days.append(structure.updated_at.date())
    return min(max(days), structure.updated_at.date())
