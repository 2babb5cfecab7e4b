"""Results on a map, for those who ask for it. All places are invented."""

from __future__ import annotations

import html
import re
from typing import Any

import msgspec
import pytest

from libs.contracts.structure import Address, Stop
from libs.testing.services import under_test
from libs.testing.web import make_settings
from libs.web.assets import asset
from services.search.service import build_web

PAGE = {"Accept": "text/html", "Accept-Language": "en"}
PARIS = {"latitude": 48.8656, "longitude": 2.3522, "department": "75", "postcode": "75003", "city": "Paris"}
PICTURES = "img-src 'self' data:"


async def shown(search: Any, address: str, **headers: str) -> Any:
    answer = await search.client.get(address, headers=PAGE | headers)
    assert answer.status_code == 200
    return answer


def pictures(answer: Any) -> str:
    return next(part for part in answer.headers["content-security-policy"].split("; ") if part.startswith("img-src"))


def addresses(answer: Any) -> set[str]:
    return {html.unescape(found) for found in re.findall(r'href="([^"]*)"', answer.text)}


@pytest.fixture
async def places(search: Any) -> None:
    await search.hold(
        search.a_structure("Bains du Pont", "shower", **PARIS, precision="address"),
        search.a_structure("Bains du Bourg", "shower", **PARIS, precision="city"),
        search.a_structure("Bains sans point", "shower"),
    )


@pytest.mark.usefixtures("places")
async def test_nothing_of_a_map_is_loaded_before_it_is_asked_for(search: Any) -> None:
    answer = await shown(search, "/recherche?q=bains&category=shower")
    for name in ("leaflet.js", "leaflet.css", "map.js", "map.css"):
        assert asset(name) not in answer.text
    assert pictures(answer) == PICTURES
    assert "map-number" not in answer.text


@pytest.mark.usefixtures("places")
async def test_the_link_to_the_map_keeps_the_search_and_waits_for_javascript(search: Any) -> None:
    answer = await shown(search, "/recherche?q=bains&category=shower")
    assert "/recherche?q=bains&category=shower&map=1#map" in addresses(answer)
    assert re.search(r'<p [^>]*data-scripted hidden><a class="[^"]*" href="[^"]*map=1#map"', answer.text)


@pytest.mark.usefixtures("places")
async def test_a_page_with_a_map_alone_may_show_pictures_of_the_host_of_its_background(search: Any) -> None:
    answer = await shown(search, "/recherche?q=bains&map=1")
    assert pictures(answer) == f"{PICTURES} https://a.tile.openstreetmap.fr"
    for name in ("leaflet.js", "leaflet.css", "map.js", "map.css"):
        assert asset(name) in answer.text
    assert '<a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>' in answer.text
    assert "comes from a.tile.openstreetmap.fr" in answer.text
    assert "/recherche?q=bains" in addresses(answer)


@pytest.mark.usefixtures("places")
async def test_cards_bear_the_numbers_and_points_that_the_map_shows(search: Any) -> None:
    text = (await shown(search, "/recherche?q=bains&map=1")).text
    assert len(re.findall(r'<li data-points="48.8656,2.3522"', text)) == 2
    assert "Bains du Bourg" in text.split('data-approximate="">')[1].split("</li>")[0]
    assert text.count('class="map-number"') == 2
    assert "We do not know where 1 place of this page is" in text


async def test_each_stop_of_a_mobile_team_is_on_the_map(search: Any) -> None:
    stops = tuple(Stop(address=Address(city="Paris", latitude=at, longitude=2.35)) for at in (48.85, 48.86, 48.87))
    await search.hold(search.a_structure("Camion Inventé", "seated_meal", kind="mobile", stops=stops))
    assert 'data-points="48.85,2.35 48.86,2.35 48.87,2.35"' in (await shown(search, "/recherche?q=camion&map=1")).text


async def test_a_map_with_nothing_to_show_is_neither_offered_nor_shown(search: Any) -> None:
    await search.hold(search.a_structure("Bains sans point"))
    assert "data-scripted" not in (await shown(search, "/recherche?q=bains")).text
    answer = await shown(search, "/recherche?q=bains&map=1")
    assert "data-map" not in answer.text
    assert pictures(answer) == PICTURES


async def test_going_on_keeps_the_map(search: Any) -> None:
    await search.hold(*(search.a_structure(f"Bains {n}", "shower", **PARIS) for n in range(25)))
    answer = await shown(search, "/recherche?q=bains&category=shower&place=Paris&map=1")
    assert "/recherche?q=bains&place=Paris&map=1" in addresses(answer)
    assert any("after=" in one and "map=1" in one for one in addresses(answer))
    assert answer.text.count('<input type="hidden" name="map" value="1">') == 2  # the search box, and the filters


async def test_where_one_stands_is_marked_when_the_device_said_it(search: Any) -> None:
    await search.hold(search.a_structure("Bains", **PARIS))
    assert 'data-here="48.86,2.35"' in (await shown(search, "/recherche?near=48.86,2.35&map=1")).text
    assert "data-here" not in (await shown(search, "/recherche?place=Paris&map=1")).text


async def counted(search: Any) -> int:
    await search.write_counts()
    items = (await search.client.get("/api/v1/search/statistics", params={"by": "department"})).json()["items"]
    return sum(one["searches"] for one in items)


@pytest.mark.usefixtures("places")
async def test_opening_or_closing_the_map_is_no_other_search(search: Any) -> None:
    host = str(search.client.base_url).rstrip("/")
    await shown(search, "/recherche?q=bains")
    await shown(search, "/recherche?q=bains&map=1", referer=f"{host}/recherche?q=bains")
    await shown(search, "/recherche?q=bains", referer=f"{host}/recherche?q=bains&map=1")
    assert await counted(search) == 1
    await shown(search, "/recherche?q=pont&map=1", referer=f"{host}/recherche?q=bains&map=1")
    assert await counted(search) == 2


async def test_without_a_background_no_map_is_offered(make_database: Any, nats_url: str, search: Any) -> None:
    kind: Any = type(search)
    settings = make_settings("search", await make_database("search"), nats_url)
    async with under_test(kind, msgspec.structs.replace(settings, map_tiles=None), build_web) as other:
        await other.hold(other.a_structure("Bains", **PARIS))
        assert "map=1" not in (await shown(other, "/recherche?q=bains")).text
        answer = await shown(other, "/recherche?q=bains&map=1")
        assert "data-map" not in answer.text
        assert pictures(answer) == PICTURES
