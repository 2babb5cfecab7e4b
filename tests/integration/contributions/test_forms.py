"""The forms for everybody: proposing, correcting, without JavaScript; what was typed is never lost."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from libs.contracts.events import StructureWithdrawn
from services.contributions.handlers.senders import FORM_QUOTA

if TYPE_CHECKING:
    from conftest import Desk

# An invented place and an invented person.
TYPED: dict[str, Any] = {
    "name": "Vestiaire de la Rue d'Essai",
    "category": ["shower", "clothing"],
    "street": "8 rue d'Essai",
    "postcode": "75019",
    "city": "Paris",
    "phone": "01 43 43 84 75",
    "website": "example.org/vestiaire",
    "hours_mo_from_1": "09:00",
    "hours_mo_to_1": "12:30",
    "language": ["fr", "ar"],
    "email": "alix@example.org",
    "contact_name": "Alix Inventé",
    "comment": "Je passe devant chaque jour.",
}


async def test_a_place_proposed_by_the_form_reaches_the_moderators(desk: Desk):
    assert (await desk.client.get("/contribuer")).status_code == 200
    answer = await desk.client.post("/contribuer", data=TYPED)
    assert answer.status_code == 303, answer.text
    detail = await desk.newest()
    assert answer.headers["location"] == f"/contribuer/merci/{detail['contribution']['id']}"
    proposed = detail["proposed"]
    assert proposed["name"] == "Vestiaire de la Rue d'Essai"
    assert proposed["phones"][0]["number"] == "+33143438475"
    assert proposed["websites"][0]["url"] == "https://example.org/vestiaire"
    assert proposed["opening_hours"] == "Mo 09:00-12:30"
    assert [service["category"] for service in proposed["services"]] == ["shower", "clothing"]
    assert proposed["languages"] == ["fr", "ar"]
    assert detail["contribution"]["contact"]["email"] == "alix@example.org"
    assert detail["contribution"]["department"] == "75"


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"name": "<script>alert(1)</script>"}, "name", "texte simple"),
        ({"name": "x" * 1_000_000}, "name", "trop long"),
        ({"name": "cloche\u0007"}, "name", "invisibles"),
        ({"name": ""}, "name", "nom du lieu"),
        ({"category": ["magic"]}, "category", "liste"),
        ({"category": []}, "category", "Cochez"),
        ({"postcode": "7501"}, "postcode", "cinq chiffres"),
        ({"postcode": "", "city": ""}, "city", "ville"),
        ({"postcode": "", "city": "Saint-Denis"}, "city", "code postal"),
        ({"postcode": "", "city": "", "position": "48.8534, 2.3488"}, "city", "code postal"),
        ({"postcode": "48500", "city": ""}, "city", "laquelle"),
        ({"postcode": "00000"}, "postcode", "00000"),
        ({"postcode": "48000"}, "postcode", "Paris"),
        ({"position": "40.7, -74.0"}, "position", "en France"),
        ({"phone": "12 34"}, "phone", "téléphone"),
        ({"hours_mo_to_1": ""}, "hours_mo", "deux heures"),
        ({"email": "alix"}, "email", "adresse"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept(
    desk: Desk, typed: dict[str, Any], field: str, words: str
):
    answer = await desk.client.post("/contribuer", data={**TYPED, **typed})
    assert answer.status_code == 422
    summary = re.search(r'<div class="notice-body">.*?</ul>', answer.text, re.DOTALL)
    assert summary
    assert re.findall(r'href="#field-(\w+)"', summary[0]) == [field]
    assert words in html.unescape(summary[0])
    assert f'id="field-{field}' in answer.text
    assert f'id="field-{field}-error"' in answer.text
    kept = desk.fields(answer)
    for name, value in {**TYPED, **typed}.items():
        texts = [text for text in ([value] if isinstance(value, str) else value) if text and text != "magic"]
        assert [text for text in kept.get(name, []) if text] == texts, name
    assert await desk.said("contribution.submitted.v1") == []


async def test_all_that_is_wrong_in_a_form_is_said_at_once(desk: Desk):
    answer = await desk.client.post(
        "/contribuer", data={**TYPED, "hours_mo_to_1": "", "name": "", "email": "alix", "postcode": "x"}
    )
    summary = re.search(r'<div class="notice-body">.*?</ul>', answer.text, re.DOTALL)
    assert summary
    assert re.findall(r'href="#field-(\w+)"', summary[0]) == ["name", "postcode", "hours_mo", "email"]


async def test_a_new_place_asks_for_what_it_needs_first(desk: Desk):
    shown = await desk.client.get("/contribuer")
    assert desk.open_parts(shown) == ["nom", "services", "adresse"]
    assert 'id="fermeture"' not in shown.text


async def test_a_correction_says_what_the_record_holds_and_opens_only_what_is_edited_or_wrong(desk: Desk):
    async with desk.at_work():
        structure = await desk.know(opening_hours="Mo-Fr 09:00-17:00; Sa 10:00-12:00", languages=["wo", "fr"])
    address = f"/structures/{structure.slug}/corriger"
    shown = await desk.client.get(address)
    assert desk.open_parts(shown) == []
    values = re.findall(r'class="part-value">(.*?)</bdi>', html.unescape(shown.text).replace("\u202f", " "))
    for words in (
        "Aucune fermeture annoncée",
        "Accueil de jour des Trois Ponts",
        "Douche",
        "12 rue Invention, 75018 Paris",
        "01 43 43 84 75",
        "Lundi à vendredi 9 h – 17 h · samedi 10 h – 12 h",
        "Rien n’est encore connu",
    ):
        assert words in values
    answer = await desk.client.post(address, data={**desk.fields(shown), "postcode": "x", "fee": "free"})
    assert desk.open_parts(answer) == ["adresse", "conditions"]
    marks = re.findall(r'class="badge badge-(\w+)"><span>(.*?)</span>', answer.text)
    assert marks == [("temporary", "À corriger"), ("accent", "Modifié")]


async def test_a_closure_that_is_no_longer_true_is_taken_away(desk: Desk):
    announced = {"kind": "closure", "starts_on": "2026-11-01", "reason": "travaux"}
    over = {"id": "old", "kind": "message", "starts_on": "2020-01-01", "ends_on": "2020-02-01", "message": "Fini"}
    async with desk.at_work():
        structure = await desk.know(overrides=[over, {**announced, "id": "a"}, {**announced, "id": "b"}])
        address = f"/structures/{structure.slug}/corriger"
        shown = await desk.client.get(address)
        assert "travaux" in shown.text
        assert "Fini" not in shown.text
        answer = await desk.client.post(address, data={**desk.fields(shown), "ended": ["a"]})
    assert answer.status_code == 303, answer.text
    detail = await desk.newest()
    assert [item["id"] for item in detail["proposed"]["overrides"]] == ["old", "b"]


@pytest.mark.parametrize(("postcode", "town"), [("93200", "Saint-Denis"), ("75018", "Paris")])
async def test_the_town_is_known_from_a_postcode_that_has_one_only(desk: Desk, postcode: str, town: str):
    answer = await desk.client.post("/contribuer", data={**TYPED, "postcode": postcode, "city": ""})
    assert answer.status_code == 303, answer.text
    assert (await desk.newest())["proposed"]["address"]["city"] == town


async def test_a_script_in_a_name_is_shown_as_text(desk: Desk):
    answer = await desk.client.post("/contribuer", data={**TYPED, "name": "<script>alert(1)</script>"})
    assert "<script>alert" not in answer.text


async def test_a_program_that_fills_the_hidden_field_is_stopped_and_a_person_can_go_on(desk: Desk):
    answer = await desk.client.post("/contribuer", data={**TYPED, "trap": "https://spam.example"})
    assert answer.status_code == 422
    assert 'id="field-trap-error"' in answer.text
    assert await desk.said("contribution.submitted.v1") == []
    assert (await desk.client.post("/contribuer", data={**TYPED, "trap": ""})).status_code == 303


async def test_one_network_may_not_flood_the_form(desk: Desk):
    assert (await desk.client.post("/contribuer", data=TYPED)).status_code == 303
    async with desk.pool.connection() as connection:
        await connection.execute("update submission_count set count = %s", [FORM_QUOTA.most])
    assert (await desk.client.post("/contribuer", data=TYPED)).status_code == 429


async def test_a_form_of_another_site_is_refused(desk: Desk):
    answer = await desk.client.post("/contribuer", data=TYPED, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert await desk.said("contribution.submitted.v1") == []


async def test_the_page_of_thanks_follows_the_proposal_and_names_no_person(desk: Desk):
    contribution_id = await desk.proposed(
        contact={"email": "alix@example.org", "name": "Alix Inventé"}, comment="Secret de quartier."
    )
    address = f"/contribuer/merci/{contribution_id}"
    pages = [await desk.client.get(address)]
    assert "Votre proposition est arrivée" in pages[0].text
    await desk.decide(contribution_id, "reject", {"reason": "Alix, non."})
    pages.append(await desk.client.get(address))
    assert "retenue" in pages[1].text
    for shown in pages:
        assert shown.status_code == 200
        assert not re.search("alix|secret de quartier", shown.text, re.IGNORECASE)
    assert (await desk.client.get(address.replace(contribution_id[-4:], "0000"))).status_code == 404


async def test_a_correction_sent_as_it_was_shown_is_refused_kindly(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    shown = await desk.client.get(f"/structures/{structure.slug}/corriger")
    assert shown.status_code == 200
    answer = await desk.client.post(f"/structures/{structure.slug}/corriger", data=desk.fields(shown))
    assert answer.status_code == 422
    said = html.unescape(answer.text)
    assert "Rien n’a changé" in said
    assert "(les horaires)" in said


async def test_a_correction_carries_only_what_was_typed_and_the_version_that_was_seen(desk: Desk):
    async with desk.at_work():
        structure = await desk.know(phones=[{"number": "+33143438475", "label": "Accueil"}])
        address = f"/structures/{structure.slug}/corriger"
        shown = await desk.client.get(address)
        await desk.know(
            id=str(structure.id), version=2, changed={"name": 2}, name="Nom d'aujourd'hui", phones=[{"number": "115"}]
        )
        answer = await desk.client.post(
            address, data={**desk.fields(shown), "hours_fr_to_1": "18:00", "closure_from": "2026-12-24"}
        )
    assert answer.status_code == 303, answer.text
    contribution = (await desk.newest())["contribution"]
    assert contribution["based_on_version"] == 1
    assert set(contribution["proposed"]) == {"opening_hours", "overrides"}
    assert contribution["proposed"]["opening_hours"] == "Mo-Th 09:00-12:00; Fr 09:00-18:00"
    assert contribution["proposed"]["overrides"][0]["starts_on"] == "2026-12-24"


async def test_errors_in_a_correction_keep_what_was_typed_and_the_version(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    address = f"/structures/{structure.slug}/corriger"
    before = desk.fields(await desk.client.get(address))
    answer = await desk.client.post(address, data={**before, "postcode": "x", "street": "Autre rue"})
    assert answer.status_code == 422
    after = desk.fields(answer)
    assert after["street"] == ["Autre rue"]
    assert after["seen"] == before["seen"]
    assert after["version"] == ["1"]
    nowhere = await desk.client.post(address, data={**after, "postcode": "", "city": "Nulleparville"})
    assert nowhere.status_code == 422
    assert 'id="field-city-error"' in nowhere.text
    assert (await desk.client.post(address, data={**after, "postcode": "75019"})).status_code == 303


async def test_places_that_cannot_be_corrected_say_so(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        await desk.hear(StructureWithdrawn(structure_id=structure.id, version=2))
        await desk.know(slug="pros", visibility="professionals")
    assert (await desk.client.get("/structures/nulle-part/corriger")).status_code == 404
    assert (await desk.client.get("/structures/pros/corriger")).status_code == 404
    assert (await desk.client.get(f"/structures/{structure.slug}/corriger")).status_code == 410


async def test_hours_written_in_words_are_read_back_to_who_wrote_them(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    address = f"/structures/{structure.slug}/corriger"
    typed = desk.fields(await desk.client.get(address)) | {"hours_note": "du lundi au jeudi de 9h à 18h"}
    sent = await desk.client.post(address, data=typed)
    [change] = (await desk.newest())["difference"]
    assert (change["field"], change["after"]) == ("opening_hours", "Mo-Th 09:00-18:00")
    thanks = html.unescape((await desk.client.get(sent.headers["location"])).text)
    assert "lundi à jeudi 9\u202fh – 18\u202fh" in thanks.replace("\xa0", "\u202f")
