"""The pages: proposing, correcting, deciding, without JavaScript; what was typed is never lost."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.events import ExportRefreshed, StructureIndexed, StructureWithdrawn, WebhookScheduled
from libs.testing.waiting import eventually
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


def fields(page: httpx.Response) -> dict[str, Any]:
    """Return what a browser would send back of the page's first form of a place: its names and values."""
    form = re.search(r'<form action="[^"]*" method="post" class="card".*?</form>', page.text, re.DOTALL)
    form = form or re.search(r'<form [^>]*id="approbation".*?</form>', page.text, re.DOTALL)
    assert form, page.text
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") not in {"checkbox", "radio"} or re.search(r"\schecked\b", tag):
            found.setdefault(attributes["name"], []).append(html.unescape(attributes.get("value", "")))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form[0], re.DOTALL):
        found[name] = [html.unescape(text)]
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form[0], re.DOTALL):
        selected = re.search(r'value="([^"]*)" selected', options)
        found[name] = [html.unescape(selected[1]) if selected else ""]
    return found


async def newest(desk: Desk) -> dict[str, Any]:
    items = (await desk.client.get(desk.moderation, headers=desk.moderator())).json()["items"]
    return await desk.detail(items[0]["id"])


async def test_a_place_proposed_by_the_form_reaches_the_moderators(desk: Desk):
    assert (await desk.client.get("/contribuer")).status_code == 200
    answer = await desk.client.post("/contribuer", data=TYPED)
    assert answer.status_code == 303, answer.text
    detail = await newest(desk)
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
        ({"name": ""}, "name", "remplir"),
        ({"category": ["magic"]}, "category", "liste"),
        ({"category": []}, "category", "Cochez"),
        ({"postcode": "7501"}, "postcode", "cinq chiffres"),
        ({"postcode": "", "city": ""}, "city", "ville"),
        ({"postcode": "", "city": "Saint-Denis"}, "city", "code postal"),
        ({"postcode": "00000"}, "postcode", "00000"),
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
    kept = fields(answer)
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
    answer = await desk.client.post(f"/structures/{structure.slug}/corriger", data=fields(shown))
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
            address, data={**fields(shown), "hours_fr_to_1": "18:00", "closure_from": "2026-12-24"}
        )
    assert answer.status_code == 303, answer.text
    contribution = (await newest(desk))["contribution"]
    assert contribution["based_on_version"] == 1
    assert set(contribution["proposed"]) == {"opening_hours", "overrides"}
    assert contribution["proposed"]["opening_hours"] == "Mo-Th 09:00-12:00; Fr 09:00-18:00"
    assert contribution["proposed"]["overrides"][0]["starts_on"] == "2026-12-24"


async def test_errors_in_a_correction_keep_what_was_typed_and_the_version(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    address = f"/structures/{structure.slug}/corriger"
    before = fields(await desk.client.get(address))
    answer = await desk.client.post(address, data={**before, "postcode": "x", "street": "Autre rue"})
    assert answer.status_code == 422
    after = fields(answer)
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
        await desk.hear(StructureWithdrawn(structure_id=structure.id, version=2), aggregate_id=structure.id)
        await desk.know(slug="pros", visibility="professionals")
    assert (await desk.client.get("/structures/nulle-part/corriger")).status_code == 404
    assert (await desk.client.get("/structures/pros/corriger")).status_code == 404
    assert (await desk.client.get(f"/structures/{structure.slug}/corriger")).status_code == 410


async def test_moderation_is_for_moderators(desk: Desk):
    contribution_id = await desk.proposed()
    asked = await desk.client.get("/moderation", headers={"Accept": "text/html"})
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/connexion?suite=")
    for path in (f"/moderation/{contribution_id}", f"/moderation/{contribution_id}/parcours"):
        refused = await desk.client.get(path, headers=desk.moderator("48"))
        assert refused.status_code == 403
        assert desk.place["name"] not in refused.text
    assert (await desk.client.get("/moderation?department=75", headers=desk.moderator("48"))).status_code == 403


async def test_the_queue_is_filtered_by_its_address_and_turns_its_pages(desk: Desk):
    ids = [await desk.proposed() for _ in range(32)]
    headers = desk.moderator("75")
    first = await desk.client.get("/moderation", headers=headers)
    shown = re.findall(r'href="/moderation/([0-9a-f-]{36})"', first.text)
    assert shown == ids[:1:-1]
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following
    second = await desk.client.get(html.unescape(following[1]), headers=headers)
    assert re.findall(r'href="/moderation/([0-9a-f-]{36})"', second.text) == ids[1::-1]
    for query in ("status=rejected", "kind=correction", "status=approved&department=75"):
        empty = await desk.client.get(f"/moderation?{query}", headers=headers)
        assert 'class="empty"' in empty.text
    nothing = await desk.client.get("/moderation", headers=desk.moderator("48"))
    assert "Rien à relire" in nothing.text


async def test_a_moderator_edits_then_approves_and_the_journey_fills_in(desk: Desk):
    headers = desk.moderator("75")
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, name="acceuil", opening_hours="Mo-Fr 09:00-18:00")
        address = f"/moderation/{contribution_id}"
        shown = await desk.client.get(address, headers=headers)
        assert "acceuil" in shown.text
        typed = {**fields(shown), "name": "Accueil", "approval_reason": "Appelés."}
        approved = await desk.client.post(f"{address}/approuver", data=typed, headers=headers)
        assert approved.status_code == 303, approved.text
        [event] = await desk.said("contribution.approved.v1")
        assert event["patch"] == {"name": "Accueil", "opening_hours": "Mo-Fr 09:00-18:00"}
        assert event["reason"] == "Appelés."
        fragment = await desk.client.get(f"{address}/parcours", headers=headers)
        assert f'hx-get="{address}/parcours"' in fragment.text
        assert "<html" not in fragment.text
        about = UUID(contribution_id)
        await desk.know(id=str(structure.id), version=2, about=about, name="Accueil")
        for receipt in (
            StructureIndexed(structure_id=structure.id, version=2),
            ExportRefreshed(structure_id=structure.id, version=2),
            WebhookScheduled(structure_id=structure.id, version=2, deliveries=0),
        ):
            await desk.hear(receipt, about=about)

        async def complete() -> bool:
            return "hx-get" not in (await desk.client.get(f"{address}/parcours", headers=headers)).text

        await eventually(complete)
    last = await desk.client.get(address, headers=headers)
    assert len(re.findall("station-done", last.text)) == 6
    assert re.search(r"\d,\d\u202fs après l’approbation", html.unescape(last.text))
    assert "htmx" not in last.text.split("</main>")[1]


