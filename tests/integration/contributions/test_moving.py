"""A place that a correction takes to another department: seen by both, decided with the right on both."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Desk

# An invented place.
IN_LE_PUY = {
    "street": "12 rue Invention",
    "postcode": "43000",
    "city": "Le Puy-en-Velay",
    "insee_code": "43157",
    "department": "43",
    "region": "84",
    "latitude": 45.0431,
    "longitude": 3.8853,
    "precision": "address",
}
IN_PARIS = {"postcode": "75001", "city": "Paris"}


async def moving(desk: Desk, address: dict[str, Any]) -> str:
    async with desk.at_work():
        structure = await desk.know(address=IN_LE_PUY)
    return await desk.corrected(structure, address=address)


async def test_what_is_shown_of_a_place_that_moves_is_what_is_approved(desk: Desk):
    contribution_id = await moving(desk, IN_PARIS)
    detail = await desk.detail(contribution_id)
    [change] = detail["difference"]
    assert detail["contribution"]["departments"] == ["43", "75"]
    assert change["after"]["insee_code"] == "75101"
    assert change["after"]["department"] == "75"
    assert change["after"]["latitude"] == pytest.approx(48.86, abs=0.02)
    page = await desk.client.get(f"/moderation/{contribution_id}", headers=desk.moderator("43"))
    assert "De Haute-Loire (43) à Paris (75)" in html.unescape(page.text)
    assert (await desk.decide(contribution_id, "approve", headers=desk.moderator("43", "75"))).status_code == 200
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"] == {"address": change["after"]}
    assert (await desk.detail(contribution_id))["contribution"]["edits"] == {}


@pytest.mark.parametrize("department", ["43", "75"])
async def test_both_departments_see_a_move_and_neither_decides_on_it_alone(desk: Desk, department: str):
    contribution_id = await moving(desk, IN_PARIS)
    headers = desk.moderator(department)
    query = {"department": department}
    listed = (await desk.client.get(desk.moderation, params=query, headers=headers)).json()["items"]
    assert [item["id"] for item in listed] == [contribution_id]
    assert contribution_id in (await desk.client.get("/moderation", params=query, headers=headers)).text
    refused = await desk.decide(contribution_id, "approve", headers=headers)
    assert refused.status_code == 403
    assert "Haute-Loire (43), Paris (75)" in refused.json()["detail"]
    address = f"/moderation/{contribution_id}"
    page = await desk.client.post(f"{address}/approuver", data={"approval_reason": "Appelés."}, headers=headers)
    assert page.status_code == 403
    assert "Le lieu changerait de département" in page.text
    assert "Appelés." in page.text
    assert await desk.said("contribution.approved.v1") == []
    assert (await desk.decide(contribution_id, "reject", {"reason": "Non."}, headers=headers)).status_code == 200


async def test_edits_move_a_place_only_with_the_right_on_both_departments(desk: Desk):
    async with desk.at_work():
        structure = await desk.know(address=IN_LE_PUY)
    contribution_id = await desk.corrected(structure, description="Deux salles.")
    edits = {"edits": {"address": IN_PARIS}}
    assert (await desk.decide(contribution_id, "approve", edits, desk.moderator("43"))).status_code == 403
    assert (await desk.detail(contribution_id))["contribution"]["status"] == "pending"
    assert (await desk.decide(contribution_id, "approve", edits, desk.moderator("43", "75"))).status_code == 200
    listed = await desk.client.get(desk.moderation, headers=desk.moderator("75"))
    assert [item["id"] for item in listed.json()["items"]] == [contribution_id]


async def test_edits_that_bring_a_place_back_need_only_its_own_department(desk: Desk):
    contribution_id = await moving(desk, {**IN_PARIS, "street": "14 rue Invention"})
    edits = {"edits": {"address": {"postcode": "43000", "city": "Le Puy-en-Velay"}}}
    answer = await desk.decide(contribution_id, "approve", edits, desk.moderator("43"))
    assert answer.status_code == 200, answer.text
    [event] = await desk.said("contribution.approved.v1")
    assert event["patch"]["address"] == {"complement": None, **IN_LE_PUY, "street": "14 rue Invention"}


async def test_a_move_taken_up_on_todays_record_is_still_seen_by_both(desk: Desk):
    async with desk.at_work():
        structure = await desk.know(address=IN_LE_PUY)
        contribution_id = await desk.corrected(structure, address=IN_PARIS)
        moved = {**IN_LE_PUY, "street": "16 rue Invention"}
        await desk.know(id=str(structure.id), version=2, changed={"address": 2}, address=moved)
    taken = await desk.decide(contribution_id, "rebase", {"fields": ["address"]}, desk.moderator("75"))
    assert taken.json()["contribution"]["departments"] == ["43", "75"]


async def test_a_mobile_team_gains_a_stop_only_with_the_right_there(desk: Desk):
    stops = [{"address": {"postcode": "43000", "city": "Le Puy-en-Velay", "department": "43"}}]
    async with desk.at_work():
        structure = await desk.know(address={}, kind="mobile", stops=stops)
    contribution_id = await desk.corrected(structure, stops=[*stops, {"address": {"postcode": "48000"}}])
    for department in ("43", "48"):
        assert (await desk.decide(contribution_id, "approve", headers=desk.moderator(department))).status_code == 403
    assert (await desk.decide(contribution_id, "approve", headers=desk.moderator("43", "48"))).status_code == 200


@pytest.mark.parametrize(
    ("address", "field"), [({"postcode": "75001"}, "address.postcode"), ({"insee_code": "99999"}, "address.insee_code")]
)
async def test_a_town_that_is_nowhere_is_refused_with_its_field(desk: Desk, address: dict[str, str], field: str):
    async with desk.at_work():
        structure = await desk.know(address=IN_LE_PUY)
    answer = await desk.propose(
        kind="correction", structure_id=str(structure.id), based_on_version=1, proposed={"address": address}
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [f"proposed.{field}"]
