"""A structure and its services in the schema of data·inclusion, version 1."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from libs.contracts import vocabulary
from libs.contracts.structure import Access, Address, Publics, Service, Structure
from services.directory.exports import PLATFORM

SOURCE = "relais"
SHORTEST_NAME, LONGEST_NAME = 3, 150
SHORTEST_TEXT, LONGEST_TEXT = 5, 10_000

EVERYBODY = "tous-publics"
_FEES = {"free": "gratuit", "membership": "payant", "paid": "payant"}
_EMAIL = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_RESERVED = {"test", "local", "localhost", "invalid", "onion", "arpa"}
_MUNICIPALITY = re.compile(r"\w{5}")

NETWORKS = {
    "banques-alimentaires": "banques-alimentaires",
    "ccas-cias": "ccas-cias",
    "croix-rouge": "croix-rouge",
    "emmaus": "emmaus",
    "france-services": "france-service",
    "missions-locales": "mission-locale",
    "restos-du-coeur": "restos-du-coeur",
    "secours-populaire": "secours-populaire",
}
"""Networks by our codes, as the schema calls them."""


class Lines(msgspec.Struct, frozen=True):
    """A structure as JSON, and its services as JSON objects separated by commas ("" when it has none)."""

    structure: str
    services: str


def lines_of(structure: Structure, informed_on: date) -> Lines:
    """Return what the export writes of a structure whose information dates from `informed_on`."""
    services = [_json(_service(structure, service, informed_on)) for service in structure.services]
    return Lines(_json(_structure(structure, informed_on)), ",".join(services))


def _structure(structure: Structure, informed_on: date) -> dict[str, Any]:
    network = NETWORKS.get(structure.network or "")
    return {
        "source": SOURCE,
        "id": _id(structure),
        "nom": _name(structure.name, structure.address.city),
        "date_maj": informed_on.isoformat(),
        "description": _text(structure.description),
        "lien_source": _link(structure),
        **_place(structure.address),
        **_contact(structure),
        "site_web": next((one.url for one in structure.websites if _is_exportable(one.url)), None),
        "horaires_accueil": structure.opening_hours,
        "reseaux_porteurs": [network] if network else None,
    }


def _service(structure: Structure, service: Service, informed_on: date) -> dict[str, Any]:
    category = vocabulary.categories().get(service.category)
    label = category.label_fr if category else service.category
    theme = category.data_inclusion if category else None
    access = service.access or structure.access
    contact = _contact(structure)
    return {
        "source": SOURCE,
        "structure_id": _id(structure),
        "id": f"{_id(structure)}:{service.id}",
        "nom": _name(service.name or label, structure.name),
        "description": _text(service.description) or f"{label} : {structure.name}",
        "lien_source": _link(structure),
        "date_maj": informed_on.isoformat(),
        "thematiques": [theme] if theme else None,
        "frais": _FEES.get(access.fee or ""),
        **_publics(service.publics or structure.publics),
        "conditions_acces": access.note,
        **_place(structure.address),
        **contact,
        "modes_accueil": ["en-presentiel"],
        "modes_mobilisation": _ways_in(access, contact) or None,
        "mobilisable_par": ["professionnels"] if access.referral else ["usagers", "professionnels"],
        "horaires_accueil": service.opening_hours or structure.opening_hours,
    }


def own_id(source: str | None, identifier: str) -> UUID | None:
    """Return the id of the structure that an exported row is about, None for a row of another publisher."""
    prefix, _, text = identifier.partition("--")
    try:
        return UUID(text) if source == prefix == SOURCE and text == str(UUID(text)) else None
    except ValueError:
        return None


def own_service_id(structure: str, service: str) -> str:
    """Return the id that a service has within the structure whose row has the id `structure`."""
    return service.removeprefix(f"{structure}:")


def _id(structure: Structure) -> str:
    return f"{SOURCE}--{structure.id}"


def _link(structure: Structure) -> str:
    return f"{PLATFORM}/structures/{structure.slug}"


def _name(name: str, context: str | None) -> str:
    name = name.strip()
    if not name.endswith("etc."):
        name = name.rstrip(".")
    if len(name) < SHORTEST_NAME:
        name = f"{name} ({context or SOURCE})"
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip(" .") + "…"


def _text(text: str | None) -> str | None:
    text = (text or "").strip()
    return text[:LONGEST_TEXT] if len(text) >= SHORTEST_TEXT else None


def _place(address: Address) -> dict[str, Any]:
    insee_code = address.insee_code
    return {
        "commune": address.city,
        "code_postal": address.postcode,
        "code_insee": insee_code if insee_code and _MUNICIPALITY.fullmatch(insee_code) else None,
        "adresse": address.street,
        "complement_adresse": address.complement,
        "longitude": address.longitude,
        "latitude": address.latitude,
    }


def _contact(structure: Structure) -> dict[str, str | None]:
    return {
        "telephone": structure.phones[0].number if structure.phones else None,
        "courriel": next((one.address for one in structure.emails if _is_mail(one.address)), None),
    }


def _ways_in(access: Access, contact: dict[str, str | None]) -> list[str]:
    ways = ["se-presenter"] if access.unconditional or access.appointment is False else []
    ways += ["telephoner"] if contact["telephone"] else []
    return ways + (["envoyer-un-courriel"] if contact["courriel"] else [])


def _publics(publics: Publics) -> dict[str, Any]:
    """Return the groups as the schema names them; everybody is eligible unless others are excluded."""
    terms = [term for code in publics.groups if (term := vocabulary.publics().get(code))]
    named = {term.data_inclusion for term in terms if term.data_inclusion} - {EVERYBODY}
    exclusive = publics.welcome == "exclusive" and bool(named)
    precisions = [publics.note, ", ".join(term.label_fr for term in terms), _ages(publics)]
    return {
        "publics": sorted(named) if exclusive else [EVERYBODY],
        "publics_precisions": "\n".join(text for text in precisions if text) or None,
    }


def _ages(publics: Publics) -> str | None:
    if publics.age_min is None and publics.age_max is None:
        return None
    youngest, oldest = publics.age_min or 0, publics.age_max
    return f"{youngest}-{oldest} ans" if oldest is not None else f"{youngest} ans et plus"


def _is_exportable(url: str) -> bool:
    """Whether the schema takes this web address; it is stricter than browsers."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and url.isascii() and parts.port != 0
    except ValueError:
        return False


def _is_mail(address: str) -> bool:
    """Whether the schema takes this e-mail address; it is stricter than mail servers."""
    local, _, domain = address.partition("@")
    return (
        len(local) <= 64
        and _EMAIL.fullmatch(address) is not None
        and all(len(label) <= 63 for label in domain.split("."))
        and domain.rsplit(".", 1)[-1].lower() not in _RESERVED
    )


def _json(fields: dict[str, Any]) -> str:
    return msgspec.json.encode({name: value for name, value in fields.items() if value is not None}).decode()
