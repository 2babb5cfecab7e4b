"""The pages of moderators: the queue, one contribution, deciding on it, without JavaScript."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from libs.contracts.events import ExportRefreshed, StructureIndexed, WebhookScheduled
from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from conftest import Desk


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
        typed = {**desk.fields(shown), "name": "Accueil", "approval_reason": "Appelés."}
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


async def test_a_note_beside_hours_is_shown_with_the_week_that_stays_until_the_moderator_changes_it(desk: Desk):
    headers = desk.moderator("75")
    async with desk.at_work():
        structure = await desk.know()
    contribution_id = await desk.corrected(structure, opening_hours_note="9h-18h sauf les jours de marché")
    address = f"/moderation/{contribution_id}"
    shown = await desk.client.get(address, headers=headers)
    assert "La semaine reste comme elle est" in shown.text
    assert "lundi à vendredi 9 h – 12 h" in html.unescape(shown.text).replace("\u202f", " ").replace("\xa0", " ")
    typed = desk.fields(shown) | {"hours_note": "lundi au vendredi 9h-18h"}
    assert (await desk.client.post(f"{address}/approuver", data=typed, headers=headers)).status_code == 303
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"opening_hours": "Mo-Fr 09:00-18:00"}
    assert "La semaine reste comme elle est" not in (await desk.client.get(address, headers=headers)).text


async def test_bad_edits_are_shown_in_the_open_form(desk: Desk):
    contribution_id = await desk.proposed()
    headers, address = desk.moderator("75"), f"/moderation/{contribution_id}"
    typed = desk.fields(await desk.client.get(address, headers=headers))
    answer = await desk.client.post(
        f"{address}/approuver", data={**typed, "postcode": "x", "approval_reason": "Appelés."}, headers=headers
    )
    assert answer.status_code == 422
    assert desk.open_parts(answer) == ["modifier", "adresse"]
    assert desk.fields(answer)["postcode"] == ["x"]
    assert desk.fields(answer)["approval_reason"] == ["Appelés."]


async def test_a_place_said_to_have_closed_stays_closed_when_the_page_approves_it(desk: Desk):
    headers = desk.moderator("75")
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, status="closed")
    address = f"/moderation/{contribution_id}"
    typed = desk.fields(await desk.client.get(address, headers=headers))
    assert (await desk.client.post(f"{address}/approuver", data=typed, headers=headers)).status_code == 303
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"status": "closed"}


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
    refused = await desk.client.post(f"{address}/approuver", data=desk.fields(shown), headers=headers)
    assert refused.status_code == 409
    assert "Rien n’a été décidé" in html.unescape(refused.text)
    taken = await desk.client.post(f"{address}/reprendre", data={"keep": ["name"]}, headers=headers)
    assert taken.status_code == 303
    shown = await desk.client.get(address, headers=headers)
    assert "change-conflict" not in shown.text
    assert (await desk.client.post(f"{address}/approuver", data=desk.fields(shown), headers=headers)).status_code == 303
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"name": "Nom proposé", "description": "Deux salles."}


async def test_the_second_moderator_sees_who_decided(desk: Desk):
    contribution_id = await desk.proposed()
    first, second = desk.moderator("75", name="Dominique Fictif"), desk.moderator("75", name="Camille Exemple")
    address = f"/moderation/{contribution_id}"
    typed = desk.fields(await desk.client.get(address, headers=second))
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


async def test_who_proposed_is_said_in_the_language_of_who_reads(desk: Desk):
    form = (await desk.client.get("/contribuer", headers={"Accept-Language": "ar"})).text
    assert '<option value="a neighbour">من الجيران</option>' in form
    neighbour = await desk.proposed(contact={"role": "a neighbour"})
    another = await desk.proposed(contact={"role": "100 % bénévole"})
    for contribution_id, words in ((neighbour, "du quartier"), (another, "100 % bénévole")):
        page = await desk.client.get(f"/moderation/{contribution_id}", headers=desk.moderator("75"))
        assert f"<dd>{words}</dd>" in page.text
