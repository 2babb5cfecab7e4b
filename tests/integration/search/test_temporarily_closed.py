"""What is temporarily closed is left out, said, and shown to those who ask for it. All places are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from libs.contracts.structure import Override, Structure
from libs.opening_hours import timezone_of
from services.search.understanding.dates import FARTHEST

if TYPE_CHECKING:
    from conftest import Index, Search

TODAY = datetime.now(timezone_of("75")).date()
DAY = timedelta(days=1)


def closed(
    search: Search, name: str, first: timedelta = -DAY, last: timedelta | None = DAY, **fields: Any
) -> Structure:
    closure = Override(
        id="1",
        kind="closure",
        starts_on=TODAY + first,
        ends_on=None if last is None else TODAY + last,
        reason="Travaux",
    )
    return search.a_structure(name, "shower", department="75", overrides=(closure,), **fields)


async def names(search: Search, **parameters: str) -> list[str]:
    answer = await search.get(**parameters)
    return [hit["name"] for hit in answer.raise_for_status().json()["hits"]]


async def test_it_is_left_out_counted_and_shown_on_demand(search: Search):
    await search.hold(closed(search, "Bains fermés"), search.a_structure("Bains ouverts", "shower", department="75"))
    answer = (await search.get(q="bains")).json()
    assert [hit["name"] for hit in answer["hits"]] == ["Bains ouverts"]
    assert (answer["total"], answer["facets"]["category"]) == (1, {"shower": 1})
    assert (answer["understood"]["hidden"], answer["understood"]["closed"]) == (1, False)
    answer = (await search.get(q="bains", closed="true")).json()
    assert {hit["name"] for hit in answer["hits"]} == {"Bains ouverts", "Bains fermés"}
    assert (answer["understood"]["hidden"], answer["understood"]["closed"]) == (0, True)
    [shut] = [hit for hit in answer["hits"] if hit["name"] == "Bains fermés"]
    assert shut["open"]["state"] == "temporarily_closed"
    assert shut["overrides"][0]["reason"] == "Travaux"


async def test_where_nothing_else_matches_it_is_better_than_nothing(search: Search):
    await search.hold(closed(search, "Bains fermés"))
    answer = (await search.get(q="bains")).json()
    assert [hit["name"] for hit in answer["hits"]] == ["Bains fermés"]
    assert answer["understood"]["closed"] is True


async def test_closures_begin_and_end_with_their_days(search: Search):
    await search.hold(
        closed(search, "Fini", -3 * DAY, -DAY),
        closed(search, "Dernier jour", -3 * DAY, 0 * DAY),
        closed(search, "Demain", DAY, 2 * DAY),
        closed(search, "Sans fin", -DAY, None),
    )
    assert set(await names(search, q="")) == {"Fini", "Demain"}
    tomorrow = datetime.combine(TODAY + DAY, datetime.min.time()) + timedelta(hours=12)
    shown = await names(search, closed="true", open_at=tomorrow.isoformat())
    assert shown == []  # nobody gave hours


async def test_a_moment_may_be_chosen(search: Search):
    tomorrow = TODAY + DAY
    weekday = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")[tomorrow.weekday()]
    await search.hold(search.a_structure("Matin", opening_hours=f"{weekday} 09:00-12:00", department="75"))
    assert await names(search, open_at=f"{tomorrow}T09:00") == ["Matin"]
    assert await names(search, open_at=f"{tomorrow}T12:00") == []
    answer = (await search.get(open_at=f"{tomorrow}T09:30:30")).json()
    assert answer["hits"][0]["open"]["state"] == "open"
    utc = datetime.fromisoformat(f"{tomorrow}T09:00").replace(tzinfo=timezone_of("75")).astimezone(UTC)
    assert await names(search, open_at=utc.isoformat()) == ["Matin"]


async def test_what_is_no_moment_is_refused(search: Search):
    beyond = datetime.now(UTC) + FARTHEST + timedelta(minutes=2)
    over = datetime.now(UTC) - timedelta(hours=2)
    for text in ("demain", "2026-13-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59Z", str(beyond), str(over)):
        answer = await search.get(open_at=text)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "open_at"


async def test_pages_of_it_go_on_as_the_first_did(search: Search):
    await search.hold(*(closed(search, f"Bains {n}") for n in range(5)))
    seen: list[str] = []
    after = ""
    while True:
        answer = (await search.get(q="bains", per_page="2", after=after)).raise_for_status().json()
        seen += [hit["name"] for hit in answer["hits"]]
        after = answer["next"]
        if after is None:
            break
    assert sorted(seen) == [f"Bains {n}" for n in range(5)]


async def test_the_page_says_how_many_are_closed_and_leads_to_them(search: Search):
    await search.hold(closed(search, "Bains fermés"), search.a_structure("Bains ouverts", "shower", department="75"))
    page = (await search.client.get("/recherche", params={"q": "bains", "lang": "fr"})).text
    assert "1 autre est fermé temporairement." in page
    assert "closed=true" in page
    page = (await search.client.get("/recherche", params={"q": "bains fermés", "lang": "fr"})).text
    assert "Ce que vous cherchez est fermé temporairement." in page


async def test_engines_leave_out_what_is_closed_at_a_moment(index: Index):
    closure = Override(id="1", kind="closure", starts_on=index.now.date(), ends_on=index.now.date())
    await index.add(index.a_structure("A", "shower", overrides=(closure,)), index.a_structure("B", "shower"))
    result = await index.search(closed_at=index.now)
    assert ([found.card.name for found in result.found], result.total, result.hidden) == (["B"], 1, 1)
    assert set(await index.names(closed_at=index.now + DAY)) == {"A", "B"}
    assert set(await index.names()) == {"A", "B"}
