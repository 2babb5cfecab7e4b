from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from libs.testing.hostile import assail
from libs.testing.web import bearer
from libs.web.formatting import PARIS

if TYPE_CHECKING:
    from conftest import Directory


async def test_whatever_is_sent_to_the_api_gets_a_documented_answer(directory: Directory) -> None:
    async with directory.at_work():
        approved = await directory.approve(patch={"name": "Accueil inventé", "address": {"department": "75"}})
        await directory.wait_for_event("structure.changed.v1")
    today = datetime.now(PARIS).date().isoformat()
    wish = {"text": "Annonce inventée.", "starts_on": today, "ends_on": today}
    made = await directory.client.post("/api/v1/announcements", json=wish, headers=bearer("administrator"))
    known = {"structure_id": str(approved.structure_id), "announcement_id": made.raise_for_status().json()["id"]}
    statuses = await assail(directory.client, "directory", headers=bearer("administrator"), known=known)
    assert {200, 404, 422} <= set(statuses), statuses
