"""France services desks, as the programme publishes its list: hours by weekday."""

from __future__ import annotations

from libs.contracts.structure import Access, Service, StructureContent
from libs.opening_hours import from_weekdays
from services.directory.imports import contacts, places
from services.directory.imports.building import Read, required
from services.directory.imports.drafts import Loss
from services.directory.imports.formats.base import CsvFormat, Row
from services.directory.imports.publishers import FRANCE_SERVICES as PUBLISHER
from services.directory.imports.text import fold, line, paragraphs

_WEEKDAYS = {
    "Mo": "h_lundi",
    "Tu": "h_mardi",
    "We": "h_mercredi",
    "Th": "h_jeudi",
    "Fr": "h_vendredi",
    "Sa": "h_samedi",
    "Su": "h_dimanche",
}

# What every desk offers by the charter of the programme: people are received, helped with paperwork, and
# with procedures online.
_SERVICES = tuple(
    Service(id=code, category=code) for code in ("france_services", "administrative_help", "digital_procedures")
)

_EMPTY_SLOT = "00:00 - 00:00"

_MOBILE = {"itinerante", "itinerant", "bus", "bus_equivalent"}


def _read(row: Row, losses: list[Loss]) -> Read:
    identifier = required(row, "id_fs")
    street, misplaced = contacts.split_emails(row["adresse"], losses)
    address = places.address(
        losses,
        street=street,
        complement=row["complement_adresse"],
        postcode=row["code_postal"],
        city=row["lib_com"],
        insee_code=row["insee_com"],
        latitude=row["latitude"],
        longitude=row["longitude"],
    )
    hours, note = _hours(row, losses)
    content = StructureContent(
        name=line(row["lib_fs"], losses) or "",
        description=_description(row, losses),
        kind="mobile" if fold(row["format_fs"]) in _MOBILE else "place",
        network="france-services",
        address=address,
        phones=contacts.phones(row["telephone"], address.department, losses),
        emails=contacts.emails(row["mail"], losses) + misplaced,
        opening_hours=hours,
        opening_hours_note=note,
        access=_access(row["prise_rdv"], losses),
        services=_SERVICES,
    )
    return Read(identifier, content)


def _hours(row: Row, losses: list[Loss]) -> tuple[str | None, str | None]:
    cells = {day: row[column] for day, column in _WEEKDAYS.items()}
    # The publisher's form writes a slot left empty as midnight to midnight.
    if any(_EMPTY_SLOT in cell for cell in cells.values()):
        losses.append(Loss("doubtful hours left out", _EMPTY_SLOT))
        cells = {day: " / ".join(_slots(cell)) for day, cell in cells.items()}
    hours = from_weekdays(cells)
    if hours is not None or not any(cell.strip() for cell in cells.values()):
        return hours, None
    text = " ; ".join(
        f"{column.removeprefix('h_')} {row[column].strip()}" for column in _WEEKDAYS.values() if row[column].strip()
    )
    losses.append(Loss("hours kept as text", text))
    return None, text


def _slots(cell: str) -> list[str]:
    return [slot for slot in (part.strip() for part in cell.split("/")) if slot != _EMPTY_SLOT]


def _access(appointment: str, losses: list[Loss]) -> Access:
    """Free by the charter. The column says whether one can make an appointment, not that one must."""
    match fold(appointment):
        case "non":
            return Access(fee="free", appointment=False)
        case "":
            return Access(fee="free")
        case "oui":
            losses.append(Loss("appointment kept as text", appointment))
            return Access(fee="free", note="Prise de rendez-vous possible.")
        case _:
            losses.append(Loss("appointment kept as text", appointment))
            return Access(fee="free", note=f"Rendez-vous : {appointment}")


def _description(row: Row, losses: list[Loss]) -> str | None:
    format_of_desk = fold(row["format_fs"])
    sentences = [paragraphs(row["commentaire"], losses)]
    if format_of_desk not in {"", "fixe", *_MOBILE}:
        sentences.append(f"Format : {row['format_fs'].replace('_', ' ').lower()}.")
    if fold(row["type_fs"]) == "antenne":
        sentences.append("Antenne d'un espace France services.")
    if group := line(row["groupe_fs"], losses):
        sentences.append(f"Groupe : {group}.")
    if label := line(row["labellisation_fs"], losses):
        sentences.append(f"{label.replace('labellisé ', 'labellisé France services le ')}.")
    return "\n".join(sentence for sentence in sentences if sentence) or None


FRANCE_SERVICES = CsvFormat(
    title="France services",
    publisher=PUBLISHER,
    columns=frozenset({"id_fs", "lib_fs", "adresse", "code_postal", "lib_com", "h_lundi", "format_fs"}),
    read=_read,
)
