"""Complete an address from the reference of communes, saying what was added or put right."""

from __future__ import annotations

from typing import Literal

import msgspec

from libs.contracts.structure import Address, StructureContent
from libs.territories.communes import Commune, city_of_district, commune, find_commune
from libs.territories.departments import department_of_insee_code, department_of_postcode, departments
from libs.territories.points import department_at

Note = Literal[
    "wrong INSEE code", "coordinates from the commune", "commune not found", "department from the coordinates"
]
"""What completion did that somebody may want to check."""


def complete(address: Address) -> tuple[Address, tuple[Note, ...]]:
    """Return the address with its department, region and INSEE code, and coordinates if it had none.

    Those are then the commune's (see `Commune`), with the precision `city`. An INSEE code that the postcode and
    the city contradict is replaced; that of Paris, Lyon or Marseille becomes the district's. What is given
    and right stays as it is; so does the department given with an address whose commune is not found. Where
    nothing else tells the department, the coordinates do, if they are sure to.
    """
    notes: list[Note] = []
    found = find_commune(address.insee_code, address.postcode, address.city)
    if found is None:
        if address.insee_code or address.postcode or address.city:
            notes.append("commune not found")
        department = address.department or _department_of(address)
        if department is None and (department := _department_at(address)):
            notes.append("department from the coordinates")
        known = departments().get(department or "")
        region = address.region or (known.region if known else None)
        return msgspec.structs.replace(address, department=department, region=region), tuple(notes)
    if address.insee_code not in {None, found.insee_code, city_of_district(found)}:
        notes.append("wrong INSEE code")
    address = msgspec.structs.replace(
        address,
        city=address.city or city_name(found),
        postcode=address.postcode or (found.postcodes[0] if len(found.postcodes) == 1 else None),
        insee_code=found.insee_code,
        department=found.department,
        region=found.region,
    )
    if address.latitude is None and found.latitude is not None:
        notes.append("coordinates from the commune")
        address = msgspec.structs.replace(address, latitude=found.latitude, longitude=found.longitude, precision="city")
    return address, tuple(notes)


def city_name(found: Commune) -> str:
    """Return the name that addresses give to a commune: that of the city, for its municipal districts."""
    return (commune(city_of_district(found) or "") or found).name


def located(content: StructureContent) -> StructureContent:
    """Return the content with its address and those of its stops completed."""
    stops = tuple(msgspec.structs.replace(stop, address=complete(stop.address)[0]) for stop in content.stops)
    return msgspec.structs.replace(content, address=complete(content.address)[0], stops=stops)


def _department_of(address: Address) -> str | None:
    if address.postcode and (department := department_of_postcode(address.postcode)):
        return department
    department = department_of_insee_code(address.insee_code or "")
    return department if department in departments() else None


def _department_at(address: Address) -> str | None:
    if address.latitude is None or address.longitude is None:
        return None
    return department_at(address.latitude, address.longitude)
