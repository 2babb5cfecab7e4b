"""Places of digital help, as the national map of them is published."""

from __future__ import annotations

from typing import cast

from libs.contracts.structure import Access, Fee, Publics, Service, StructureContent
from services.directory.imports import contacts, places
from services.directory.imports.building import Read, day, required
from services.directory.imports.drafts import Loss
from services.directory.imports.formats.base import CsvFormat, Row
from services.directory.imports.hours import opening_hours
from services.directory.imports.networks import network_of
from services.directory.imports.publishers import MEDIATION_NUMERIQUE
from services.directory.imports.terms import Lexicon, Term
from services.directory.imports.text import line, paragraphs

_SERVICES = Lexicon(
    [
        Term("Prendre en main un smartphone ou une tablette", "digital_basics"),
        Term("Prendre en main un ordinateur", "digital_basics"),
        Term(
            "Découvrir les usages de base du numérique",
            "digital_basics",
            r"decouvrir les usages de base du numerique(?:: \[[^\]]*\])?",
        ),
        Term("Utiliser le numérique au quotidien", "digital_everyday"),
        Term("Maîtrise des outils numériques du quotidien", "digital_everyday"),
        Term(
            "Devenir autonome dans les démarches administratives",
            "digital_procedures",
            r"devenir autonome dans les demarches (?:\+v2:v15)?administratives",
        ),
        Term(
            "Réaliser des démarches administratives avec un accompagnement",
            "administrative_help",
            r"realiser des demarches administratives avec un accompagnement?",
        ),
        Term("Aide aux démarches administratives", "administrative_help"),
        Term("Accompagner les démarches de santé", "digital_health"),
        Term("Promouvoir la citoyenneté numérique", "digital_citizenship"),
        Term("Approfondir ma culture numérique", "digital_citizenship"),
        Term("Compréhension du monde numérique", "digital_citizenship"),
        Term("Créer avec le numérique", "digital_making"),
        Term("Loisirs et créations numériques", "digital_making"),
        Term("Accéder à une connexion internet", "internet_access"),
        Term("Accès internet et matériel informatique", "internet_access"),
        Term("Accéder à du matériel", "computer_access", r"acceder a du materiel?"),
        Term("S'équiper en matériel informatique", "digital_equipment"),
        Term("Favoriser mon insertion professionnelle", "job_coaching"),
        Term("Insertion professionnelle via le numérique", "job_coaching"),
        Term("Créer et développer mon entreprise", "business_creation"),
        Term("Soutenir la parentalité et l'éducation avec le numérique", "parenting_support"),
    ]
)

_PUBLICS = Lexicon(
    [
        Term("Jeunes (16-26 ans)", "young_adults", r"jeunes(?: \(16[-/]26 ans\))?"),
        Term("Seniors (+ 65 ans)", "seniors", r"seniors(?: \(\+ ?65 ans\))?"),
        Term("Familles/enfants", "families", r"familles ?(?:/ ?|et/ou )?(?:enfants?)?|enfants?"),
        Term("Adultes", "adults"),
        Term("Uniquement femmes", "women"),
        Term("Personnes en situation d'illettrisme", "illiterate", r"(?:personnes en situation d')?illettrisme"),
        Term("Public langues étrangères", "foreign_language"),
        Term("Surdité", "deaf"),
        Term("Déficience visuelle", "visually_impaired", r"defici[ea]nce visuelle"),
        Term(
            "Handicaps mentaux",
            "disabled",
            r"handicaps mentaux(?: : deficiences limitant les activites d'une personne)?",
        ),
        Term(
            "Handicaps psychiques",
            "disabled",
            r"handicaps psychiques(?: : troubles psychiatriques donnant lieu a des atteintes comportementales)?",
        ),
        Term("Handicaps moteurs", "disabled"),
    ]
)
_BROADENED = {"Handicaps mentaux", "Handicaps psychiques", "Handicaps moteurs"}

_FEES = Lexicon(
    [
        Term("Gratuit sous condition", "conditional", r"gratuit sous condition(?: : [^;/]*)?"),
        Term("Gratuit", "free", r"gratuit(?: : je peux acceder gratuitement au lieu et a ses services)?"),
        Term("Adhésion", "membership", r"adhesion(?: : l'acces au lieu et/ou a ses services necessite d'y adherer)?"),
        Term("Payant", "paid", r"payant(?: : l'acces au lieu et/ou a ses services est payant)?"),
        Term("Accepte le Pass numérique", None, r"accepte le pass numerique(?: : [^;/]*)?"),
    ]
)

_SUPPORT = Lexicon(
    [
        Term("seul", "alone", r"seul : j'ai acces a du materiel et une connexion|en autonomie"),
        Term(
            "avec de l'aide",
            "helped",
            r"avec de l'aide : je suis accompagne seul dans l'usage du numerique|accompagnement individuel",
        ),
        Term(
            "dans un atelier collectif",
            "workshop",
            r"dans un atelier : j'apprends collectivement a utiliser le numerique|dans un atelier collectif",
        ),
        Term(
            "par une personne habilitée à faire les démarches à votre place",
            "for_you",
            r"a ma place : une personne habilitee fait les demarches a ma place",
        ),
    ]
)

