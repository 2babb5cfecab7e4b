"""data·inclusion v1: a JSON object with its structures and services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec

from libs.contracts import vocabulary
from libs.contracts.structure import Access, Email, Fee, Phone, Publics, Service, StructureContent
from libs.contracts.validation import SHORT
from services.directory.imports import contacts, places
from services.directory.imports.building import Read, day, draft
from services.directory.imports.drafts import Draft, Loss, Reject, UnreadableFile
from services.directory.imports.hours import opening_hours
from services.directory.imports.networks import network_of
from services.directory.imports.publishers import DATA_INCLUSION as PUBLISHER
from services.directory.imports.reading import opened
from services.directory.imports.text import fold, line, paragraphs

LARGEST = 64 * 1024 * 1024
"""Bytes of JSON that are read: unlike tables, they are held in memory."""


class _Structure(msgspec.Struct, kw_only=True):
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


class _Service(msgspec.Struct, kw_only=True):
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


class _Document(msgspec.Struct):
    structures: list[Any]
    services: list[Any] = []


# Several categories of ours share a theme: here stands the one that promises least.
_CATEGORIES = {
    "choisir-un-metier": "job_coaching",
    "creer-une-entreprise": "business_creation",
    "difficultes-administratives-ou-juridiques": "administrative_help",
    "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits": "information_desk",
    "difficultes-administratives-ou-juridiques--beneficier-dune-mesure-daccompagnement-adapte": "social_support",
    "difficultes-administratives-ou-juridiques--connaitre-ses-droits-face-a-une-discrimination": "legal_advice",
    "difficultes-administratives-ou-juridiques--prendre-en-compte-une-problematique-judiciaire": "legal_advice",
    "difficultes-financieres": "budget_advice",
    "equipement-et-alimentation--alimentation": "food_parcel",
    "equipement-et-alimentation--electromenager": "household_goods",
    "equipement-et-alimentation--habillement": "clothing",
    "famille": "parenting_support",
    "famille--garde-denfants": "childcare",
    "famille--surmonter-conflits-separation-violence": "violence_support",
    "lecture-ecriture-calcul": "literacy",
    "lecture-ecriture-calcul--maitriser-le-francais": "french_course",
    "logement-hebergement": "access_to_housing",
    "logement-hebergement--rechercher-une-solution-dhebergement-temporaire": "emergency_shelter",
    "logement-hebergement--reduire-les-impayes-de-loyer": "keeping_housing",
    "logement-hebergement--se-maintenir-dans-le-logement": "keeping_housing",
    "mobilite": "transport_help",
    "mobilite--acceder-a-un-vehicule": "vehicle_access",
    "mobilite--entretenir-reparer-son-vehicule": "vehicle_repair",
    "mobilite--preparer-un-permis": "driving_licence",
    "numerique--acceder-a-des-services-en-ligne": "digital_procedures",
    "numerique--acceder-a-une-connexion-internet": "internet_access",
    "numerique--acquerir-un-equipement": "digital_equipment",
    "numerique--maitriser-les-fondamentaux-du-numerique": "digital_basics",
    "preparer-sa-candidature": "job_coaching",
    "remobilisation--activites-sportives-et-culturelles": "culture",
    "remobilisation--benevolat-action-citoyenne": "volunteering",
    "remobilisation--bien-etre-confiance-en-soi": "wellbeing",
    "remobilisation--lien-social": "social_link",
    "sante--acces-aux-soins": "health_coverage",
    "sante--addictions": "addiction_care",
    "sante--constituer-un-dossier-mdph-invalidite": "disability_advice",
    "sante--sante-mentale": "mental_health",
    "sante--sante-sexuelle": "sexual_health",
    "se-former": "training",
    "souvrir-a-linternational": "job_coaching",
    "trouver-un-emploi": "job_coaching",
}

_PUBLICS = {
    "demandeurs-emploi": ("jobseekers",),
    "etudiants": ("students",),
    "familles": ("families",),
    "femmes": ("women",),
    "jeunes": ("young_adults",),
    "personnes-en-situation-de-handicap": ("disabled",),
    "personnes-en-situation-durgence": ("homeless",),
    "personnes-en-situation-juridique-specifique": ("prison_leavers",),
    "personnes-exilees": ("asylum_seekers", "refugees"),
    "seniors": ("seniors",),
}

# The few that we call otherwise.
_NETWORKS = {"france-service": "france-services", "mission-locale": "missions-locales"}

_LEFT_OUT = ("type", "zone_eligibilite", "modes_mobilisation", "modes_accueil")


class Structures:
    """The structures of a document with their services.

    `total` counts the structures, and the services that belong to none of them: these are rejected.
    """

    def __init__(self, document: _Document) -> None:
        self._structures = [_object(raw) for raw in document.structures]
        self._services: dict[str, list[dict[str, Any]]] = {}
        for raw in document.services:
            service = _object(raw)
            self._services.setdefault(_identifier(service, "structure_id"), []).append(service)
        owners = {_identifier(structure, "id") for structure in self._structures} - {""}
        self._orphans = [one for owner in self._services.keys() - owners for one in self._services[owner]]
        self.total = len(self._structures) + len(self._orphans)

    def drafts(self, retrieved_on: date | None) -> Iterator[Draft | Reject]:
        """Yield what each structure becomes, row 1 being the first; then the services of none."""
        for row, plain in enumerate(self._structures, start=1):
            try:
                structure = msgspec.convert(plain, _Structure)
            except msgspec.ValidationError as error:
                yield Reject(row=row, reason=f"Not a structure of data·inclusion: {error}.", raw=plain)
                continue
            losses: list[Loss] = []
            services: list[_Service] = []
            for one in self._services.get(structure.id, ()):
                try:
                    services.append(msgspec.convert(one, _Service))
                except msgspec.ValidationError as error:
                    losses.append(Loss("value refused", f"service {one.get('id')}: {error}"))
            read = _read(structure, services, losses)
            yield draft(row, read, losses, publisher=PUBLISHER, retrieved_on=retrieved_on, raw=plain)
        for row, plain in enumerate(self._orphans, start=len(self._structures) + 1):
            yield Reject(row=row, reason="The service belongs to no structure of the file.", raw=plain)


def load(path: Path) -> Structures:
    """Read a document whole.

    Raises:
        UnreadableFile: it is too large, no JSON, or not of this standard.
    """
    with opened(path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UnreadableFile(f"The JSON file holds more than {LARGEST // 1024**2} megabytes: cut it into parts.")
    try:
        content.decode()
        document = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=_Document)
    except UnicodeDecodeError:
        raise UnreadableFile("The JSON file is not in UTF-8: save it as UTF-8.") from None
    except msgspec.ValidationError as error:
        raise UnreadableFile(
            f"The JSON file is not data·inclusion (an object with lists “structures” and “services”): {error}."
        ) from None
    except msgspec.DecodeError as error:
        raise UnreadableFile(f"The JSON is broken: {error}.") from None
    if not document.structures:
        raise UnreadableFile("The JSON file holds no structure.")
    return Structures(document)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}  # pyright: ignore[reportUnknownVariableType] -- JSON


def _identifier(plain: dict[str, Any], name: str) -> str:
    value = plain.get(name)
    return value if isinstance(value, str) else ""


def _read(structure: _Structure, services: list[_Service], losses: list[Loss]) -> Read:
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
    return _NETWORKS.get(codes[0], codes[0])


def _services(service: _Service, structure: _Structure, losses: list[Loss]) -> list[Service]:
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
    hours, note = opening_hours(service.horaires_accueil, losses)
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


def _categories(service: _Service) -> list[str]:
    """Return the categories of a service: one that it is named like, else those of its themes."""
    themes = service.thematiques or []
    name = fold(service.nom)
    for category in vocabulary.categories().values():
        if fold(category.label_fr) == name and (category.data_inclusion is None or category.data_inclusion in themes):
            return [category.code]
    found = (_CATEGORIES.get(theme) or _CATEGORIES.get(theme.partition("--")[0]) for theme in themes)
    return list(dict.fromkeys(code for code in found if code is not None))


def _access(service: _Service, losses: list[Loss]) -> Access | None:
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


def _publics(service: _Service, losses: list[Loss]) -> Publics | None:
    listed = [code for code in service.publics or () if code != "tous-publics"]
    unknown = [code for code in listed if code not in _PUBLICS]
    losses.extend(Loss("public kept as text", code) for code in unknown)
    groups = tuple(sorted({group for code in listed for group in _PUBLICS.get(code, ())}))
    texts = (service.publics_precisions, ", ".join(code.replace("-", " ") for code in unknown))
    note = paragraphs("\n".join(text for text in texts if text), losses)
    # The standard says that one must belong to one of the publics listed.
    publics = Publics(welcome="exclusive" if groups and not unknown else "all", groups=groups, note=note)
    return None if publics == Publics() else publics
