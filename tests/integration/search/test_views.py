"""Views of records, as the directory tells them, are kept and shown. All places are invented."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from libs.contracts.events import RecordsViewed, ViewsInHour, ViewsOfService, ViewsOfStructure
from libs.identifiers import uuid7
from libs.testing.waiting import eventually
from libs.web.formatting import PARIS
from services.search.statistics.store import KEPT
from services.search.statistics.views import forget_views

if TYPE_CHECKING:
    from conftest import Search

API = "/api/v1/search/statistics/views"
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
TODAY = datetime.now(PARIS).date()
MONDAY = TODAY - timedelta(days=TODAY.weekday())


def told(structure_id: Any = None, views: int = 4, department: str = "48") -> RecordsViewed:
    seen = [ViewsOfStructure(week=MONDAY, structure_id=structure_id, department=department, views=views)]
    return RecordsViewed(
        hours=(ViewsInHour(hour=NOW, department=department, views=views),),
        services=(ViewsOfService(day=TODAY, department=department, category="shower", views=views),),
        structures=tuple(seen) if structure_id else (),
    )


async def views(search: Search, **parameters: str) -> dict[str, int]:
    answer = (await search.client.get(API, params=parameters)).raise_for_status().json()
    return {one["key"]: one["views"] for one in answer["items"]}


async def heard(search: Search, *events: RecordsViewed, total: int) -> None:
    async with search.at_work():
        for event in events:
            await search.hear(event)

        async def kept() -> bool:
            return sum((await views(search)).values()) == total

        await eventually(kept)


async def test_what_is_told_is_added_up_once_and_shown_by_everything(search: Search):
    place = search.a_structure("Bains Inventés", "shower", department="48", city="Mende")
    await search.hold(place)
    again = await search.hear(told(place.id, 2))
    async with search.at_work():
        await search.hear(told(place.id, 2), event_id=again)
        await search.hear(told(uuid7(), 5))  # of a place that is not listed any more
        await search.hear(told(None, 1, "75"))

        async def kept() -> bool:
            return (await views(search, by="department")) == {"48": 7, "75": 1}

        await eventually(kept)
    assert (await views(search))[str(TODAY)] == 8
    assert sum((await views(search, by="hour")).values()) == 8
    assert await views(search, by="service", department="48") == {"shower": 7}
    assert await views(search, by="structure") == {str(place.id): 2}
    [item] = (await search.client.get(API, params={"by": "structure"})).json()["items"]
    assert (item["name"], item["city"], item["slug"]) == ("Bains Inventés", "Mende", place.slug)
    assert await views(search, by="structure", department="75") == {}
    old = {"since": str(TODAY - timedelta(days=90)), "until": str(TODAY - timedelta(days=60))}
    assert await views(search, by="structure", **old) == {}
    assert (await search.client.get(API, params={"by": "person"})).status_code == 422


async def test_the_file_holds_what_the_api_says_and_no_formula(search: Search):
    place = search.a_structure("=HYPERLINK()", "shower", city="Mende")
    await search.hold(place)
    await heard(search, told(place.id), total=4)
    answer = await search.client.get("/statistiques/fiches/structure.csv")
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["structure", "views", "name", "city"],
        [str(place.id), "4", "'=HYPERLINK()", "Mende"],
    ]
    answer = await search.client.get("/statistiques/fiches/service.csv")
    assert list(csv.reader(io.StringIO(answer.text))) == [["service", "views"], ["shower", "4"]]
    assert (await search.client.get("/statistiques/fiches/person.csv")).status_code == 404


async def test_the_page_shows_what_is_read_most(search: Search):
    place = search.a_structure("Bains Inventés", "shower", department="48", city="Mende")
    await search.hold(place)
    await heard(search, told(place.id), total=4)
    text = (await search.client.get("/statistiques", headers={"Accept-Language": "fr"})).text
    for words in ("Quelles fiches sont lues", "<b>4 consultations</b>", f"/structures/{place.slug}", "Bains Inventés"):
        assert words in text, words


async def test_views_of_single_places_are_forgotten_in_time(search: Search):
    place = search.a_structure("Bains Inventés", "shower")
    await search.hold(place)
    await heard(search, told(place.id), total=4)
    async with search.pool.connection() as connection:
        await forget_views(connection, MONDAY + KEPT)
        assert await views(search, by="structure") == {str(place.id): 4}
        await forget_views(connection, MONDAY + KEPT + timedelta(days=1))
        await connection.commit()
    assert await views(search, by="structure") == {}
    assert sum((await views(search)).values()) == 4
