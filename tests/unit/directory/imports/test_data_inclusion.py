"""Structures are invented; the standard's own models check that they are of the standard."""

import json
from pathlib import Path
from typing import Any

import pytest
from data_inclusion.schema import v1

from libs.contracts import vocabulary
from libs.contracts.structure import Access, Publics
from libs.contracts.validation import content_errors
from services.directory.imports import Draft, Loss, Reject, UnreadableFile, read_file
from services.directory.imports.data_inclusion import document as documents

STRUCTURE: dict[str, Any] = {
    "source": "essai",
    "id": "essai--1",
    "nom": "Maison de Mende",
    "date_maj": "2026-01-15",
    "description": "Une maison pour tous.",
    "lien_source": "https://example.org/structures/1",
    "commune": "Mende",
    "code_postal": "48000",
    "code_insee": "48095",
    "adresse": "1 rue Basse",
    "latitude": 44.518,
    "longitude": 3.501,
    "telephone": "+33466490000",
    "courriel": "contact@example.org",
    "site_web": "https://example.org",
    "horaires_accueil": "Mo-Fr 09:00-12:00",
    "reseaux_porteurs": ["france-service"],
}
SERVICE: dict[str, Any] = {
    "source": "essai",
    "structure_id": "essai--1",
    "id": "essai--1-a",
    "nom": "Ateliers informatiques",
    "description": "Des ateliers chaque semaine.",
    "date_maj": "2026-01-15",
    "thematiques": ["numerique--maitriser-les-fondamentaux-du-numerique"],
}


def document(tmp_path: Path, structures: list[dict[str, Any]], services: list[dict[str, Any]]) -> Path:
    for structure in structures:
        v1.Structure.model_validate(structure)
    for service in services:
        v1.Service.model_validate(service)
    return written(tmp_path, {"structures": structures, "services": services})


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def draft(tmp_path: Path, *services: dict[str, Any], **changes: object) -> Draft:
    path = document(tmp_path, [{**STRUCTURE, **changes}], [{**SERVICE, **service} for service in services])
    (result,) = read_file(path)
    assert isinstance(result, Draft)
    assert content_errors(result.content) == []
    return result


def test_a_structure_with_a_service(tmp_path: Path):
    result = draft(tmp_path, {})
    content = result.content
    assert (result.row, result.losses) == (1, ())
    assert (result.source.source, result.source.external_id) == ("data-inclusion", "essai--1")
    assert result.source.url == "https://example.org/structures/1"
    assert result.verified is not None
    assert result.verified.at.date().isoformat() == "2026-01-15"
    assert (content.name, content.network, content.opening_hours) == (
        "Maison de Mende",
        "france-services",
        "Mo-Fr 09:00-12:00",
    )
    assert (content.address.department, content.address.precision) == ("48", "address")
    assert [phone.number for phone in content.phones] == ["+33466490000"]
    (service,) = content.services
    assert (service.id, service.category, service.name) == ("essai--1-a", "digital_basics", "Ateliers informatiques")


def test_a_service_that_repeats_the_hours_of_its_place_has_none_of_its_own(tmp_path: Path):
    same = SERVICE | {"horaires_accueil": "Mo-Fr 09:00-12:00"}
    other = SERVICE | {"id": "essai--1-b", "horaires_accueil": "Mo 09:00-12:00"}
    content = draft(tmp_path, same, other).content
    assert content.opening_hours == "Mo-Fr 09:00-12:00"
    assert [service.opening_hours for service in content.services] == [None, "Mo 09:00-12:00"]


def test_a_service_of_several_themes_is_one_of_each_category(tmp_path: Path):
    themes = [
        "mobilite--preparer-un-permis",
        "sante--sante-mentale",
        "choisir-un-metier--confirmer-son-choix-de-metier",
    ]
    services = draft(tmp_path, {"thematiques": themes}).content.services
    assert {service.category for service in services} == {"driving_licence", "mental_health", "job_coaching"}
    assert len({service.id for service in services}) == 3
    assert {service.name for service in services} == {"Ateliers informatiques"}


def test_a_service_named_like_a_category_is_of_it(tmp_path: Path):
    result = draft(tmp_path, {"nom": "Petit déjeuner", "thematiques": ["equipement-et-alimentation--alimentation"]})
    assert [service.category for service in result.content.services] == ["breakfast"]
    assert [draft(tmp_path, {"nom": "Douche", "thematiques": None}).content.services[0].category] == ["shower"]


def test_every_theme_of_the_standard_has_a_category_or_is_counted(tmp_path: Path):
    without: set[str] = set()
    for theme in v1.Thematique:
        result = draft(tmp_path, {"thematiques": [theme.value]})
        if result.content.services:
            assert result.content.services[0].category in vocabulary.categories()
        else:
            assert result.losses == (Loss("service without a category", "Ateliers informatiques"),)
            without.add(theme.value)
    assert without == {
        "equipement-et-alimentation--aide-menagere",
    }


