"""A structure of data·inclusion and its services, read into a content of ours."""

from __future__ import annotations

from typing import Literal

import msgspec

from libs.contracts import vocabulary
from libs.contracts.structure import Access, Email, Fee, Phone, Publics, Service, StructureContent
from libs.contracts.validation import SHORT
from services.directory.imports import contacts, places
from services.directory.imports.building import Read, day
from services.directory.imports.data_inclusion import terms
from services.directory.imports.drafts import Loss
from services.directory.imports.hours import opening_hours
from services.directory.imports.networks import network_of
from services.directory.imports.text import fold, line, paragraphs


class PublishedStructure(msgspec.Struct, kw_only=True):
    """A structure, with the fields of the standard that we read."""

    source: str | None = None
    id: str
    nom: str
    date_maj: str | None = None
    description: str | None = None
    lien_source: str | None = None
    commune: str | None = None
    code_postal: str | None = None
    code_insee: str | None = None
    adresse: str | None = None
    complement_adresse: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    telephone: str | None = None
    courriel: str | None = None
    site_web: str | None = None
    horaires_accueil: str | None = None
    accessibilite_lieu: str | None = None
    reseaux_porteurs: list[str] | None = None


class PublishedService(msgspec.Struct, kw_only=True):
    """A service, likewise."""

    id: str
    structure_id: str
    nom: str
    description: str | None = None
    thematiques: list[str] | None = None
    type: str | None = None
    frais: str | None = None
    frais_precisions: str | None = None
    publics: list[str] | None = None
    publics_precisions: str | None = None
    conditions_acces: str | None = None
    adresse: str | None = None
    telephone: str | None = None
    courriel: str | None = None
    modes_accueil: list[str] | None = None
    zone_eligibilite: list[str] | None = None
    contact_nom_prenom: str | None = None
    lien_mobilisation: str | None = None
    modes_mobilisation: list[str] | None = None
    mobilisable_par: list[str] | None = None
    mobilisation_precisions: str | None = None
    horaires_accueil: str | None = None


_LEFT_OUT = ("type", "zone_eligibilite", "modes_mobilisation", "modes_accueil")


def read_structure(structure: PublishedStructure, services: list[PublishedService], losses: list[Loss]) -> Read:
    """Return what a structure with these services comes to, each loss counted."""
    address = places.address(
        losses,
        street=structure.adresse,
        complement=structure.complement_adresse,
        postcode=structure.code_postal,
        city=structure.commune,
        insee_code=structure.code_insee,
        latitude=structure.latitude,
        longitude=structure.longitude,
    )
    hours, note = opening_hours(structure.horaires_accueil, losses)
    phones = list(contacts.phones(structure.telephone, address.department, losses))
    emails = list(contacts.emails(structure.courriel, losses))
    for service in services:
        label = line(service.nom, losses, longest=SHORT)
        known = {phone.number for phone in phones} | {email.address for email in emails}
        more_phones = contacts.phones(service.telephone, address.department, losses)
        more_emails = contacts.emails(service.courriel, losses)
        phones.extend(Phone(number=one.number, label=label) for one in more_phones if one.number not in known)
        emails.extend(Email(address=one.address, label=label) for one in more_emails if one.address not in known)
    name = line(structure.nom, losses) or ""
    content = StructureContent(
        name=name,
        description=paragraphs(structure.description, losses),
        network=_network(structure.reseaux_porteurs, losses) or network_of(name),
        address=address,
        phones=tuple(phones),
        emails=tuple(emails),
        websites=contacts.websites(structure.site_web, losses),
        opening_hours=hours,
        opening_hours_note=note,
        services=tuple(one for service in services for one in _services(service, structure, losses)),
    )
    if structure.accessibilite_lieu:
        losses.append(Loss("detail left out", structure.accessibilite_lieu))
    return Read(structure.id, content, verified_on=day(structure.date_maj, losses), url=structure.lien_source)


def _network(codes: list[str] | None, losses: list[Loss]) -> str | None:
    if not codes:
        return None
    losses.extend(Loss("network not kept", code) for code in codes[1:])
    return terms.NETWORKS.get(codes[0], codes[0])


def _services(service: PublishedService, structure: PublishedStructure, losses: list[Loss]) -> list[Service]:
    """Return a service for each category that the themes of a published service come to."""
    categories = _categories(service)
    if not categories:
        losses.append(Loss("service without a category", service.nom))
        return []
    left_out = {name: getattr(service, name) for name in _LEFT_OUT}
    losses.extend(Loss("detail left out", f"{name}: {value}") for name, value in left_out.items() if value)
    if service.contact_nom_prenom:
        losses.append(Loss("contact person left out", service.id))
    if service.adresse and service.adresse != structure.adresse:
        losses.append(Loss("detail left out", f"adresse: {service.adresse}"))
    # The hours of the place itself are those of a service that says no other: they are not to be kept twice.
    own_hours = None if service.horaires_accueil == structure.horaires_accueil else service.horaires_accueil
    hours, note = opening_hours(own_hours, losses)
    description = "\n".join(
        filter(
            None,
            (
                paragraphs(service.description, losses),
                paragraphs(service.mobilisation_precisions, losses),
                service.lien_mobilisation,
                note and f"Horaires : {note}",
            ),
        )
    )
    first = Service(
        id=service.id,
        category=categories[0],
        name=line(service.nom, losses),
        description=description or None,
        opening_hours=hours,
        access=_access(service, losses),
        publics=_publics(service, losses),
    )
    return [
        first,
        *(msgspec.structs.replace(first, id=f"{service.id}--{code}", category=code) for code in categories[1:]),
    ]


def _categories(service: PublishedService) -> list[str]:
    """Return the categories of a service: one that it is named like, else those of its themes."""
    themes = service.thematiques or []
    name = fold(service.nom)
    for category in vocabulary.categories().values():
        if fold(category.label_fr) == name and (category.data_inclusion is None or category.data_inclusion in themes):
            return [category.code]
    found = (terms.CATEGORIES.get(theme) or terms.CATEGORIES.get(theme.partition("--")[0]) for theme in themes)
    return list(dict.fromkeys(code for code in found if code is not None))


def _access(service: PublishedService, losses: list[Loss]) -> Access | None:
    fees: dict[str | None, Literal["free", "paid"]] = {"gratuit": "free", "payant": "paid"}
    fee: Fee | None = fees.get(service.frais)
    if service.frais and fee is None:
        losses.append(Loss("fee kept as text", service.frais))
    unknown_fee = service.frais if fee is None else None
    texts = (unknown_fee, service.frais_precisions, service.conditions_acces)
    note = paragraphs("\n".join(text for text in texts if text), losses)
    referral = True if set(service.mobilisable_par or ()) == {"professionnels"} else None
    access = Access(fee=fee, note=note, referral=referral)
    return None if access == Access() else access


def _publics(service: PublishedService, losses: list[Loss]) -> Publics | None:
    listed = [code for code in service.publics or () if code != "tous-publics"]
    unknown = [code for code in listed if code not in terms.PUBLICS]
    losses.extend(Loss("public kept as text", code) for code in unknown)
    groups = tuple(sorted({group for code in listed for group in terms.PUBLICS.get(code, ())}))
    texts = (service.publics_precisions, ", ".join(code.replace("-", " ") for code in unknown))
    note = paragraphs("\n".join(text for text in texts if text), losses)
    # The standard says that one must belong to one of the publics listed.
    publics = Publics(welcome="exclusive" if groups and not unknown else "all", groups=groups, note=note)
    return None if publics == Publics() else publics
