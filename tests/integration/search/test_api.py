"""The search API, over real servers. All places are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.structure import Override, Phone, Source, Verification
from libs.testing.web import every_page

HIT = {
    "id",
    "slug",
    "url",
    "name",
    "city",
    "postcode",
    "department",
    "latitude",
    "longitude",
    "distance_m",
    "categories",
    "open",
    "phones",
    "overrides",
    "services",
    "verified",
    "sources",
}
PARIS = {"latitude": 48.8656, "longitude": 2.3522, "department": "75", "postcode": "75003", "city": "Paris"}


async def test_an_answer_has_exactly_the_agreed_form(search: Any):
    now = datetime.now(UTC)
    structure = search.a_structure(
        "Bains du Pont",
        "shower",
        "laundry",
        slug="bains-du-pont",
        opening_hours="24/7",
        phones=(Phone(number="+33143438475", label="Accueil"), Phone(number="+33600000000", visibility="internal")),
        verified=Verification(at=now, method="phone"),
        sources=(Source(source="leaflet-paris-2020", external_id="7", licence="Licence Ouverte 2.0"),),
        **PARIS,
    )
    await search.hold(structure)
    answer = (await search.get(q="bains", near="48.8566,2.3522")).raise_for_status().json()
    assert set(answer) == {"hits", "total", "facets", "next", "took_ms", "understood"}
    assert answer["total"] == 1
    assert answer["facets"] == {"category": {"shower": 1, "laundry": 1}, "department": {"75": 1}}
    assert answer["next"] is None
    assert answer["took_ms"] > 0
    (hit,) = answer["hits"]
    assert set(hit) == HIT
    assert hit["id"] == str(structure.id)
    assert hit["url"] == "http://relais.test/structures/bains-du-pont"
    assert hit["distance_m"] == 1001
    assert hit["categories"] == ["shower", "laundry"]
    assert hit["open"] == {"state": "open", "until": None, "next": None}
    assert [phone["number"] for phone in hit["phones"]] == ["+33143438475"]
    assert hit["verified"]["method"] == "phone"
    assert hit["sources"] == [{"source": "leaflet-paris-2020", "external_id": "7"}]


async def test_without_a_point_there_is_no_distance(search: Any):
    await search.hold(search.a_structure("Bains", **PARIS))
    assert (await search.get()).json()["hits"][0]["distance_m"] is None


async def test_the_open_state_is_that_of_the_moment(search: Any):
    today = datetime.now(UTC).date()
    past = Override(id="1", kind="closure", starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=8))
    present = Override(id="2", kind="closure", starts_on=today, ends_on=today + timedelta(days=2), reason="Travaux")
    await search.hold(
        search.a_structure("Fermé", opening_hours="24/7", overrides=(past, present), department="75"),
        search.a_structure("Inconnu"),
    )
    hits = {hit["name"]: hit for hit in (await search.get(closed="true")).json()["hits"]}
    assert hits["Fermé"]["open"]["state"] == "temporarily_closed"
    assert hits["Fermé"]["open"]["next"] is not None
    assert [override["id"] for override in hits["Fermé"]["overrides"]] == ["2"]
    assert hits["Inconnu"]["open"] == {"state": "unknown", "until": None, "next": None}
    assert await search.total(open_now="true") == 0


async def test_a_place_is_searched_around(search: Any):
    await search.hold(
        search.a_structure("Bains de Paris", **PARIS),
        search.a_structure("Bains de Lyon", latitude=45.76, longitude=4.83, department="69"),
        search.a_structure("Bains sans lieu"),
    )
    assert await search.total(q="bains", place="Paris") == 1
    assert await search.total(q="bains", place="75003") == 1
    assert await search.total(q="bains", place="Lyon", radius_km=500) == 2
    assert await search.total(q="bains", place="Rhône") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "a" * 10_000),
        ("near", "91,181"),
        ("place", "Trifouilly-les-Oies"),
        ("radius_km", "0"),
        ("radius_km", "10000"),
        ("category", "swimming"),
        ("family", "swimming"),
        ("public", "martians"),
        ("department", "00"),
        ("open_now", "maybe"),
        ("per_page", "101"),
        ("after", "eyJ0YW1wZXJlZCI6dHJ1ZX0"),
    ],
)
async def test_what_cannot_be_read_is_a_problem_that_names_the_parameter(search: Any, name: str, value: str):
    answer = await search.get(**{name: value})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/invalid"
    assert [error["field"] for error in problem["errors"]] == [name]
    assert problem["errors"][0]["detail"]


async def test_problems_are_said_in_the_language_asked_for(search: Any):
    french = await search.client.get("/api/v1/search?radius_km=0", headers={"Accept-Language": "fr"})
    english = await search.client.get("/api/v1/search?radius_km=0", headers={"Accept-Language": "en"})
    assert (
        french.json()["errors"][0]["detail"] == "Écrivez une distance en kilomètres\u202f: plus de 0, et 1000 au plus."
    )
    assert english.json()["errors"][0]["detail"] == "Write a distance in kilometres: more than 0, and 1000 at most."


@pytest.mark.parametrize(
    "text", ["\x00\x01\x1f", "\u202e\u2066", "' or 1=1 --", "%s %(q)s", "a:* & !b | (c", "\\", "💥"]
)
async def test_whatever_is_typed_gets_an_answer(search: Any, text: str):
    await search.hold(search.a_structure("Bains"))
    assert (await search.get(q=text)).status_code == 200


async def test_following_next_gives_every_hit_once(search: Any):
    await search.hold(*(search.a_structure(f"Bains {n}", **PARIS) for n in range(7)))
    pages = await every_page(search.client, "/api/v1/search", q="bains", per_page=3)
    assert [page["total"] for page in pages] == [7, 7, 7]
    seen = [hit["id"] for page in pages for hit in page["hits"]]
    assert len(seen) == len(set(seen)) == 7


async def test_a_cursor_of_another_search_is_refused(search: Any):
    await search.hold(*(search.a_structure(f"Bains {n}", **PARIS) for n in range(3)))
    after = (await search.get(q="bains", per_page=1)).json()["next"]
    assert (await search.get(q="bain", per_page=1, after=after)).status_code == 422
    assert (await search.get(q="bains", per_page=2, after=after)).status_code == 200


async def test_the_interface_describes_what_it_answers(search: Any):
    schemas = (await search.client.get("/api/openapi/search.json")).raise_for_status().json()["components"]["schemas"]
    assert "`any_time` says that nothing was known to be open" in schemas["Understood"]["description"]
    for name in ("SearchAnswer", "Hit", "Opening", "Facets", "SuggestedItem", "StatisticsAnswer", "ProblemDetails"):
        assert schemas[name]["description"]


async def test_the_interface_describes_every_parameter(search: Any):
    document = (await search.client.get("/api/openapi/search.json")).raise_for_status().json()
    operation = document["paths"]["/api/v1/search"]["get"]
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert set(parameters) == {
        "q",
        "near",
        "place",
        "radius_km",
        "category",
        "family",
        "public",
        "department",
        "open_now",
        "open_at",
        "closed",
        "plain",
        "per_page",
        "after",
    }
    assert all(parameter["description"] for parameter in parameters.values())
    assert "shower" in parameters["category"]["schema"]["items"]["enum"]
    assert "422" in operation["responses"]
