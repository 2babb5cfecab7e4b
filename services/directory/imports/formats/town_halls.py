"""Town halls, as the directory of public services lists them."""

from __future__ import annotations

from libs.contracts.structure import Service, StructureContent
from services.directory.imports import contacts, places
from services.directory.imports.building import Read, required
from services.directory.imports.drafts import Loss
from services.directory.imports.formats.base import CsvFormat, Row
from services.directory.imports.hours import opening_hours
from services.directory.imports.publishers import MAIRIES
from services.directory.imports.text import line

_SERVICES = (Service(id="town_hall", category="town_hall"),)


def _read(row: Row, losses: list[Loss]) -> Read:
    code = required(row, "code_insee")
    street, misplaced = contacts.split_emails(row["adresse"], losses)
    site, by_mistake = contacts.split_emails(row["site_web"], losses)
    address = places.address(
        losses,
        street=street,
        postcode=row["code_postal"],
        city=row["commune"],
        insee_code=code,
        latitude=row["latitude"],
        longitude=row["longitude"],
        code_is_sure=True,
    )
    hours, note = opening_hours(row["horaires_osm"], losses)
    content = StructureContent(
        name=line(row["nom"], losses) or "",
        address=address,
        phones=contacts.phones(row["telephone"], address.department, losses),
        emails=misplaced + by_mistake,
        websites=contacts.websites(site, losses),
        opening_hours=hours,
        opening_hours_note=note,
        services=_SERVICES,
    )
    return Read(code, content)


TOWN_HALLS = CsvFormat(
    title="town halls",
    publisher=MAIRIES,
    columns=frozenset({"code_insee", "nom", "adresse", "code_postal", "commune", "horaires_osm"}),
    read=_read,
)
