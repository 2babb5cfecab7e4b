"""The API of structures: what the public sees, what moderators see, ETag, keyset, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from libs.testing.web import every_page

if TYPE_CHECKING:
    from conftest import Directory

CHANGED = "structure.changed.v1"
PLACE: dict[str, Any] = {
    "name": "Accueil des Essais",
    "address": {"postcode": "48000", "city": "Mende"},
    "phones": [{"number": "+33466000001"}, {"number": "+33666000002", "visibility": "internal"}],
}


async def make(directory: Directory, count: int = 1, **changes: Any) -> list[UUID]:
    async with directory.at_work():
        known = len(await directory.said(CHANGED))
        ids = [(await directory.approve(patch={**PLACE, **changes})).structure_id for _ in range(count)]
        await directory.wait_for_event(CHANGED, known + count)
    return ids


async def correct(directory: Directory, structure_id: UUID, patch: dict[str, Any]) -> None:
    known = len(await directory.said(CHANGED))
    async with directory.at_work():
        await directory.approve(kind="correction", structure_id=structure_id, based_on_version=99, patch=patch)
        await directory.wait_for_event(CHANGED, known + 1)


async def test_a_structure_has_the_etag_of_its_version(directory: Directory):
    [place] = await make(directory)
    answer = await directory.client.get(f"/api/v1/structures/{place}")
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["name"] == PLACE["name"]
    same = await directory.client.get(f"/api/v1/structures/{place}", headers={"If-None-Match": 'W/"1"'})
    assert (same.status_code, same.content) == (304, b"")
    await correct(directory, place, {"description": "Du nouveau"})
    other = await directory.client.get(f"/api/v1/structures/{place}", headers={"If-None-Match": '"1"'})
    assert (other.status_code, other.headers["etag"]) == (200, '"2"')


async def test_internal_contacts_are_for_the_moderators_of_the_department(directory: Directory):
    [place] = await make(directory)
    address = f"/api/v1/structures/{place}"
    for headers in ({}, directory.as_moderator("75"), directory.as_moderator("48")):
        answer = await directory.client.get(address, headers=headers)
        assert "+33666000002" not in answer.text
    assert (await directory.client.get(f"{address}?internal=true")).status_code == 403
    elsewhere = await directory.client.get(f"{address}?internal=true", headers=directory.as_moderator("75"))
    assert elsewhere.status_code == 403
    assert "+33666000002" not in elsewhere.text
    own = await directory.client.get(f"{address}?internal=true", headers=directory.as_moderator("48"))
    assert "+33666000002" in own.text
    assert own.headers["etag"] != (await directory.client.get(address)).headers["etag"]


@pytest.mark.parametrize(
    ("patch", "status"),
    [({"status": "closed"}, 410), ({"status": "offline"}, 404), ({"visibility": "professionals"}, 404)],
)
async def test_what_is_not_public_is_seen_by_its_moderators_alone(directory: Directory, patch: dict, status: int):
    [place] = await make(directory)
    await correct(directory, place, patch)
    address = f"/api/v1/structures/{place}"
    assert (await directory.client.get(address)).status_code == status
    assert (await directory.client.get(f"{address}/history")).status_code == status
    assert (await directory.client.get(address, headers=directory.as_moderator("75"))).status_code == status
    assert (await directory.client.get(address, headers=directory.as_moderator("48"))).status_code == 200


async def test_an_unknown_structure_is_404_with_problem_details(directory: Directory):
    answer = await directory.client.get("/api/v1/structures/11111111-1111-7111-8111-111111111111")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_following_the_list_meets_every_structure_once_and_later_changes_again(directory: Directory):
    ids = await make(directory, 7)
    pages = await every_page(directory.client, "/api/v1/structures", limit=3)
    seen = [item for page in pages for item in page["items"]]
    assert sorted(one["id"] for one in seen) == sorted(str(one) for one in ids)
    assert seen == sorted(seen, key=lambda one: (one["updated_at"], one["id"]))
    assert "+33666000002" not in str(seen)
    await correct(directory, ids[2], {"description": "Du nouveau"})
    await correct(directory, ids[4], {"status": "closed"})
    query = {"updated_since": seen[-1]["updated_at"]}
    later = (await directory.client.get("/api/v1/structures", params=query)).json()
    assert later["items"][-1]["id"] == str(ids[2])
    assert all(one["updated_at"] >= seen[-1]["updated_at"] for one in later["items"])
    assert later["gone"] == [str(ids[4])]


async def test_the_list_leaves_out_what_may_be_overtaken_by_a_change_still_being_written(directory: Directory):
    from services.directory.store import structures

    async with directory.pool.connection() as slow, slow.transaction():
        await structures.begin_change(slow)
        await make(directory)
        assert (await directory.client.get("/api/v1/structures")).json()["items"] == []
    assert len((await directory.client.get("/api/v1/structures")).json()["items"]) == 1


async def test_a_false_cursor_is_a_problem_with_its_field(directory: Directory):
    answer = await directory.client.get("/api/v1/structures?after=abc")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "after"
    assert (await directory.client.get("/api/v1/structures?limit=100000")).status_code == 422


async def test_the_history_says_what_changed_but_not_by_whom(directory: Directory):
    [place] = await make(directory)
    for number in range(3):
        await correct(directory, place, {"description": f"Version {number}"})
    first = (await directory.client.get(f"/api/v1/structures/{place}/history?limit=2")).json()
    assert [entry["version"] for entry in first["items"]] == [4, 3]
    assert first["items"][0]["fields"] == ["description"]
    rest = await directory.client.get(f"/api/v1/structures/{place}/history?limit=2&after={first['next']}")
    assert [entry["version"] for entry in rest.json()["items"]] == [2, 1]
    assert rest.json()["next"] is None
    assert "11111111-1111-7111-8111-111111111111" not in rest.text


async def test_every_operation_is_documented(directory: Directory):
    document = (await directory.client.get("/api/openapi/directory.json")).json()
    operations = [
        operation for path, item in document["paths"].items() if path.startswith("/api/") for operation in item.values()
    ]
    assert len(operations) >= 3
    assert all(operation.get("description") for operation in operations)
    assert all(set(operation["responses"]) & {"404", "422"} for operation in operations)
