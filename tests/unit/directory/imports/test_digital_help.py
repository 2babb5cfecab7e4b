"""Rows of the digital-help file: services, publics, fees, labels and contacts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from libs.contracts.structure import Access, Publics
from services.directory.imports import Loss

if TYPE_CHECKING:
    from conftest import Files


def test_a_place_of_digital_help(files: Files):
    result = files.draft(
        "digital",
        services="Prendre en main un ordinateur;Accéder à du matériel",
        conditions_acces="Gratuit : Je peux accéder gratuitement au lieu et à ses services",
        telephone="+33466490000",
        horaires="Mo-Fr 09:00-12:00",
        date_maj="2023-02-01",
    )
    content = result.content
    assert (result.row, result.losses) == (2, ())
    assert (result.source.source, result.source.external_id) == ("mediation-numerique", "essai:1")
    assert result.source.licence == "etalab-2.0"
    assert result.verified is not None
    assert (result.verified.at, result.verified.method) == (datetime(2023, 2, 1, tzinfo=UTC), "source")
    assert content.name == "Espace numérique de Mende"
    assert (content.address.insee_code, content.address.precision) == ("48095", "address")
    assert [phone.number for phone in content.phones] == ["+33466490000"]
    assert content.access == Access(fee="free")
    assert [(s.id, s.category, s.description) for s in content.services] == [
        ("digital_basics", "digital_basics", "Prendre en main un ordinateur"),
        ("computer_access", "computer_access", "Accéder à du matériel"),
    ]


@pytest.mark.parametrize("separator", [";", " / ", "/ ", "\n", " "])
def test_services_are_found_whatever_separates_them(files: Files, separator: str):
    labels = ["Créer avec le numérique", "Accéder à une connexion Internet", "S’équiper en matériel informatique"]
    result = files.draft("digital", services=separator.join(labels))
    assert [service.category for service in result.content.services] == [
        "digital_making",
        "internet_access",
        "digital_equipment",
    ]
    assert result.losses == ()


def test_services_of_one_category_are_one(files: Files):
    labels = "Prendre en main un smartphone ou une tablette;Prendre en main un ordinateur;Cuisiner"
    result = files.draft("digital", services=labels)
    (service,) = result.content.services
    assert service.description == "Prendre en main un smartphone ou une tablette ; Prendre en main un ordinateur"
    assert result.losses == (Loss("service without a category", "cuisiner"),)


def test_publics_and_what_is_lost_of_them(files: Files):
    text = (
        "Seniors (+65 ans) / Familles/ enfant / Jeunes (16/26 ans) / Déficiance visuelle / Handicaps moteurs / Martiens"
    )
    result = files.draft("digital", publics_accueillis=text)
    groups = ("seniors", "families", "young_adults", "visually_impaired", "disabled")
    assert result.content.publics == Publics(welcome="preferential", groups=groups)
    assert set(result.losses) == {Loss("public broadened", "Handicaps moteurs"), Loss("public not known", "martiens")}
    women = files.draft("digital", publics_accueillis="uniquement femmes")
    assert women.content.publics == Publics(welcome="exclusive", groups=("women",))


@pytest.mark.parametrize(
    ("text", "fee"),
    [
        ("", None),
        ("Gratuit", "free"),
        (
            "Gratuit sous condition : La gratuité est conditionnée à des critères (situation familiale...)",
            "conditional",
        ),
        ("Adhésion : L’accès au lieu et/ou à ses services nécessite d’y adhérer", "membership"),
        ("Payant : L'accès au lieu et/ou à ses services est payant", "paid"),
        ("Gratuit : Je peux accéder gratuitement au lieu et à ses services;Adhésion : L'accès au lieu", "conditional"),
    ],
)
def test_fees(files: Files, text: str, fee: str | None):
    result = files.draft("digital", conditions_acces=text)
    assert result.content.access.fee == fee
    several = ";" in text
    assert (result.content.access.note is not None) == several
    assert [loss.kind for loss in result.losses] == ["fee kept as text"] * several


def test_labels_give_the_network_and_the_desk(files: Files):
    both = files.draft("digital", labels_nationaux="CNFS;France Services")
    assert both.content.network == "france-services"
    assert [service.category for service in both.content.services] == ["france_services", "digital_basics"]
    assert both.content.description == "Labels : Conseillers numériques."
    assert both.losses == (Loss("label kept as text", "Conseillers numériques"),)
    unknown = files.draft("digital", labels_nationaux="Point relais CAF")
    assert (unknown.content.network, unknown.content.description) == (None, "Labels : point relais caf.")
    assert files.draft("digital", labels_nationaux="Aucun dispositif").losses == ()


def test_support_and_booking_are_kept(files: Files):
    result = files.draft(
        "digital",
        modalites_accompagnement="Seul : j’ai accès à du matériel et une connexion / "
        "A ma place : une personne habilitée fait les démarches à ma place.",
        site_web="https://example.org/",
        prise_rdv="https://rdv.example.org/1",
    )
    assert result.content.access.note == (
        "Accompagnement : seul, par une personne habilitée à faire les démarches à votre place."
    )
    assert [(site.url, site.label) for site in result.content.websites] == [
        ("https://example.org/", None),
        ("https://rdv.example.org/1", "Prise de rendez-vous"),
    ]
    same = files.draft("digital", site_web="https://example.org/", prise_rdv="https://example.org")
    assert [site.label for site in same.content.websites] == [None]


def test_an_email_in_the_street_field(files: Files):
    result = files.draft("digital", adresse="contact@example.org")
    assert result.content.address.street is None
    assert [email.address for email in result.content.emails] == ["contact@example.org"]


def test_the_beginning_of_time_is_no_date(files: Files):
    result = files.draft("digital", date_maj="1970-01-01")
    assert result.verified is None
    assert result.losses == (Loss("date not understood", "1970-01-01"),)
