"""Decisions that cross: what changed since a proposal was made, or is about to by another approval."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from conftest import Desk


async def test_a_field_changed_since_gives_409_with_both_values_and_the_moderator_can_rebase(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, opening_hours="Mo-Fr 09:00-18:00", description="Deux salles.")
        await desk.know(
            id=str(structure.id), version=2, changed={"opening_hours": 2}, opening_hours="Mo-Fr 10:00-12:00"
        )
    refused = await desk.decide(contribution_id, "approve")
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/conflict"
    assert refused.json()["conflicts"] == [
        {"field": "opening_hours", "current": "Mo-Fr 10:00-12:00", "proposed": "Mo-Fr 09:00-18:00"}
    ]
    detail = await desk.detail(contribution_id)
    assert detail["contribution"]["status"] == "pending"
    conflict = next(item for item in detail["difference"] if item["field"] == "opening_hours")
    assert conflict["conflict"]
    assert conflict["base"] == "Mo-Fr 09:00-12:00"

    kept = await desk.decide(contribution_id, "rebase", {"fields": ["opening_hours"]})
    assert kept.status_code == 200, kept.text
    assert kept.json()["contribution"]["based_on_version"] == 2
    assert (await desk.decide(contribution_id, "approve")).status_code == 200
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"opening_hours": "Mo-Fr 09:00-18:00", "description": "Deux salles."}


async def test_a_rebase_drops_the_conflicting_fields_that_are_not_kept(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, name="Autre nom", description="Deux salles.")
        await desk.know(id=str(structure.id), version=2, changed={"name": 2}, name="Nom d'aujourd'hui")
    assert (await desk.decide(contribution_id, "rebase", {"fields": []})).status_code == 200
    assert (await desk.decide(contribution_id, "approve")).status_code == 200
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"description": "Deux salles."}


async def test_a_rebase_that_leaves_nothing_or_names_no_field_is_refused(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, name="Autre nom")
        await desk.know(id=str(structure.id), version=2, changed={"name": 2}, name="Nom d'aujourd'hui")
    assert (await desk.decide(contribution_id, "rebase", {"fields": []})).json()["type"] == "/problems/nothing-changes"
    unknown = await desk.decide(contribution_id, "rebase", {"fields": ["phones"]})
    assert [error["field"] for error in unknown.json()["errors"]] == ["fields.phones"]


async def test_a_field_changed_to_what_is_proposed_is_no_conflict(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, name="Nouveau nom", description="Deux salles.")
        await desk.know(id=str(structure.id), version=2, changed={"name": 2}, name="Nouveau nom")
    assert (await desk.decide(contribution_id, "approve")).status_code == 200
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"description": "Deux salles."}


async def test_edits_made_from_an_older_version_do_not_overwrite_what_changed_since(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, description="Deux salles.")
        await desk.know(id=str(structure.id), version=2, changed={"name": 2}, name="Nom d'aujourd'hui")
    stale = await desk.decide(contribution_id, "approve", {"edits": {"name": "Accueil"}, "seen_version": 1})
    assert stale.status_code == 409
    assert [conflict["field"] for conflict in stale.json()["conflicts"]] == ["name"]
    assert (
        await desk.decide(contribution_id, "approve", {"edits": {"name": "Accueil"}, "seen_version": 2})
    ).status_code == 200


async def test_an_approval_on_its_way_stops_another_of_the_same_field_until_it_is_applied(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    first = await desk.corrected(structure, name="Premier nom", description="Deux salles.")
    second = await desk.corrected(structure, name="Second nom")
    same = await desk.corrected(structure, name="Premier nom", opening_hours="Mo-Fr 09:00-18:00")
    other = await desk.corrected(structure, phones=[])
    assert (await desk.decide(first, "approve")).status_code == 200
    refused = await desk.decide(second, "approve")
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/conflict"
    assert refused.json()["conflicts"] == [{"field": "name", "current": "Premier nom", "proposed": "Second nom"}]
    assert "en route" in refused.json()["detail"]
    page = await desk.client.post(f"/moderation/{second}/approuver", data={}, headers=desk.moderator("75"))
    assert page.status_code == 409
    assert "en route" in page.text
    for contribution_id in (same, other):
        assert (await desk.decide(contribution_id, "approve")).status_code == 200
    async with desk.at_work():
        changed = {"name": 2, "description": 2}
        await desk.know(
            id=str(structure.id), version=2, changed=changed, about=UUID(first), name="Premier nom", slug="premier-nom"
        )
        for version, contribution_id in ((3, same), (4, other)):
            await desk.know(
                id=str(structure.id), version=version, changed=changed, about=UUID(contribution_id), name="Premier nom"
            )
    assert (await desk.decide(second, "approve")).json()["conflicts"][0]["current"] == "Premier nom"
    assert (await desk.decide(second, "rebase")).status_code == 200
    assert (await desk.decide(second, "approve")).status_code == 200


async def test_of_two_approvals_of_one_field_at_once_one_wins(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
    ids = [await desk.corrected(structure, name=name) for name in ("Premier nom", "Second nom")]
    answers = await asyncio.gather(*(desk.decide(contribution_id, "approve") for contribution_id in ids))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await desk.said("contribution.approved.v1")) == 1
