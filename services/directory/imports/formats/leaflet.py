"""The food places of a leaflet printed on 6 May 2020 for the north-east of Paris.

They are history: hours, and the place itself, bear the date, so that no page shows them as today's truth.
"""

from __future__ import annotations

import re
from datetime import date

from libs.contracts.structure import Access, Service, StructureContent
from services.directory.imports import contacts, places
from services.directory.imports.building import Read, required
from services.directory.imports.drafts import Loss, RowRefused
from services.directory.imports.formats.base import CsvFormat, Row
from services.directory.imports.hours import opening_hours
from services.directory.imports.networks import network_of
from services.directory.imports.publishers import LEAFLET_PARIS_2020
from services.directory.imports.text import fold, line, paragraphs

PRINTED_ON = date(2020, 5, 6)
_PRINTED = "Information imprimée le 6 mai 2020, pendant le confinement : à vérifier avant de s'y rendre."

# What whoever typed the leaflet in remarks on its rows, in English: no part of what was printed.
_EDITORIAL = re.compile(r"same place as rank \d+\b", re.IGNORECASE)

_CATEGORIES = {
    "restauration assise": ("seated_meal", Access()),
    "colis alimentaire": ("food_parcel", Access()),
    "epicerie sociale (sur orientation)": ("social_grocery", Access(referral=True)),
    "petits dejeuners": ("breakfast", Access()),
}


def _read(row: Row, losses: list[Loss]) -> Read:
    rank = required(row, "rank")
    section = _CATEGORIES.get(fold(row["section"]))
    if section is None:
        raise RowRefused(f"The section “{row['section']}” is not one of the leaflet's.")
    category, access = section
    address = places.address(losses, street=row["address"], postcode=row["postcode"], city="Paris")
    name = line(row["name"], losses) or ""
    hours, kept = opening_hours(row["opening_hours"], losses)
    printed = paragraphs(row["hours_text"], losses) or kept
    content = StructureContent(
        name=name,
        description="\n".join(filter(None, (_PRINTED, _note(row["note"], losses)))),
        network=network_of(name),
        address=address,
        phones=contacts.phones(row["phone"], address.department, losses),
        opening_hours=hours,
        opening_hours_note=f"Horaires imprimés le 6 mai 2020 : {printed}" if printed else None,
        access=access,
        services=(Service(id=category, category=category),),
    )
    return Read(rank, content, verified_on=PRINTED_ON)


def _note(text: str, losses: list[Loss]) -> str | None:
    if _EDITORIAL.match(text.strip()):
        losses.append(Loss("detail left out", text))
        return None
    return paragraphs(text, losses)


LEAFLET = CsvFormat(
    title="leaflet of 6 May 2020",
    publisher=LEAFLET_PARIS_2020,
    columns=frozenset({"rank", "section", "name", "address", "postcode", "hours_text", "opening_hours"}),
    read=_read,
    retrieved_on=PRINTED_ON,
)
