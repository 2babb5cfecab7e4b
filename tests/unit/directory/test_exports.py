"""Lines of the exports: columns, guard against formulas, and what the schema of data·inclusion takes."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import pytest
from data_inclusion.schema.v1 import Public, ReseauPorteur, Thematique
from data_inclusion.schema.v1 import Service as SchemaService
from data_inclusion.schema.v1 import Structure as SchemaStructure

from libs.contracts import vocabulary
from libs.contracts.structure import (
    Access,
    Address,
    Email,
    Override,
    Phone,
    Publics,
    Service,
    Source,
    Structure,
    Verification,
    Website,
)
from services.directory.exports import data_inclusion, table
from services.directory.exports.freshness import informed_on

# Invented place.
PLACE = Structure(
    id=UUID("01900000-0000-7000-8000-000000000001"),
    slug="le-repas-mende",
    version=3,
    name='Le "Repas", d\'ici',
    description="Repas chauds\net café",
    network="restos-du-coeur",
    address=Address(
        street="3 rue des Essais",
        postcode="48000",
        city="Mende",
        insee_code="48095",
        department="48",
        latitude=-21.1,
        longitude=55.2,
        precision="address",
    ),
    phones=(Phone(number="+33466000001"), Phone(number="3949")),
    emails=(Email(address="accueil@example.org"),),
    websites=(Website(url="https://example.org/"),),
    opening_hours="Mo-Fr 11:30-14:00",
    overrides=(Override(id="x", kind="closure", starts_on=date(2026, 8, 1), ends_on=date(2026, 8, 15), reason="été"),),
    access=Access(fee="free", unconditional=True),
    publics=Publics(welcome="exclusive", groups=("women", "families"), age_min=18),
    services=(Service(id="a", category="seated_meal"), Service(id="b", category="shower", name="X")),
    sources=(Source(source="mairies", external_id="48095", licence="etalab-2.0", retrieved_on=date(2026, 1, 2)),),
    created_at=datetime(2026, 1, 2, tzinfo=UTC),
    updated_at=datetime(2026, 2, 3, tzinfo=UTC),
)


def row_of(structure: Structure) -> dict[str, str]:
    [row] = csv.DictReader(io.StringIO(table.header() + table.line_of(structure), newline=""))
    return row


def changed(**changes: object) -> Structure:
    return msgspec.structs.replace(PLACE, **changes)


def test_a_line_is_read_back_whole_by_any_csv_reader():
    row = row_of(PLACE)
    assert row["name"] == PLACE.name
    assert row["description"] == PLACE.description
    assert row["latitude"] == "-21.1"
    assert row["services"] == "seated_meal | shower"
    assert row["unconditional"] == "true"
    assert row["appointment"] == ""
    assert row["phones"] == "04 66 00 00 01 | 3949"
    assert row["sources"] == "mairies:48095"
    assert table.line_of(PLACE).endswith("\r\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_cell_starts_a_formula(start: str):
    typed = f"{start}HYPERLINK(1)"
    row = row_of(changed(name=typed, description=typed, access=Access(note=typed), opening_hours_note=typed))
    for column in ("name", "description", "access_note", "opening_hours_note"):
        assert row[column] == f"'{typed}"


def test_a_foreign_number_does_not_start_a_formula_either():
    assert not row_of(changed(phones=(Phone(number="+262692000001"),)))["phones"].startswith("+")


def exported(structure: Structure) -> tuple[SchemaStructure, list[SchemaService]]:
    lines = data_inclusion.lines_of(structure, date(2026, 2, 3))
    services = json.loads(f"[{lines.services}]")
    return SchemaStructure.model_validate_json(lines.structure), [SchemaService.model_validate(one) for one in services]


def test_a_structure_and_its_services_are_what_the_schema_takes():
    structure, services = exported(PLACE)
    assert structure.source == "relais"
    assert structure.id == f"relais--{PLACE.id}"
    assert str(structure.lien_source) == "https://relais.invalid/structures/le-repas-mende"
    assert structure.horaires_accueil == PLACE.opening_hours
    assert structure.telephone == "+33466000001"
    meal, shower = services
    assert meal.structure_id == structure.id
    assert meal.thematiques == {Thematique.EQUIPEMENT_ET_ALIMENTATION__ALIMENTATION}
    assert meal.nom == "Restauration assise"
    assert meal.publics == {Public.FEMMES, Public.FAMILLES}
    assert meal.publics_precisions == "Femmes, Familles\n18 ans et plus"
    assert (meal.frais or "") == "gratuit"
    assert shower.thematiques is None
    assert len(shower.nom) >= 3


@pytest.mark.parametrize("name", ["A", "AB.", "Accueil de jour.", "x" * 300, "Repas, douches, etc."])
def test_any_name_becomes_one_the_schema_takes(name: str):
    structure, _ = exported(changed(name=name))
    assert structure.nom.endswith("etc.") or not structure.nom.endswith(".")


@pytest.mark.parametrize(
    "address", ["a..b@example.org", "é@example.org", "a@example.test", "a@exa_mple.org", "a@b-.org"]
)
def test_an_address_that_the_schema_refuses_is_left_out(address: str):
    assert exported(changed(emails=(Email(address=address),)))[0].courriel is None


@pytest.mark.parametrize("url", ["https://é.example.org/", "http://example.org:99999/"])
def test_a_web_address_that_the_schema_refuses_is_left_out(url: str):
    assert exported(changed(websites=(Website(url=url),)))[0].site_web is None


def test_those_who_are_merely_first_do_not_exclude_others():
    _, services = exported(changed(publics=Publics(welcome="preferential", groups=("women",))))
    assert services[0].publics == {Public.TOUS_PUBLICS}
    assert services[0].publics_precisions == "Femmes"


@pytest.mark.parametrize("code", vocabulary.categories())
def test_every_category_makes_a_service_of_the_schema(code: str):
    _, [service] = exported(changed(services=(Service(id="s", category=code),)))
    assert service.nom == vocabulary.categories()[code].label_fr


@pytest.mark.parametrize("code", vocabulary.publics())
@pytest.mark.parametrize("welcome", ["all", "preferential", "exclusive"])
def test_every_public_makes_a_service_of_the_schema(code: str, welcome: str):
    exported(changed(publics=Publics(welcome=welcome, groups=(code, "women"))))


def test_every_network_is_one_of_the_schema():
    assert set(data_inclusion.NETWORKS.values()) <= {network.value for network in ReseauPorteur}


def test_information_is_as_old_as_its_source_until_somebody_touches_it():
    assert informed_on(PLACE, by_hand=False) == date(2026, 1, 2)
    assert informed_on(PLACE, by_hand=True) == date(2026, 2, 3)
    verified = Verification(at=datetime(2026, 1, 20, tzinfo=UTC), method="phone")
    assert informed_on(changed(verified=verified), by_hand=False) == date(2026, 1, 20)
    assert informed_on(changed(sources=()), by_hand=False) == date(2026, 2, 3)
