"""What is asked for is open when its own service is, not only its structure. All places are invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from libs.contracts.structure import Override, Service, Structure
from libs.opening_hours import timezone_of

if TYPE_CHECKING:
    from conftest import Index, Search

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = datetime.now(timezone_of("75")).date()


def closure(first: Any, last: Any = None, **fields: Any) -> Override:
    return Override(id="c", kind="closure", starts_on=first, ends_on=last, **fields)


def a_centre(index: Any, *services: Service, **fields: Any) -> Structure:
    """Return an invented centre, open from 9 to 18."""
    fields = {"opening_hours": "Mo-Su 09:00-18:00", "department": "75", "services": services, **fields}
    return index.a_structure("Centre", **fields)


def a_service(category: str, hours: str | None = None, *overrides: Override) -> Service:
    return Service(id=f"{category} {hours}", category=category, opening_hours=hours, overrides=overrides)


async def test_engines_find_a_meal_open_at_its_own_hours_only(index: Index):
    await index.add(a_centre(index, a_service("seated_meal", "Mo-Su 12:00-13:00"), a_service("shower")))
    at_noon, earlier = index.now + HOUR, index.now  # 12:30 and 11:30 in Paris
    meal: dict[str, Any] = {"categories": ("seated_meal",), "needs": ("seated_meal",)}
    assert await index.names(open_at=at_noon, **meal) == ["Centre"]
    assert await index.names(open_at=earlier, **meal) == []
    assert await index.names(open_at=earlier, needs=("shower",)) == ["Centre"]
    assert await index.names(open_at=earlier, needs=("shower", "seated_meal")) == ["Centre"]
    assert await index.names(open_at=earlier) == ["Centre"]
    assert await index.names(open_at=earlier, needs=("laundry",)) == ["Centre"]  # it offers none: the place counts
    assert await index.names(open_at=earlier, open_until=at_noon, **meal) == ["Centre"]
    assert await index.names(open_at=at_noon + HOUR, open_until=at_noon + 2 * HOUR, **meal) == []


async def test_engines_find_a_service_open_beyond_the_hours_of_its_place(index: Index):
    await index.add(a_centre(index, a_service("emergency_shelter", "Mo-Su 20:00-08:00")))
    night = index.now.replace(hour=22)
    assert await index.names(open_at=night, needs=("emergency_shelter",)) == ["Centre"]
    assert await index.names(open_at=night) == []


async def test_engines_leave_out_a_place_whose_service_is_closed_for_a_while(index: Index):
    today = index.now.date()
    shut = a_service("shower", None, closure(today, today))
    await index.add(a_centre(index, shut, a_service("laundry")))
    for needs, found, hidden in (
        (("shower",), [], 1),
        (("laundry",), ["Centre"], 0),
        (("shower", "laundry"), ["Centre"], 0),
        ((), ["Centre"], 0),
    ):
        result = await index.search(needs=needs, closed_at=index.now)
        assert ([one.card.name for one in result.found], result.hidden) == (found, hidden), needs
    assert await index.names(needs=("shower",), open_at=index.now) == []
    assert await index.names(needs=("shower",), open_at=index.now + DAY, closed_at=index.now + DAY) == ["Centre"]


async def test_engines_take_what_closes_the_place_to_close_its_services(index: Index):
    today = index.now.date()
    meal = a_service("seated_meal", "24/7")
    await index.add(a_centre(index, meal, overrides=(closure(today, today),)))
    result = await index.search(needs=("seated_meal",), closed_at=index.now)
    assert (result.total, result.hidden) == (0, 1)
    assert await index.names(needs=("seated_meal",), open_at=index.now) == []


async def test_engines_take_a_category_for_closed_when_all_its_services_are(index: Index):
    today = index.now.date()
    first, second = closure(today, today + DAY), closure(today + DAY)
    await index.add(a_centre(index, a_service("shower", None, first), a_service("shower", "24/7", second)))
    hidden = [(await index.search(needs=("shower",), closed_at=index.now + n * DAY)).hidden for n in range(3)]
    assert hidden == [0, 1, 0]


async def test_engines_go_on_knowing_the_hours_of_services_as_time_passes(index: Index):
    await index.add(a_centre(index, a_service("seated_meal", "Mo-Su 12:00-13:00")))
    later = index.now + 12 * DAY
    assert await index.engine.refresh_openings(later) == 1
    assert await index.names(needs=("seated_meal",), open_at=later + HOUR) == ["Centre"]
    assert await index.names(needs=("seated_meal",), open_at=later) == []


async def test_engines_forget_the_hours_of_services_that_no_longer_have_any(index: Index):
    centre = a_centre(index, a_service("seated_meal", "Mo-Su 12:00-13:00"))
    await index.add(centre)
    plain = msgspec.structs.replace(centre, version=2, services=(a_service("seated_meal"),))
    await index.add(plain)
    assert await index.names(needs=("seated_meal",), open_at=index.now) == ["Centre"]


async def test_what_is_answered_as_open_is_open_by_its_state(search: Search):
    """The filter and the state shown are two computations: they agree at every hour."""
    first = TODAY + DAY  # of today, what is over is not asked for
    services = (
        a_service("seated_meal", "Mo-Su 12:00-13:00"),
        a_service("breakfast", "Mo-Su 07:00-10:00", closure(first, first)),
        a_service("shower", None, Override(id="h", kind="hours", starts_on=first, opening_hours="10:00-11:00")),
        a_service("laundry"),
    )
    special = Override(id="s", kind="hours", starts_on=first + DAY, ends_on=first + DAY, opening_hours="14:00-16:00")
    await search.hold(a_centre(search, *services, overrides=(special,)))
    begin = datetime.combine(first, datetime.min.time(), timezone_of("75")).astimezone(UTC)
    categories = ("seated_meal", "breakfast", "shower", "laundry")
    for category in categories:
        assert len((await search.get(category=category, closed="true")).json()["hits"]) == 1
    for half in range(96):
        moment = (begin + half * HOUR / 2).isoformat()
        for category in categories:
            found = (await search.get(category=category, open_at=moment, closed="true")).json()["hits"]
            assert [hit["open"]["state"] for hit in found] in ([], ["open"]), (moment, category)
            if category == "seated_meal" and begin + half * HOUR / 2 >= begin + DAY:
                assert found == []  # the place has special hours, and nobody said those of the meal


async def test_the_words_asked_choose_the_service_too(search: Search):
    shut = a_service("shower", None, closure(TODAY, TODAY + DAY, reason="Travaux"))
    await search.hold(a_centre(search, shut, a_service("laundry"), opening_hours="24/7"))
    answer = (await search.get(q="douches")).json()
    assert (answer["understood"]["closed"], answer["hits"][0]["open"]["state"]) == (True, "temporarily_closed")
    answer = (await search.get(q="lessive")).json()
    assert answer["hits"][0]["open"]["state"] == "open"
    [service] = answer["hits"][0]["services"]
    assert (service["category"], service["open"]["state"]) == ("shower", "temporarily_closed")
    assert service["overrides"][0]["reason"] == "Travaux"


async def test_cards_say_what_the_state_is_of_and_what_is_closed(search: Search):
    shut = a_service("shower", None, closure(TODAY, TODAY + DAY, reason="Travaux"))
    await search.hold(a_centre(search, shut, a_service("seated_meal", "Mo-Su 00:00-23:59"), opening_hours="24/7"))

    async def page(**query: Any) -> str:
        return (await search.client.get("/recherche", params={"lang": "fr", **query})).text

    text = await page(q="centre")
    assert "Douche : fermé jusqu’au" in text.replace("\xa0", " ")
    assert "(Travaux)" in text
    text = await page(category="seated_meal")
    assert "Douche : fermé" not in text.replace("\xa0", " ")
    assert "<span>Restauration assise</span>" in text
    text = await page(category=["shower", "seated_meal"])
    assert "<span>Restauration assise</span>" in text
    assert "Douche : fermé" in text.replace("\xa0", " ")
    text = await page(category="shower", closed="true")
    assert "Fermé temporairement jusqu" in text
    assert "<span>Douche</span>" in text


async def test_the_hours_of_a_structure_alone_are_no_service_s(search: Search):
    await search.hold(a_centre(search, a_service("shower"), a_service("laundry", "Mo-Su 09:00-18:00")))
    [hit] = (await search.get()).json()["hits"]
    assert hit["services"] == []
    async with search.pool.connection() as connection:
        cursor = await connection.execute("select service_categories from document")
        assert await cursor.fetchone() == (None,)
