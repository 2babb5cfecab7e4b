"""The page of a record and the list of exports: what they say, and what they never do."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from libs.contracts.structure import Address, Phone, Service, Source, Structure, StructureContent, Verification
from libs.testing.web import application
from libs.web.counting import SEVERAL
from libs.web.formatting import day as in_words
from services.directory.handlers.imports import import_drafts
from services.directory.imports import Draft
from services.directory.service import build_web
from services.directory.views import tell

if TYPE_CHECKING:
    from conftest import Directory

CHANGED = "structure.changed.v1"
TODAY = datetime.now(UTC).date()
PLACE: dict[str, Any] = {
    "name": "Accueil des </script><b>Essais",
    "description": "Première ligne\nSeconde ligne",
    "address": {"street": "3 rue des Essais", "postcode": "48000", "city": "Mende"},
    "phones": [
        {"number": "+33466000001", "label": "Accueil"},
        {"number": "+33666000002", "label": "Portable de Camille Inventé", "visibility": "internal"},
    ],
    "emails": [{"address": "interne@example.org", "visibility": "internal"}],
    "websites": [{"url": "https://interne.example.org", "visibility": "internal"}],
    "opening_hours": "24/7",
    "languages": ["fr", "ar"],
    "access": {"fee": "free", "appointment": False, "wheelchair": True, "note": "Sonnez deux fois"},
    "publics": {"welcome": "exclusive", "groups": ["women", "families"], "age_min": 18},
    "overrides": [
        {
            "id": "x",
            "kind": "message",
            "starts_on": TODAY.isoformat(),
            "message": "Travaux à l'entrée, passez par la cour",
        },
        {
            "id": "y",
            "kind": "closure",
            "starts_on": (TODAY + timedelta(days=20)).isoformat(),
            "ends_on": (TODAY + timedelta(days=25)).isoformat(),
            "reason": "Congés",
        },
    ],
    "services": [
        {"id": "a", "category": "seated_meal"},
        {"id": "b", "category": "shower", "opening_hours": "Mo 10:00+"},
    ],
}
NAMED: dict[str, Any] = PLACE | {"name": "Accueil des Essais"}
SLUG = "accueil-des-essais-mende"


async def make(directory: Directory, patch: dict[str, Any]) -> dict[str, Any]:
    known = len(await directory.said(CHANGED))
    async with directory.at_work():
        await directory.approve(patch=patch)
        return (await directory.wait_for_event(CHANGED, known + 1))[-1]["structure"]


async def correct(directory: Directory, structure: dict[str, Any], patch: dict[str, Any]) -> None:
    known = len(await directory.said(CHANGED))
    async with directory.at_work():
        await directory.approve(kind="correction", structure_id=structure["id"], based_on_version=99, patch=patch)
        await directory.wait_for_event(CHANGED, known + 1)


def linked(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


async def test_a_record_answers_whether_it_is_open_where_how_to_call_and_under_which_conditions(directory: Directory):
    await make(directory, NAMED)
    answer = await directory.client.get(f"/structures/{SLUG}")
    assert answer.status_code == 200
    for words in (
        "<h1>Accueil des Essais</h1>",
        "Ouvert",
        "3 rue des Essais, 48000 Mende",
        'href="tel:+33466000001"',
        "04 66 00 00 01",
        "openstreetmap.org/",
        "Première ligne<br>Seconde ligne",
        "Travaux à l&#39;entrée, passez par la cour",
        "Congés",
        "Sans rendez-vous",
        "Gratuit",
        "Accessible en fauteuil roulant",
        "Sonnez deux fois",
        "Femmes, Familles",
        "À partir de 18 ans",
        "français, arabe",
        "Restauration assise",
        "Hygiène",
        "jour et nuit",
        "aujourd",
        f'href="/structures/{SLUG}/corriger"',
        *(f'/corriger#{part}"' for part in ("fermeture", "horaires", "conditions", "services", "contact")),
        f'<link rel="canonical" href="http://relais.test/structures/{SLUG}">',
    ):
        assert words in answer.text, words


async def test_a_record_speaks_english_too(directory: Directory):
    await make(directory, NAMED)
    text = (await directory.client.get(f"/structures/{SLUG}?lang=en")).text
    for words in ("Opening hours", "Without appointment", "Women, Families", "French, Arabic", "Seated meal"):
        assert words in text, words


async def test_internal_contacts_are_on_no_page_not_even_a_moderators(directory: Directory):
    await make(directory, NAMED)
    for headers in ({}, directory.as_moderator("48")):
        text = (await directory.client.get(f"/structures/{SLUG}", headers=headers)).text
        assert "Camille Inventé" not in text
        assert "interne@" not in text
        assert "interne.example" not in text
        assert "666000002" not in text.replace(" ", "")


async def test_what_people_typed_never_becomes_markup_or_script(directory: Directory):
    await import_drafts(
        directory.pool, [draft("leaflet-paris-2020", date(2020, 5, 6), name=PLACE["name"])], source="leaflet-paris-2020"
    )
    [event] = await directory.said(CHANGED)
    text = (await directory.client.get(f"/structures/{event['structure']['slug']}")).text
    assert "<b>Essais" not in text
    assert linked(text)["name"] == PLACE["name"]


async def test_search_engines_read_it_in_the_terms_of_schema_org(directory: Directory):
    await make(directory, NAMED)
    data = linked((await directory.client.get(f"/structures/{SLUG}")).text)
    assert data["@type"] == "CivicStructure"
    assert data["address"]["addressLocality"] == "Mende"
    assert data["telephone"] == "+33466000001"
    assert len(data["openingHoursSpecification"]) >= 6
    assert "geo" not in data  # the point is only the town's


async def test_a_former_address_leads_to_the_present_one(directory: Directory):
    structure = await make(directory, NAMED)
    await correct(directory, structure, {"name": "La Table Ouverte"})
    answer = await directory.client.get(f"/structures/{SLUG}")
    assert answer.status_code == 301
    assert answer.headers["location"] == "/structures/la-table-ouverte-mende"
    assert (await directory.client.get("/structures/la-table-ouverte-mende")).status_code == 200


@pytest.mark.parametrize(
    ("patch", "status", "words"),
    [
        ({"status": "closed"}, 410, "a fermé définitivement"),
        ({"status": "offline"}, 404, "pas en ligne"),
        ({"visibility": "professionals"}, 404, "pas en ligne"),
    ],
)
async def test_a_record_that_is_not_public_says_what_to_do(
    directory: Directory, patch: dict[str, Any], status: int, words: str
):
    structure = await make(directory, NAMED)
    await correct(directory, structure, patch)
    answer = await directory.client.get(f"/structures/{SLUG}")
    assert answer.status_code == status
    assert words in answer.text
    assert "04 66 00 00 01" not in answer.text
    assert (
        await directory.client.get(f"/structures/{SLUG}", headers=directory.as_moderator("75"))
    ).status_code == status
    own = await directory.client.get(f"/structures/{SLUG}", headers=directory.as_moderator("48"))
    assert own.status_code == 200
    assert "n’est pas publique" in own.text


async def test_an_unknown_address_is_404(directory: Directory):
    assert (await directory.client.get("/structures/nulle-part")).status_code == 404


def draft(source: str, day: date | None, *, retrieved: date | None = None, name: str = "Essai") -> Draft:
    at = None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Draft(
        row=2,
        content=StructureContent(
            name=name,
            address=Address(postcode="75019", city="Paris", department="75"),
            phones=(Phone(number="+33143438475"),),
            services=(Service(id="a", category="seated_meal"),),
        ),
        source=Source(source=source, external_id="1", retrieved_on=retrieved or day, licence="etalab-2.0"),
        verified=None if at is None else Verification(at=at, method="source"),
    )


@pytest.mark.parametrize(
    ("day", "says", "says_not"),
    [
        (date(2020, 5, 6), ["Ces informations datent du mercredi 6 mai 2020", "Signaler un changement"], []),
        (TODAY - timedelta(days=200), ["verified-stale"], ["Ces informations datent du"]),
        (TODAY - timedelta(days=20), ["D’après sa source"], ["verified-stale", "Ces informations datent du"]),
        (None, ["pas encore vérifié", "verified-stale"], []),
    ],
)
async def test_the_age_of_what_a_record_says_is_seen(
    directory: Directory, day: date | None, says: list[str], says_not: list[str]
):
    await import_drafts(directory.pool, [draft("leaflet-paris-2020", day)], source="leaflet-paris-2020")
    text = (await directory.client.get("/structures/essai-paris")).text
    for words in says:
        assert words in text, words
    for words in says_not:
        assert words not in text, words
    assert "Dépliant imprimé" in text


async def test_a_place_that_somebody_proposed_says_since_when_nobody_checked_it(directory: Directory):
    async with directory.at_work():
        await directory.approve(patch=NAMED)
        await directory.wait_for_event(CHANGED)
    text = (await directory.client.get(f"/structures/{SLUG}")).text
    assert f"Proposé le {in_words(datetime.now(UTC), year=True)}, pas vérifié depuis" in text
    assert "verified-stale" not in text


async def test_the_history_says_what_changed_and_from_where_but_not_by_whom(directory: Directory):
    await import_drafts(directory.pool, [draft("mairies", TODAY)], source="mairies")
    [event] = await directory.said(CHANGED)
    await correct(directory, event["structure"], {"opening_hours": "Mo 10:00-12:00", "languages": ["fr"]})
    text = (await directory.client.get("/structures/essai-paris")).text
    assert "Ajoutée depuis Mairies" in text
    assert "Corrigée à la main" in text
    assert "horaires, langues" in text
    assert "11111111-1111" not in text


async def test_the_exports_page_lists_departments_with_their_files(directory: Directory):
    empty = await directory.client.get("/exports")
    assert empty.status_code == 200
    assert "pas encore de lieu" in empty.text
    async with directory.at_work():
        await directory.approve(patch=NAMED)
        await directory.wait_for_event("export.refreshed.v1")
    text = (await directory.client.get("/exports")).text
    for words in ("48 Lozère", "/exports/departements/48.csv", "/exports/departements/48.data-inclusion.json", "DILA"):
        assert words in text, words
    assert (text.count("/exports/departements/48.csv"), text.count("Occitanie")) == (1, 1)
    asked = (await directory.client.get("/exports?departement=48")).text
    assert asked.count("/exports/departements/48.csv") == 2
    assert (await directory.client.get("/exports?departement=nulle-part")).status_code == 200


async def test_views_of_a_record_are_told_without_saying_by_whom(directory: Directory):
    made = await make(directory, NAMED)
    page = f"/structures/{SLUG}"
    for headers in ({}, {"User-Agent": "Inventedbot/1.0"}, {"Sec-Fetch-Dest": "empty"}, {}):
        assert (await directory.client.get(page, headers=headers)).status_code == 200
    await directory.client.get("/structures/inconnu")
    views = application(build_web, directory.settings).state.views
    await tell(views, directory.pool)
    await tell(views, directory.pool)
    [said] = await directory.said("records.viewed.v1")
    [hour] = said["hours"]
    assert (hour["department"], hour["views"]) == ("48", 2)
    assert {one["category"]: one["views"] for one in said["services"]} == {"seated_meal": 2, "shower": 2}
    assert said["structures"] == []  # one person
    for person in range(SEVERAL):
        views.count(msgspec.convert(made, Structure), f"192.0.2.{person}", datetime.now(UTC))
    await tell(views, directory.pool)
    _, said = await directory.said("records.viewed.v1")
    [told] = said["structures"]
    assert told["structure_id"] == made["id"]
    assert "192.0.2" not in json.dumps(said)
