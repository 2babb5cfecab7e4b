"""Rows are invented, in the shape of the published files."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from libs.contracts.structure import Access, Publics
from services.directory.imports import Draft, Loss, Reject, read_file

HEADERS = {
    "digital": "id,source,fichier,nom,commune,code_postal,code_insee,adresse,complement_adresse,latitude,longitude,"
    "telephone,courriel,site_web,typologie,services,publics_accueillis,conditions_acces,modalites_accompagnement,"
    "labels_nationaux,presentation_resume,horaires,prise_rdv,date_maj",
    "france_services": "id_fs,insee_dep,lib_fs,adresse,complement_adresse,insee_com,code_postal,lib_com,latitude,"
    "longitude,mail,telephone,h_lundi,h_mardi,h_mercredi,h_jeudi,h_vendredi,h_samedi,prise_rdv,commentaire,type_fs,"
    "format_fs,groupe_fs,labellisation_fs",
    "town_halls": "code_insee,nom,adresse,code_postal,commune,latitude,longitude,telephone,site_web,horaires_osm",
    "leaflet": "rank,section,name,address,postcode,phone,hours_text,opening_hours,note",
}
BASES = {
    "digital": {
        "id": "1",
        "source": "essai",
        "nom": "Espace numérique de Mende",
        "commune": "Mende",
        "code_postal": "48000",
        "adresse": "1 rue Basse",
        "latitude": "44.518",
        "longitude": "3.501",
        "services": "Prendre en main un ordinateur",
    },
    "france_services": {
        "id_fs": "7",
        "lib_fs": "France services de Mende",
        "adresse": "1 rue Basse",
        "code_postal": "48000",
        "lib_com": "Mende",
        "insee_com": "48095",
        "latitude": "44.518",
        "longitude": "3.501",
        "format_fs": "Fixe",
        "type_fs": "Principal",
    },
    "town_halls": {
        "code_insee": "48095",
        "nom": "Mairie de Mende",
        "adresse": "Place de Gaulle",
        "code_postal": "48005",
        "commune": "Mende Cedex",
        "latitude": "44.518",
        "longitude": "3.501",
        "horaires_osm": "Mo-Fr 09:00-12:00",
    },
    "leaflet": {
        "rank": "1",
        "section": "Restauration assise",
        "name": "Restaurant solidaire",
        "address": "1 rue X",
        "postcode": "75019",
        "phone": "0143438475",
        "hours_text": "lundi - dès 20h30",
        "opening_hours": "Mo 20:30+",
    },
}


def read(tmp_path: Path, kind: str, *rows: dict[str, str]) -> list[Draft | Reject]:
    path = tmp_path / "fichier.csv"
    header = HEADERS[kind].split(",")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows({**BASES[kind], **row} for row in rows)
    return list(read_file(path))


def draft(tmp_path: Path, kind: str, **cells: str) -> Draft:
    (result,) = read(tmp_path, kind, cells)
    assert isinstance(result, Draft), result
    return result


# Digital help --------------------------------------------------------------------------------------------


def test_a_place_of_digital_help(tmp_path: Path):
    result = draft(
        tmp_path,
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
def test_services_are_found_whatever_separates_them(tmp_path: Path, separator: str):
    labels = ["Créer avec le numérique", "Accéder à une connexion Internet", "S’équiper en matériel informatique"]
    result = draft(tmp_path, "digital", services=separator.join(labels))
    assert [service.category for service in result.content.services] == [
        "digital_making",
        "internet_access",
        "digital_equipment",
    ]
    assert result.losses == ()


def test_services_of_one_category_are_one(tmp_path: Path):
    labels = "Prendre en main un smartphone ou une tablette;Prendre en main un ordinateur;Cuisiner"
    result = draft(tmp_path, "digital", services=labels)
    (service,) = result.content.services
    assert service.description == "Prendre en main un smartphone ou une tablette ; Prendre en main un ordinateur"
    assert result.losses == (Loss("service without a category", "cuisiner"),)


def test_publics_and_what_is_lost_of_them(tmp_path: Path):
    text = (
        "Seniors (+65 ans) / Familles/ enfant / Jeunes (16/26 ans) / Déficiance visuelle / Handicaps moteurs / Martiens"
    )
    result = draft(tmp_path, "digital", publics_accueillis=text)
    groups = ("seniors", "families", "young_adults", "visually_impaired", "disabled")
    assert result.content.publics == Publics(welcome="preferential", groups=groups)
    assert set(result.losses) == {Loss("public broadened", "Handicaps moteurs"), Loss("public not known", "martiens")}
    women = draft(tmp_path, "digital", publics_accueillis="uniquement femmes")
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
def test_fees(tmp_path: Path, text: str, fee: str | None):
    result = draft(tmp_path, "digital", conditions_acces=text)
    assert result.content.access.fee == fee
    several = ";" in text
    assert (result.content.access.note is not None) == several
    assert [loss.kind for loss in result.losses] == ["fee kept as text"] * several


def test_labels_give_the_network_and_the_desk(tmp_path: Path):
    both = draft(tmp_path, "digital", labels_nationaux="CNFS;France Services")
    assert both.content.network == "france-services"
    assert [service.category for service in both.content.services] == ["france_services", "digital_basics"]
    assert both.content.description == "Labels : Conseillers numériques."
    assert both.losses == (Loss("label kept as text", "Conseillers numériques"),)
    unknown = draft(tmp_path, "digital", labels_nationaux="Point relais CAF")
    assert (unknown.content.network, unknown.content.description) == (None, "Labels : point relais caf.")
    assert draft(tmp_path, "digital", labels_nationaux="Aucun dispositif").losses == ()


def test_support_and_booking_are_kept(tmp_path: Path):
    result = draft(
        tmp_path,
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
    same = draft(tmp_path, "digital", site_web="https://example.org/", prise_rdv="https://example.org")
    assert [site.label for site in same.content.websites] == [None]


def test_an_email_in_the_street_field(tmp_path: Path):
    result = draft(tmp_path, "digital", adresse="contact@example.org")
    assert result.content.address.street is None
    assert [email.address for email in result.content.emails] == ["contact@example.org"]


def test_the_beginning_of_time_is_no_date(tmp_path: Path):
    result = draft(tmp_path, "digital", date_maj="1970-01-01")
    assert result.verified is None
    assert result.losses == (Loss("date not understood", "1970-01-01"),)


# France services -----------------------------------------------------------------------------------------


def test_a_france_services_desk(tmp_path: Path):
    hours = {f"h_{day}": "09:00 - 12:00 / 13:30 - 17:00" for day in ("lundi", "mardi", "mercredi", "jeudi")}
    result = draft(
        tmp_path,
        "france_services",
        **hours,
        h_vendredi="09:00 - 12:00",
        prise_rdv="Non",
        telephone="04 66 49 00 00",
        labellisation_fs="Espace labellisé 01/01/2020",
    )
    content = result.content
    assert (result.source.source, result.source.external_id) == ("france-services", "7")
    assert content.opening_hours == "Mo-Th 09:00-12:00,13:30-17:00; Fr 09:00-12:00"
    assert content.access == Access(fee="free", appointment=False)
    assert (content.kind, content.network) == ("place", "france-services")
    assert content.description == "Espace labellisé France services le 01/01/2020."
    assert {s.category for s in content.services} == {"france_services", "administrative_help", "digital_procedures"}
    assert result.losses == ()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("Itinérante", "mobile"), ("Bus_équivalent", "mobile"), ("Fixe", "place"), ("Multisites", "place")],
)
def test_buses_are_mobile(tmp_path: Path, kind: str, expected: str):
    assert draft(tmp_path, "france_services", format_fs=kind).content.kind == expected


def test_an_empty_slot_is_not_a_day_and_a_night(tmp_path: Path):
    result = draft(
        tmp_path,
        "france_services",
        h_lundi="00:00 - 00:00 / 09:00 - 12:00",
        h_mardi="00:00 - 00:00",
        h_jeudi="10:00 - 11:00",
    )
    assert result.content.opening_hours == "Mo 09:00-12:00; Th 10:00-11:00"
    assert [loss.kind for loss in result.losses] == ["doubtful hours left out"]
    assert draft(tmp_path, "france_services", h_lundi="00:00 - 00:00").content.opening_hours is None


def test_a_cell_that_is_not_understood_keeps_the_week_as_text(tmp_path: Path):
    result = draft(tmp_path, "france_services", h_lundi="09:00 - 12:00", h_mardi="matin")
    assert result.content.opening_hours is None
    assert result.content.opening_hours_note == "lundi 09:00 - 12:00 ; mardi matin"


# Town halls ----------------------------------------------------------------------------------------------


def test_a_town_hall(tmp_path: Path):
    result = draft(tmp_path, "town_halls", telephone="04 66 49 00 00", site_web="mairie@example.org")
    assert (result.source.source, result.source.external_id) == ("mairies", "48095")
    assert [service.category for service in result.content.services] == ["town_hall"]
    assert (result.content.address.insee_code, result.content.address.postcode) == ("48095", "48005")
    assert result.content.opening_hours == "Mo-Fr 09:00-12:00"
    assert [email.address for email in result.content.emails] == ["mairie@example.org"]


def test_a_town_hall_keeps_its_commune_wherever_its_post_is_delivered(tmp_path: Path):
    result = draft(tmp_path, "town_halls", code_postal="16000", commune="Angoulême")
    assert result.content.address.insee_code == "48095"
    assert result.content.address.city == "Angoulême"


# Leaflet -------------------------------------------------------------------------------------------------


def test_a_place_of_the_leaflet_bears_its_date(tmp_path: Path):
    result = draft(tmp_path, "leaflet", note="70 places")
    content = result.content
    assert (result.source.source, result.source.external_id) == ("leaflet-paris-2020", "1")
    assert result.source.retrieved_on == date(2020, 5, 6)
    assert result.verified is not None
    assert (result.verified.at.date(), result.verified.method) == (date(2020, 5, 6), "source")
    assert content.opening_hours == "Mo 20:30+"
    assert content.opening_hours_note == "Horaires imprimés le 6 mai 2020 : lundi - dès 20h30"
    assert content.description is not None
    assert "6 mai 2020" in content.description
    assert "70 places" in content.description
    assert (content.address.city, content.address.insee_code) == ("Paris", "75119")


def test_the_note_of_an_editor_is_no_part_of_the_leaflet(tmp_path: Path):
    note = "Same place as rank 25: the printed leaflet listed it twice"
    result = draft(tmp_path, "leaflet", note=note)
    assert result.content.description == draft(tmp_path, "leaflet", note="").content.description
    assert ("detail left out", note) in result.losses


@pytest.mark.parametrize(
    ("section", "category", "referral"),
    [
        ("Restauration assise", "seated_meal", None),
        ("Colis alimentaire", "food_parcel", None),
        ("Épicerie sociale (sur orientation)", "social_grocery", True),
        ("Petits déjeuners", "breakfast", None),
    ],
)
def test_sections_of_the_leaflet(tmp_path: Path, section: str, category: str, referral: object):
    content = draft(tmp_path, "leaflet", section=section).content
    assert [service.category for service in content.services] == [category]
    assert content.access.referral is referral


# Rows that give nothing, or lose a value -----------------------------------------------------------------


def test_rows_without_a_name_or_an_id_are_rejected_with_a_reason(tmp_path: Path):
    results = read(tmp_path, "digital", {"nom": " "}, {"id": ""}, {"id": "3"}, {"id": "3", "nom": "Un autre"})
    reasons = [result.reason if isinstance(result, Reject) else None for result in results]
    assert reasons == [
        "The place has no name.",
        "The column id, which identifies the row, is empty.",
        None,
        "The identifier essai:3 already stands at row 4.",
    ]
    assert [result.row for result in results] == [2, 3, 4, 5]
    assert isinstance(results[0], Reject)
    assert results[0].raw["adresse"] == "1 rue Basse"


def test_a_value_that_breaks_a_rule_is_dropped_alone(tmp_path: Path):
    many = ";".join(f"https://example.org/{n}" for n in range(250))
    result = draft(tmp_path, "digital", site_web=many, telephone="0466490000")
    assert result.content.websites == ()
    assert [phone.number for phone in result.content.phones] == ["+33466490000"]
    assert [loss.kind for loss in result.losses] == ["value refused"]


def test_columns_in_another_order_beside_others_and_missing_ones(tmp_path: Path):
    path = tmp_path / "export.txt"
    path.write_text(
        "\ufeffhoraires_osm;commune;adresse;nom;code_insee;code_postal;autre\n"
        "Mo 09:00-12:00;Mende;;Mairie de Mende;48095;48000;x\n",
        encoding="utf-8",
    )
    (result,) = read_file(path, retrieved_on=date(2026, 11, 1))
    assert isinstance(result, Draft)
    assert result.content.opening_hours == "Mo 09:00-12:00"
    assert result.source.retrieved_on == date(2026, 11, 1)
    assert [loss.kind for loss in result.losses] == ["coordinates from the commune"]