_LABELS = Lexicon(
    [
        Term("Aucun dispositif", None, r"aucun dispositif(?:, projet de creation de maison france service)?"),
        Term("France services", "france-services", r"(?:maison )?france services?"),
        Term("Aidants Connect", "aidants-connect"),
        Term("Conseillers numériques", "conseillers-numeriques", r"cnfs|conseillers? numeriques?"),
        Term("UNCCAS", "ccas-cias"),
    ]
)
# A place has one network: the first of these that it is labelled with.
_NETWORKS = ("france-services", "ccas-cias", "aidants-connect", "conseillers-numeriques")


def _read(row: Row, losses: list[Loss]) -> Read:
    identifier = f"{required(row, 'source')}:{required(row, 'id')}"
    street, misplaced = contacts.split_emails(row["adresse"], losses)
    site, by_mistake = contacts.split_emails(row["site_web"], losses)
    address = places.address(
        losses,
        street=street,
        complement=row["complement_adresse"],
        postcode=row["code_postal"],
        city=row["commune"],
        insee_code=row["code_insee"],
        latitude=row["latitude"],
        longitude=row["longitude"],
    )
    hours, note = opening_hours(row["horaires"], losses)
    name = line(row["nom"], losses) or ""
    network, labels, has_desk = _labels(row["labels_nationaux"], losses)
    if row["typologie"].strip():
        losses.append(Loss("type of structure left out", row["typologie"]))
    websites = contacts.websites(site, losses)
    booking = contacts.websites(row["prise_rdv"], losses, label="Prise de rendez-vous")
    known = {website.url.rstrip("/") for website in websites}
    content = StructureContent(
        name=name,
        description="\n".join(filter(None, (paragraphs(row["presentation_resume"], losses), labels))) or None,
        network=network or network_of(name),
        address=address,
        phones=contacts.phones(row["telephone"], address.department, losses),
        emails=tuple(dict.fromkeys(contacts.emails(row["courriel"], losses) + misplaced + by_mistake)),
        websites=websites + tuple(website for website in booking if website.url.rstrip("/") not in known),
        opening_hours=hours,
        opening_hours_note=note,
        access=_access(row, losses),
        publics=_publics(row["publics_accueillis"], losses),
        services=_services(row["services"], losses, has_desk=has_desk),
    )
    return Read(identifier, content, verified_on=day(row["date_maj"], losses))


def _services(text: str, losses: list[Loss], *, has_desk: bool) -> tuple[Service, ...]:
    """Return a service for each of our categories; its description keeps the publisher's own words."""
    found = _SERVICES.find(text)
    losses.extend(Loss("service without a category", piece) for piece in found.unknown)
    words: dict[str, list[str]] = {"france_services": []} if has_desk else {}
    for term in found.terms:
        if term.code is not None:
            words.setdefault(term.code, []).append(term.label)
    return tuple(
        Service(id=category, category=category, description=" ; ".join(labels) or None)
        for category, labels in words.items()
    )


def _publics(text: str, losses: list[Loss]) -> Publics:
    found = _PUBLICS.find(text)
    losses.extend(Loss("public not known", piece) for piece in found.unknown)
    losses.extend(Loss("public broadened", term.label) for term in found.terms if term.label in _BROADENED)
    groups = tuple(dict.fromkeys(term.code for term in found.terms if term.code is not None))
    if groups == ("women",):
        return Publics(welcome="exclusive", groups=groups)
    # The publisher lists whom a place is prepared for; it does not turn others away.
    return Publics(welcome="preferential", groups=groups) if groups else Publics()


def _access(row: Row, losses: list[Loss]) -> Access:
    fees = _FEES.find(row["conditions_acces"])
    codes = [term.code for term in fees.terms if term.code is not None]
    notes: list[str] = []
    if len(fees.terms) > 1 or len(codes) < len(fees.terms) or fees.unknown:
        notes.append(
            f"Conditions d'accès : {', '.join([*(term.label.lower() for term in fees.terms), *fees.unknown])}."
        )
        losses.append(Loss("fee kept as text", row["conditions_acces"]))
    support = _SUPPORT.find(row["modalites_accompagnement"])
    if support.terms or support.unknown:
        notes.append(f"Accompagnement : {', '.join([*(term.label for term in support.terms), *support.unknown])}.")
        losses.append(Loss("support kept as text", row["modalites_accompagnement"]))
    fee = codes[0] if len(codes) == 1 else "conditional" if codes else None
    return Access(fee=cast("Fee | None", fee), note="\n".join(notes) or None)


def _labels(text: str, losses: list[Loss]) -> tuple[str | None, str | None, bool]:
    """Return the network, a sentence with the labels it leaves aside, and whether this is a France services desk."""
    found = _LABELS.find(text)
    codes = {term.code: term.label for term in found.terms if term.code is not None}
    network = next((code for code in _NETWORKS if code in codes), None)
    others = [*(label for code, label in codes.items() if code != network), *found.unknown]
    if others:
        losses.append(Loss("label kept as text", ", ".join(others)))
    return network, f"Labels : {', '.join(others)}." if others else None, "france-services" in codes


DIGITAL_HELP = CsvFormat(
    title="digital help",
    publisher=MEDIATION_NUMERIQUE,
    columns=frozenset({"id", "source", "nom", "commune", "code_postal", "services", "horaires", "labels_nationaux"}),
    read=_read,
)