def test_publics_are_exclusive_as_the_standard_says(tmp_path: Path):
    (service,) = draft(tmp_path, {"publics": ["femmes", "personnes-exilees"]}).content.services
    assert service.publics == Publics(welcome="exclusive", groups=("asylum_seekers", "refugees", "women"))
    (service,) = draft(tmp_path, {"publics": ["tous-publics"]}).content.services
    assert service.publics is None


def test_a_public_we_have_no_word_for_is_kept_as_text(tmp_path: Path):
    result = draft(tmp_path, {"publics": ["seniors", "residents-qpv-frr"]})
    (service,) = result.content.services
    # Somebody who lives there is welcome too: the groups we know are not the only ones.
    assert service.publics == Publics(welcome="all", groups=("seniors",), note="residents qpv frr")
    assert result.losses == (Loss("public kept as text", "residents-qpv-frr"),)


def test_access_keeps_fees_conditions_and_who_may_ask(tmp_path: Path):
    (service,) = draft(
        tmp_path,
        {
            "frais": "payant",
            "frais_precisions": "5 € par an",
            "conditions_acces": "Savoir lire",
            "mobilisable_par": ["professionnels"],
        },
    ).content.services
    assert service.access == Access(fee="paid", note="5 € par an\nSavoir lire", referral=True)


def test_a_named_person_never_arrives(tmp_path: Path):
    result = draft(tmp_path, {"contact_nom_prenom": "Personne Inventée"})
    assert "Inventée" not in str(result)
    assert result.losses == (Loss("contact person left out", "essai--1-a"),)


def test_contacts_of_a_service_are_labelled_with_its_name(tmp_path: Path):
    result = draft(tmp_path, {"telephone": "+33466490001", "courriel": "contact@example.org"})
    assert [(phone.number, phone.label) for phone in result.content.phones] == [
        ("+33466490000", None),
        ("+33466490001", "Ateliers informatiques"),
    ]
    assert [email.address for email in result.content.emails] == ["contact@example.org"]


def test_what_is_left_out_is_counted(tmp_path: Path):
    result = draft(
        tmp_path,
        {"type": "atelier", "zone_eligibilite": ["48"], "adresse": "2 rue Haute"},
        reseaux_porteurs=["france-service", "caf"],
        accessibilite_lieu="https://acceslibre.beta.gouv.fr/x",
    )
    assert sorted(loss.kind for loss in result.losses) == [*["detail left out"] * 4, "network not kept"]


def test_services_of_no_structure_and_structures_of_no_standard_are_rejected(tmp_path: Path):
    path = written(
        tmp_path,
        {
            "structures": [STRUCTURE, {"id": 12}, "rien"],
            "services": [{**SERVICE, "structure_id": "autre"}, {"id": "x"}],
        },
    )
    file = read_file(path)
    results = list(file)
    assert file.total == len(results) == 5
    assert [type(result) for result in results] == [Draft, *[Reject] * 4]
    assert {result.reason for result in results[3:] if isinstance(result, Reject)} == {
        "The service belongs to no structure of the file."
    }


def test_a_service_that_is_not_of_the_standard_is_counted(tmp_path: Path):
    path = written(tmp_path, {"structures": [STRUCTURE], "services": [SERVICE, {**SERVICE, "id": "b", "nom": 3}]})
    (result,) = read_file(path)
    assert isinstance(result, Draft)
    assert len(result.content.services) == 1
    assert result.losses == (Loss("value refused", "service b: nom: A text is expected here."),)


def test_what_is_no_structure_of_the_standard_is_rejected_in_a_sentence(tmp_path: Path):
    structures = [{**STRUCTURE, "commune": ["Mende"]}, {"id": "b"}, 3]
    reasons = [
        one.reason for one in read_file(written(tmp_path, {"structures": structures})) if isinstance(one, Reject)
    ]
    assert reasons == [
        "Not a structure of data·inclusion. commune: A text is expected here.",
        "Not a structure of data·inclusion. nom: This field is required.",
        "Not a structure of data·inclusion. id: This field is required.",
    ]


def test_a_document_beyond_the_bound_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(documents, "LARGEST", 100)
    with pytest.raises(UnreadableFile, match="megabytes"):
        read_file(document(tmp_path, [STRUCTURE], []))


def test_a_document_on_one_very_long_line_is_read(tmp_path: Path):
    structures = [{**STRUCTURE, "id": f"essai--{n}"} for n in range(4000)]
    path = written(tmp_path, {"structures": structures})
    assert path.stat().st_size > 1_000_000
    assert read_file(path).total == 4000
