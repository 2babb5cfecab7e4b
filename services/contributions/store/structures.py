"""Structures as the directory tells them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from uuid import UUID

from libs.contracts.events import StructureChanged, StructureWithdrawn
from libs.contracts.structure import StructureContent, department_of
from libs.database import Connection, fetch_all, fetch_one
from services.contributions.domain.contribution import KnownStructure
from services.contributions.domain.duplicates import (
    LEAST_SIMILARITY,
    METRES_PER_DEGREE,
    NEAR,
    Candidate,
    PossibleDuplicate,
    fold,
    rank,
)
from services.contributions.store.rows import SQL, json

MOST_CANDIDATES = 20


async def project(connection: Connection, said: Sequence[StructureChanged]) -> None:
    """Take over the states that were said, where they are newer than what is held."""
    newest: dict[UUID, StructureChanged] = {}
    for change in said:
        held = newest.get(change.structure.id)
        if held is None or held.structure.version < change.structure.version:
            newest[change.structure.id] = change
    changes = list(newest.values())
    structures = [change.structure for change in changes]
    await connection.execute(
        SQL["project_structures"],
        {
            "ids": [structure.id for structure in structures],
            "slugs": [structure.slug for structure in structures],
            "versions": [structure.version for structure in structures],
            "names": [structure.name for structure in structures],
            "folded_names": [fold(structure.name) for structure in structures],
            "folded_cities": [fold(structure.address.city) or None for structure in structures],
            "departments": [department_of(structure) for structure in structures],
            "latitudes": [structure.address.latitude for structure in structures],
            "longitudes": [structure.address.longitude for structure in structures],
            "phones": [json([phone.number for phone in structure.phones]) for structure in structures],
            "states": [json(structure) for structure in structures],
            "field_versions": [json(change.field_versions) for change in changes],
        },
    )


async def withdraw(connection: Connection, data: StructureWithdrawn) -> None:
    await connection.execute(
        SQL["withdraw_structure"],
        {
            "id": data.structure_id,
            "version": data.version,
            "department": next(iter(data.departments), None),
            "replaced_by": data.replaced_by,
        },
    )


async def structure_by_id(connection: Connection, structure_id: UUID) -> KnownStructure | None:
    """Return a structure, withdrawn ones included."""
    return await fetch_one(connection, KnownStructure, SQL["structure_by_id"], {"id": structure_id})


async def lock_structure(connection: Connection, structure_id: UUID) -> KnownStructure | None:
    """Return a structure, withdrawn ones included, held until the end of the transaction."""
    return await fetch_one(connection, KnownStructure, SQL["lock_structure"], {"id": structure_id})


async def structure_by_slug(connection: Connection, slug: str) -> KnownStructure | None:
    """Return the structure at an address, withdrawn ones included."""
    return await fetch_one(connection, KnownStructure, SQL["structure_by_slug"], {"slug": slug})


async def possible_duplicates(
    connection: Connection, content: StructureContent, *, but: UUID | None
) -> list[PossibleDuplicate]:
    """Return known structures that may be the same as `content`, other than the structure `but`."""
    latitude, longitude = content.address.latitude, content.address.longitude
    box: dict[str, float | None] = dict.fromkeys(("south", "north", "west", "east"))
    if latitude is not None and longitude is not None:
        high = NEAR / METRES_PER_DEGREE
        wide = high / max(math.cos(math.radians(latitude)), 0.1)
        box = {
            "south": latitude - high,
            "north": latitude + high,
            "west": longitude - wide,
            "east": longitude + wide,
        }
    parameters = {
        "phones": [phone.number for phone in content.phones],
        "folded_name": fold(content.name),
        "folded_city": fold(content.address.city) or None,
        "postcode": content.address.postcode,
        "street": content.address.street,
        "least_similarity": LEAST_SIMILARITY,
        "except": but,
        "most": MOST_CANDIDATES,
        **box,
    }
    return rank(content, await fetch_all(connection, Candidate, SQL["duplicate_candidates"], parameters))