async def test_bad_edits_are_shown_in_the_open_form(desk: Desk):
    contribution_id = await desk.proposed()
    headers, address = desk.moderator("75"), f"/moderation/{contribution_id}"
    typed = fields(await desk.client.get(address, headers=headers))
    answer = await desk.client.post(
        f"{address}/approuver", data={**typed, "postcode": "x", "approval_reason": "Appelés."}, headers=headers
    )
    assert answer.status_code == 422
    assert re.search(r'<details class="filters" id="modifier" open>', answer.text)
    assert fields(answer)["postcode"] == ["x"]
    assert fields(answer)["approval_reason"] == ["Appelés."]


async def test_a_conflict_is_shown_with_both_values_and_taken_up_on_todays_record(desk: Desk):
    headers = desk.moderator("75")
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, name="Nom proposé", description="Deux salles.")
        await desk.know(id=str(structure.id), version=2, changed={"name": 2}, name="Nom actuel")
    address = f"/moderation/{contribution_id}"
    shown = await desk.client.get(address, headers=headers)
    assert "change-conflict" in shown.text
    for words in ("Trois", "proposé", "Nom actuel"):
        assert words in shown.text
    refused = await desk.client.post(f"{address}/approuver", data=fields(shown), headers=headers)
    assert refused.status_code == 409
    assert "Rien n’a été décidé" in html.unescape(refused.text)
    taken = await desk.client.post(f"{address}/reprendre", data={"keep": ["name"]}, headers=headers)
    assert taken.status_code == 303
    shown = await desk.client.get(address, headers=headers)
    assert "change-conflict" not in shown.text
    assert (await desk.client.post(f"{address}/approuver", data=fields(shown), headers=headers)).status_code == 303
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"name": "Nom proposé", "description": "Deux salles."}


async def test_the_second_moderator_sees_who_decided(desk: Desk):
    contribution_id = await desk.proposed()
    first, second = desk.moderator("75", name="Dominique Fictif"), desk.moderator("75", name="Camille Exemple")
    address = f"/moderation/{contribution_id}"
    typed = fields(await desk.client.get(address, headers=second))
    assert (await desk.client.post(f"{address}/approuver", data={}, headers=first)).status_code == 303
    for verb, data in (("approuver", typed), ("rejeter", {"reason": "Non."})):
        late = await desk.client.post(f"{address}/{verb}", data=data, headers=second)
        assert late.status_code == 409
        assert "Dominique Fictif a approuvé cette contribution le" in html.unescape(late.text)
    assert len(await desk.said("contribution.approved.v1")) == 1


async def test_a_rejection_without_reason_is_sent_back(desk: Desk):
    contribution_id = await desk.proposed()
    headers, address = desk.moderator("75"), f"/moderation/{contribution_id}"
    answer = await desk.client.post(f"{address}/rejeter", data={"reason": ""}, headers=headers)
    assert answer.status_code == 422
    assert 'id="field-reason-error"' in answer.text
    assert (
        await desk.client.post(f"{address}/rejeter", data={"reason": "Doublon."}, headers=headers)
    ).status_code == 303
    assert "Doublon." in (await desk.client.get(address, headers=headers)).text


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_each_page_speaks_the_language_asked_for(desk: Desk, language: str):
    contribution_id = await desk.proposed()
    headers = {**desk.moderator("75"), "Accept-Language": language}
    words = {"fr": ("Proposer un lieu", "À relire"), "en": ("Suggest a place", "To review")}[language]
    assert words[0] in (await desk.client.get("/contribuer", headers=headers)).text
    assert words[1] in html.unescape((await desk.client.get(f"/moderation/{contribution_id}", headers=headers)).text)
