"""The search on a screen in a hall. All places are invented."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import OperationalError

from libs.contracts.structure import Override, Phone

HERE = "near=48.8839,2.3899&radius_km=2"
CLOSE = {"latitude": 48.8840, "longitude": 2.3950, "department": "75", "postcode": "75019", "city": "Paris"}
FAR = {"latitude": 48.8300, "longitude": 2.3000, "department": "75", "postcode": "75015", "city": "Paris"}


async def shown(search: Any, address: str, *, status: int = 200, **headers: str) -> Any:
    answer = await search.client.get(address, headers={"Accept": "text/html"} | headers)
    assert answer.status_code == status
    return answer


def leads_to(answer: Any) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'(?:href|action|src)="([^"]*)"', answer.text)]


@pytest.fixture
async def places(search: Any) -> None:
    phones = (Phone(number="+33143438475", label="Accueil"), Phone(number="+33600000000", visibility="internal"))
    week = "Mo-Su 09:00-12:00"
    await search.hold(
        search.a_structure("Repas du Canal", "seated_meal", slug="canal", phones=phones, opening_hours=week, **CLOSE),
        search.a_structure("Repas du Quinze", "seated_meal", slug="quinze", **FAR),
    )


@pytest.mark.usefixtures("places")
async def test_nothing_on_it_leads_out(search: Any) -> None:
    for address in (
        f"/borne?{HERE}&lang=fr",
        f"/borne?{HERE}&lang=fr&family=food",
        f"/borne?{HERE}&lang=fr&q=introuvable",
        f"/borne/structures/canal?{HERE}&lang=fr&family=food",
        "/borne?place=Nullepart&lang=fr&q=repas",
    ):
        answer = await search.client.get(address, headers={"Accept": "text/html"})
        assert answer.status_code in {200, 422}
        assert [one for one in leads_to(answer) if not one.startswith(("/borne", "/static/"))] == []
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", f"/borne/nulle-part?{HERE}&lang=en&home=fr", 404),
        ("GET", f"/borne/structures/a/b?{HERE}&lang=en&home=fr", 404),
        ("POST", f"/borne?{HERE}&lang=en&home=fr", 405),
        ("GET", f"/borne?{HERE}&lang=en&home=fr&q=broken", 500),
        ("GET", f"/borne?{HERE}&lang=en&home=fr&q=away", 503),
    ],
)
async def test_what_goes_wrong_on_it_is_said_on_it_and_leads_back_to_its_start(
    search: Any, monkeypatch: pytest.MonkeyPatch, method: str, address: str, status: int
) -> None:
    async def fail(_engine: Any, asked: Any) -> None:
        raise OperationalError("away") if asked.typed.q == "away" else ValueError("broken")

    monkeypatch.setattr("services.search.web.kiosk.find", fail)
    answer = await search.client.request(method, address, headers={"Accept": "text/html"})
    assert answer.status_code == status
    start = "/borne?near=48.8839%2C2.3899&radius_km=2&lang=fr"
    assert start in leads_to(answer)
    assert [one for one in leads_to(answer) if not one.startswith(("/borne", "/static/"))] == []
    assert answer.headers["cache-control"] == "no-store"
    assert f'data-kiosk="{html.escape(start)}">' in answer.text  # not « at the start », where nothing would lead back
    assert f'content="60; url={html.escape(start)}"' in answer.text
    assert ("<span>Try again</span>" in answer.text) == (status >= 500)


async def test_an_address_under_it_without_a_language_leads_back_to_french(search: Any) -> None:
    answer = await shown(search, "/borne/nulle-part", status=404, Cookie="lang=en")
    assert "/borne?lang=fr" in leads_to(answer)


async def test_elsewhere_the_common_page_says_what_goes_wrong(search: Any) -> None:
    assert "/contribuer" in leads_to(await shown(search, "/bornes", status=404))
    answer = await search.client.get("/borne/nulle-part", headers={"Accept": "application/json"})
    assert answer.json()["type"] == "/problems/not-found"


@pytest.mark.usefixtures("places")
async def test_what_is_around_the_screen_is_found_and_each_opens_within_it(search: Any) -> None:
    answer = await shown(search, f"/borne?{HERE}&lang=fr&family=food")
    assert "Repas du Canal" in answer.text
    assert "Repas du Quinze" not in answer.text
    assert "<b>370\u202fm</b>" in answer.text
    record = next(one for one in leads_to(answer) if one.startswith("/borne/structures/canal"))
    text = (await shown(search, record)).text
    assert '<bdi dir="ltr">01 43 43 84 75</bdi>' in text
    assert "06 00 00 00 00" not in text
    assert text.count("9\u202fh – 12\u202fh") == 7
    assert "75019 Paris" in text
    assert "relais.test/structures/canal" in text
    assert "<svg" in text.split('class="kiosk-code"')[1]


@pytest.mark.usefixtures("places")
async def test_a_record_tells_its_hours_in_the_language_of_the_screen(search: Any) -> None:
    text = (await shown(search, f"/borne/structures/canal?{HERE}&lang=en&family=food")).text
    assert text.count("09:00 – 12:00") == 7
    assert "Monday" in text
    arabic = (await shown(search, f"/borne/structures/canal?{HERE}&lang=ar&family=food")).text
    assert "الاثنين" in arabic
    assert '<h1 lang="fr" dir="auto">Repas du Canal</h1>' in arabic


@pytest.mark.usefixtures("places")
async def test_around_a_town_no_distance_is_said_that_is_not_from_the_screen(search: Any) -> None:
    text = (await shown(search, "/borne?place=75019&radius_km=2&lang=fr&family=food")).text
    assert "Repas du Canal" in text
    assert "\u202fm</b>" not in text


@pytest.mark.usefixtures("places")
async def test_where_nothing_is_around_the_nearest_farther_away_opens_too(search: Any) -> None:
    answer = await shown(search, f"/borne?{HERE}&lang=fr&q=quinze")
    assert "Le plus près, mais plus loin" in answer.text
    record = next(one for one in leads_to(answer) if one.startswith("/borne/structures/quinze"))
    assert "<h1>Repas du Quinze</h1>" in (await shown(search, record)).text


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("where", [HERE, "near=50.6,3.05", "place=75019", "place=75", ""])
async def test_where_nothing_is_found_the_kinds_of_help_that_there_are_lead_on(search: Any, where: str) -> None:
    answer = await shown(search, f"/borne?{where}&lang=fr&q=zzqqxx")
    tiles = [html.unescape(one) for one in re.findall(r'<a class="tile" href="([^"]*)"', answer.text)]
    assert [re.findall("family=([a-z]+)", one) for one in tiles] == [["food"]]
    assert "/borne/structures/" in (await shown(search, tiles[0])).text


@pytest.mark.usefixtures("places")
async def test_words_that_had_to_be_left_out_are_named(search: Any) -> None:
    text = (await shown(search, f"/borne?{HERE}&lang=en&q=canal+introuvable")).text
    assert "Repas du Canal" in text
    assert "these places were found without “introuvable”" in text


@pytest.mark.usefixtures("places")
async def test_a_record_that_is_no_longer_found_leads_back_to_the_results(search: Any) -> None:
    answer = await shown(search, f"/borne/structures/parti?{HERE}&lang=fr&family=food", status=302)
    assert answer.headers["location"] == "/borne?near=48.8839%2C2.3899&radius_km=2&family=food&lang=fr"
    assert (await shown(search, "/borne/structures/canal", status=302)).headers["location"] == "/borne?lang=fr"


async def test_why_a_place_is_closed_is_said(search: Any) -> None:
    closure = Override(id="1", kind="closure", starts_on=datetime.now(UTC).date() - timedelta(days=2), reason="Travaux")
    await search.hold(search.a_structure("Repas du Canal", "seated_meal", slug="canal", overrides=(closure,), **CLOSE))
    text = (await shown(search, f"/borne/structures/canal?{HERE}&lang=fr&family=food")).text
    assert "badge-temporary" in text
    assert "Travaux" in text


async def test_it_starts_in_its_own_language_whatever_the_last_person_chose(search: Any) -> None:
    answer = await shown(search, f"/borne?{HERE}", status=302, Cookie="lang=en", **{"Accept-Language": "en"})
    assert answer.headers["location"] == "/borne?near=48.8839%2C2.3899&radius_km=2&lang=fr"
    english = await shown(search, f"/borne?{HERE}&lang=en&home=fr&family=food")
    assert "Start again" in english.text
    start = html.unescape(re.findall(r'data-kiosk="([^"]*)"', english.text)[0])
    assert start == "/borne?near=48.8839%2C2.3899&radius_km=2&lang=fr"
    assert "/borne?near=48.8839%2C2.3899&radius_km=2&family=food&lang=fr" in leads_to(english)
    own = await shown(search, f"/borne?{HERE}&lang=en")
    assert html.unescape(re.findall(r'data-kiosk="([^"]*)"', own.text)[0]).endswith("lang=en")


async def test_without_a_script_it_goes_back_to_its_start_after_a_minute(search: Any) -> None:
    refresh = re.compile(r'<noscript><meta http-equiv="refresh" content="60; url=([^"]*)"></noscript>')
    assert not refresh.search((await shown(search, f"/borne?{HERE}&lang=fr")).text)
    found = refresh.search((await shown(search, f"/borne?{HERE}&lang=fr&family=food")).text)
    assert found
    assert html.unescape(found[1]) == "/borne?near=48.8839%2C2.3899&radius_km=2&lang=fr"


@pytest.mark.parametrize("query", ["place=Nullepart", "near=somewhere", "radius_km=0", "family=swimming", "after=x"])
async def test_an_address_that_cannot_be_read_says_so(search: Any, query: str) -> None:
    answer = await shown(search, f"/borne?{query}&lang=en&q=repas", status=422)
    assert "A part of this address cannot be read." in answer.text


async def test_a_theme_that_does_not_exist_is_the_light_one(search: Any) -> None:
    assert 'data-theme="dark"' in (await shown(search, "/borne?theme=dark&lang=fr")).text
    text = (await shown(search, "/borne?theme=%22%3E%3Cscript%3E&lang=fr")).text
    assert 'data-theme="light"' in text
    assert '"><script>' not in text


@pytest.mark.usefixtures("places")
async def test_more_than_one_screen_is_a_page_further(search: Any) -> None:
    await search.hold(*(search.a_structure(f"Douche {n}", "shower", slug=f"douche-{n}", **CLOSE) for n in range(10)))
    first = await shown(search, f"/borne?{HERE}&lang=fr&family=hygiene")
    following = next(one for one in leads_to(first) if "after=" in one and one.startswith("/borne?"))
    second = await shown(search, following)
    seen = [set(re.findall(r"/borne/structures/(douche-\d)", answer.text)) for answer in (first, second)]
    assert [len(one) for one in seen] == [8, 2]
    record = next(one for one in leads_to(second) if one.startswith("/borne/structures/"))
    assert "after=" in record
    assert following in leads_to(await shown(search, record))


@pytest.mark.usefixtures("places")
async def test_a_search_counts_once_not_on_the_way_back_from_a_record(search: Any) -> None:
    results = f"/borne?{HERE}&lang=fr&q=repas"
    host = str(search.client.base_url).rstrip("/")
    await shown(search, results, referer=f"{host}/borne?{HERE}&lang=fr")
    await shown(search, f"/borne/structures/canal?{HERE}&lang=fr&q=repas", referer=host + results)
    await shown(search, results, referer=f"{host}/borne/structures/canal?{HERE}&lang=fr&q=repas")
    await search.write_counts()
    items = (await search.client.get("/api/v1/search/statistics", params={"by": "department"})).json()["items"]
    assert [one["searches"] for one in items] == [1]
