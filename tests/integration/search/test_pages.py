"""The home page, the results and what robots are told. All places are invented."""

from __future__ import annotations

import gzip
import html
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import pytest

from libs.contracts.structure import Override, Phone, Publics, Source, Verification
from libs.web.assets import asset
from libs.web.formatting import day

PARIS = {"latitude": 48.8656, "longitude": 2.3522, "department": "75", "postcode": "75003", "city": "Paris"}
TODAY = datetime.now(UTC).date()


async def page(search: Any, path: str, *, status: int = 200, language: str = "fr") -> str:
    answer = await search.client.get(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.status_code == status
    return answer.text


async def test_home_leads_to_every_family(search: Any):
    text = await page(search, "/")
    for family in ("food", "hygiene", "housing", "health", "digital"):
        assert f'href="/recherche?family={family}"' in text
    assert 'action="/recherche"' in text


async def test_home_says_how_many_places_it_knows(search: Any):
    await search.hold(search.a_structure("A", department="75"), search.a_structure("B", department="93"))
    assert "2 places in 2 departments" in await page(search, "/", language="en")


async def test_a_search_at_home_leads_to_its_lasting_address(search: Any):
    answer = await search.client.get("/?q=bains&place=Paris&lang=en")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/recherche?q=bains&place=Paris"


async def test_a_card_says_what_where_when_and_how_to_call(search: Any):
    await search.hold(
        search.a_structure(
            "Bains du Pont",
            "shower",
            slug="bains-du-pont",
            street="12 rue Invention",
            opening_hours="24/7",
            phones=(Phone(number="+33143438475"),),
            verified=Verification(at=datetime.now(UTC) - timedelta(days=21), method="phone"),
            **PARIS,
        )
    )
    text = await page(search, "/recherche?q=douche&near=48.8566,2.3522")
    assert 'href="/structures/bains-du-pont"' in text
    assert "Douche" in text
    assert "12 rue Invention, Paris" in text
    assert "1,0\u202fkm" in text
    assert 'href="tel:+33143438475"' in text
    assert "Vérifié il y a 3 semaines, par téléphone" in text
    assert "badge-open" in text


async def test_a_card_leads_to_the_door_and_names_it_and_never_to_the_middle_of_a_town(search: Any):
    await search.hold(
        search.a_structure("Bains du Pont", slug="pont", **PARIS, precision="address"),
        search.a_structure("Bains du Bourg", slug="bourg", **PARIS, precision="city"),
        search.a_structure("Bains sans point", slug="sans-point"),
    )
    text = await page(search, "/recherche?q=bains")
    assert text.count('href="/structures/') >= 3
    assert re.findall(r'href="(https://www.openstreetmap.org/[^"]+)"', text) == [
        "https://www.openstreetmap.org/directions?to=48.865600%2C2.352200"
    ]
    assert re.search(r"Itinéraire<span[^>]*>.: Bains du Pont</span>", text)


async def test_a_temporary_closure_shows_its_end_and_its_reason(search: Any):
    closure = Override(id="1", kind="closure", starts_on=TODAY, reason="Travaux")
    await search.hold(search.a_structure("Bains", opening_hours="24/7", overrides=(closure,)))
    text = await page(search, "/recherche")
    assert "badge-temporary" in text
    assert "Fermé temporairement" in text
    assert "Travaux" in text


async def test_a_closure_that_comes_is_announced(search: Any):
    closure = Override(id="1", kind="closure", starts_on=TODAY + timedelta(days=5))
    await search.hold(search.a_structure("Bains", opening_hours="24/7", overrides=(closure,)))
    assert "Sera fermé à partir du" in await page(search, "/recherche")


async def test_old_information_shows_its_date_and_a_doubt(search: Any):
    source = Source(source="leaflet-paris-2020", external_id="1", retrieved_on=datetime(2020, 5, 6, tzinfo=UTC).date())
    await search.hold(search.a_structure("Bains", slug="bains", sources=(source,)))
    text = await page(search, "/recherche")
    assert "D’après sa source au mercredi 6 mai 2020, pas vérifié depuis" in text
    assert 'href="/structures/bains/corriger"' in text


async def test_what_nobody_has_checked_says_so_with_a_doubt_past_six_months(search: Any):
    proposed = datetime.now(UTC) - timedelta(days=20)
    await search.hold(search.a_structure("Bains", created_at=proposed))
    text = await page(search, "/recherche?q=bains")
    assert f"Proposé le {day(proposed, year=True)}, pas vérifié depuis" in text
    assert "verified-stale" not in text
    await search.hold(search.a_structure("Douche", slug="douche", created_at=proposed - timedelta(days=200)))
    text = await page(search, "/recherche?q=douche")
    assert "verified-stale" in text
    assert 'href="/structures/douche/corriger"' in text
    source = Source(source="france-services", external_id="1")
    await search.hold(search.a_structure("Lavoir", sources=(source,)))
    text = await page(search, "/recherche?q=lavoir")
    assert "D’après sa source, pas encore vérifié" in text
    assert "verified-stale" in text


async def test_of_several_sources_the_last_that_was_read_counts(search: Any):
    sources = tuple(
        Source(source=name, external_id="1", retrieved_on=TODAY - timedelta(days=days))
        for name, days in (("leaflet-paris-2020", 900), ("mairies", 9))
    )
    await search.hold(search.a_structure("Bains", sources=sources))
    text = await page(search, "/recherche")
    assert f"D’après sa source au {day(sources[1].retrieved_on, year=True)}, pas vérifié depuis" in text
    assert "verified-stale" not in text


async def test_what_only_an_old_source_confirms_shows_its_day_and_a_doubt(search: Any):
    verified = Verification(at=datetime(2020, 5, 6, tzinfo=UTC), method="source")
    await search.hold(search.a_structure("Bains", slug="bains", verified=verified))
    text = await page(search, "/recherche")
    assert "après sa source du mercredi 6 mai 2020" in text
    assert 'href="/structures/bains/corriger"' in text


async def test_filters_are_kept_shown_and_each_can_be_dropped(search: Any):
    await search.hold(
        search.a_structure("Bains", "shower", opening_hours="24/7", publics=Publics(groups=("women",)), **PARIS)
    )
    text = await page(search, "/recherche?q=bains&category=shower&category=laundry&public=women&open_now=1")
    assert 'href="/recherche?q=bains&amp;category=laundry&amp;public=women&amp;open_now=1"' in text
    assert 'href="/recherche?q=bains&amp;category=shower&amp;category=laundry&amp;open_now=1"' in text


def kept_by_the_search_box(text: str) -> list[tuple[str, str]]:
    box = re.findall(r'<form class="search[" ].*?</form>', text, re.DOTALL)[0]
    return re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', box)


async def test_the_search_box_keeps_what_narrows_and_forgets_the_page(search: Any):
    await search.hold(search.a_structure("Bains", "shower", **PARIS))
    narrowing = [
        *(("category", "shower"), ("category", "laundry"), ("closed", "1"), ("department", "75")),
        *(("family", "hygiene"), ("open_now", "1"), ("public", "women"), ("radius_km", "5")),
    ]
    text = await page(search, f"/recherche?{urlencode(narrowing)}&q=bains&place=Paris&plain=time")
    assert kept_by_the_search_box(text) == narrowing
    moment = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT12:00")
    text = await page(search, f"/recherche?category=shower&open_at={moment}&map=1")
    assert kept_by_the_search_box(text) == [("category", "shower"), ("map", "1"), ("open_at", moment)]


async def test_the_search_box_keeps_nothing_that_cannot_be_read(search: Any):
    text = await page(search, "/recherche?open_at=2020-01-01T12:00&category=swimming&public=women", status=422)
    assert kept_by_the_search_box(text) == [("public", "women")]


def sent_by_the_filters(text: str) -> dict[str, list[str]]:
    """Return what the sheet of filters sends when nothing in it is touched; what is empty left out."""
    sheet = re.findall(r'<div class="part-body">\s*(<form.*?</form>)', text, re.DOTALL)[0]
    sent = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', sheet)
    for name, field in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', sheet, re.DOTALL):
        sent += [(name, value) for value in re.findall(r'<option value="([^"]*)" selected>', field)]
    sent += re.findall(r'name="(open_at)" type="\S+" value="([^"]*)"', sheet)
    sent += re.findall(r'type="checkbox"[^>]*name="(\w+)" value="([^"]*)" checked', sheet)
    return {name: [html.unescape(value) for one, value in sent if one == name] for name, value in sent if value}


@pytest.mark.parametrize(
    "query",
    [
        "q=bains&place=Paris&category=shower&category=laundry&public=women&public=families",
        "family=hygiene&category=seated_meal",
        "near=48.8566,2.3522&radius_km=3&department=75&map=1",
        "q=bains&radius_km=5&open_now=1&closed=1",
        "q=repas+lozère",
    ],
)
async def test_the_filters_sent_as_they_are_change_nothing(search: Any, query: str):
    await search.hold(
        search.a_structure("Bains", "shower", opening_hours="24/7", publics=Publics(groups=("women",)), **PARIS)
    )
    before = parse_qs(query)
    sent = sent_by_the_filters(await page(search, f"/recherche?{query}"))
    assert {name: ",".join(values).split(",") for name, values in sent.items()} == {
        name: ",".join(values).split(",") for name, values in before.items()
    }
    again = await page(search, f"/recherche?{urlencode(sent, doseq=True)}")
    assert sent_by_the_filters(again) == sent
    names = re.compile(r'<h2 class="result-name">')
    assert len(names.findall(again)) == len(names.findall(await page(search, f"/recherche?{query}")))


async def test_several_kinds_in_one_parameter_are_several(search: Any):
    await search.hold(search.a_structure("Bains", "shower"), search.a_structure("Laverie", "laundry"))
    text = await page(search, "/recherche?category=shower,laundry")
    assert 'href="/recherche?category=laundry"' in text
    assert 'href="/recherche?category=shower"' in text
    assert '<option value="shower,laundry" selected>Douche, ' in text


async def test_one_kind_chosen_anew_takes_the_place_of_several(search: Any):
    text = await page(search, "/recherche?category=laundry")
    assert "shower,laundry" not in text
    assert text.count('<option value="laundry" selected>') == 1


@pytest.mark.parametrize("written", ["T18:30", "T18:30:20", "T18:30+01:00", "T17:30:20Z", " 18:30"])
async def test_a_moment_stands_in_its_field_as_the_clock_of_paris_shows_it(search: Any, written: str):
    day = date(TODAY.year, 12, 24)
    if day <= TODAY:
        day = day.replace(year=TODAY.year + 1)
    text = await page(search, f"/recherche?open_at={quote(f'{day}{written}')}")
    assert f'name="open_at" type="datetime-local" value="{day}T18:30"' in text


async def test_what_is_no_moment_stands_in_its_field_with_what_is_wrong(search: Any):
    text = await page(search, "/recherche?open_at=garbage&open_now=1&q=bains", status=422, language="en")
    assert 'name="open_at" type="text" value="garbage"' in text
    assert "Write a moment such as 2026-12-24T18:30." in text.split('id="field-open_at-error"')[1].split("</p>")[0]
    assert '<details class="part" open>' in text
    assert '<a href="#field-open_at">' in text
    assert sent_by_the_filters(text)["open_now"] == ["1"]
    assert "Open on" not in text
    past = await page(search, "/recherche?open_at=2020-01-01T12:00:30Z", status=422)
    assert 'name="open_at" type="datetime-local" value="2020-01-01T13:00"' in past


async def test_of_now_and_another_moment_only_what_counts_is_shown(search: Any):
    await search.hold(search.a_structure("Bains", opening_hours="24/7"))
    moment = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT12:00")
    text = await page(search, f"/recherche?open_now=1&open_at={moment}", language="en")
    assert sent_by_the_filters(text) == {"open_at": [moment]}
    chips = re.findall(r"Remove: </span><bdi>([^<]*)</bdi>", text)
    assert [chip.partition(" on ")[0] for chip in chips] == ["Open"]


async def test_the_filters_keep_a_department_that_they_do_not_offer(search: Any):
    text = await page(search, "/recherche?department=75&near=48.8566,2.3522")
    assert text.count('<input type="hidden" name="department" value="75">') == 2


async def test_the_next_page_is_a_link(search: Any):
    await search.hold(*(search.a_structure(f"Bains {n}") for n in range(25)))
    text = await page(search, "/recherche?q=bains")
    found = re.search(r'href="([^"]+)" ?[^>]*rel="next"|rel="next" href="([^"]+)"|href="([^"]+after=[^"]+)"', text)
    assert found
    following = await page(search, next(filter(None, found.groups())).replace("&amp;", "&"))
    names = re.compile(r">(Bains \d+)<")
    assert len(names.findall(text)) == 20
    assert len(names.findall(following)) == 5
    assert not set(names.findall(text)) & set(names.findall(following))
    assert 'rel="next"' not in following


def searches_on(text: str) -> list[str]:
    """Return the searches that a page without results leads to: not the crosses, nor those of the foot and the head."""
    main = re.findall(r"<main.*?</main>", text, re.DOTALL)[0]
    return [html.unescape(one) for one in re.findall(r'<a (?!class="chip")[^>]*href="(/recherche[^"]*)"', main)]


async def test_no_result_offers_only_ways_that_lead_to_something(search: Any):
    await search.hold(search.a_structure("Bains de Lyon", "shower", latitude=45.76, longitude=4.83))
    text = await page(search, "/recherche?q=bains+lyon&place=Paris&open_now=1")
    assert "Bains de Lyon" not in text
    assert "/recherche?q=bains+lyon&place=Paris" in searches_on(text)
    assert "/recherche?q=lyon&place=Paris&open_now=1" not in searches_on(text)
    assert 'href="/contribuer"' in text
    for address in searches_on(text):
        assert "Bains de Lyon" in await page(search, address)


@pytest.mark.parametrize(
    "query",
    [
        *("q=zzqqxx", "q=zzqqxx&place=Lyon", "q=zzqqxx+lyon", "q=dentiste+zzqqxx", "q=zzqqxx+yyww&near=45.76,4.83"),
        *("q=zzqqxx&place=69", "q=zzqqxx&department=69", "q=zzqqxx&place=Paris&radius_km=1&plain=time"),
        *(
            "place=Paris&public=women&closed=1",
            "family=health&category=dental_care&open_now=1",
            "q=zzqqxx+ouvert+dimanche",
        ),
    ],
)
async def test_no_result_always_leads_on_to_what_there_is(search: Any, query: str):
    place = {"latitude": 45.76, "longitude": 4.83, "department": "69", "city": "Lyon"}
    await search.hold(
        search.a_structure("Bains du Pont", "shower", **place), search.a_structure("Repas", "seated_meal", **place)
    )
    text = await page(search, f"/recherche?{query}")
    assert "Aucun lieu trouvé" in text
    assert '<span class="chip">' not in text
    ways = searches_on(text)
    assert any("family=hygiene" in way for way in ways)
    assert any("family=food" in way for way in ways)
    assert not any("family=health" in way for way in ways if "dental_care" not in way)
    for way in ways:
        assert 'href="/structures/' in await page(search, way)


async def test_going_without_the_filters_still_shows_what_is_closed_when_asked_to(search: Any):
    closure = Override(id="1", kind="closure", starts_on=TODAY)
    await search.hold(search.a_structure("Bains", "shower", overrides=(closure,), **PARIS))
    text = await page(search, "/recherche?q=bains&public=women&category=laundry&closed=1")
    assert "/recherche?q=bains&closed=1" in searches_on(text)


async def test_what_there_is_around_counts_what_its_links_lead_to(search: Any):
    lyon = {"latitude": 45.76, "longitude": 4.83, "department": "69"}
    await search.hold(*(search.a_structure(f"Bains {n}", "shower", **lyon) for n in range(2)))
    await search.hold(search.a_structure("Bains de Paris", "shower", **PARIS))
    text = await page(search, "/recherche?q=zzqqxx+lyon", language="en")
    assert "All the help there is · <bdi>Lyon" in text
    tile = re.findall(r'<a class="tile" href="([^"]+)".*?<span class="tile-count">(\d+)</span>', text)
    assert [(html.unescape(href), count) for href, count in tile] == [("/recherche?place=lyon&family=hygiene", "2")]
    text = await page(search, "/recherche?q=zzqqxx+en+auvergne+rhone+alpes", language="en")
    assert "All the help there is · <bdi>Auvergne-Rhône-Alpes" in text
    assert '<span class="tile-count">2</span>' in text
    text = await page(search, "/recherche?q=zzqqxx", language="en")
    assert "All the help there is, everywhere" in text
    assert '<span class="tile-count">3</span>' in text


async def test_what_is_shown_where_there_is_nothing_near_lies_farther(search: Any):
    await search.hold(search.a_structure("Bains", "shower", latitude=45.76, longitude=4.83))
    near = await page(search, "/recherche?q=zzqqxx&near=45.3,4.83")
    assert "/recherche?near=45.3%2C4.83&radius_km=100&family=hygiene" in searches_on(near)
    far = await page(search, "/recherche?q=zzqqxx&near=50.6,3.05")
    assert "/recherche?family=hygiene" in searches_on(far)


async def test_nothing_at_all_still_leads_to_suggesting_a_place(search: Any):
    text = await page(search, "/recherche?q=zzqqxx&place=Lyon")
    assert searches_on(text) == []
    assert 'href="/contribuer"' in text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("q=bains&place=Trifouilly", "We know no town, postcode, department or region called “Trifouilly”."),
        ("radius_km=0", "Write a distance in kilometres"),
        ("after=abc", "This cursor is not one that we gave"),
        ("category=swimming", "This kind of service is not in the list: “swimming”."),
    ],
)
async def test_what_cannot_be_read_is_said_and_what_was_typed_is_kept(search: Any, query: str, sentence: str):
    text = await page(search, f"/recherche?{query}&q=bains", status=422, language="en")
    assert sentence in text
    assert 'value="bains"' in text


async def test_what_is_typed_is_text_and_nothing_else(search: Any):
    text = await page(search, "/recherche?q=%3Cscript%3Ealert(1)%3C/script%3E%22%3E&place=%3Cb%3E", status=422)
    assert "<script>alert" not in text
    assert "<b>\u202f»" not in text


async def test_results_are_shared_unless_their_address_says_where_somebody_stands(search: Any):
    await search.hold(search.a_structure("Bains", "shower", **PARIS))
    assert 'data-copy="http' in await page(search, "/recherche?q=douche")
    assert "data-share" not in await page(search, "/recherche?q=douche&near=48.8566,2.3522")


async def test_towns_of_the_same_name_are_offered(search: Any):
    assert "Saint-Denis (Seine-Saint-Denis)" in await page(search, "/recherche?place=saint-denis")


async def test_an_unknown_address_is_a_page_that_leads_on(search: Any):
    text = await page(search, "/nulle-part", status=404)
    assert 'href="/"' in text


async def test_the_worker_is_never_cached_and_names_what_pages_need(search: Any):
    answer = await search.client.get("/service-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "worker-src 'self'" in answer.headers["content-security-policy"]
    for name in ("relais.css", "relais.js", "offline.js", "keep.js", "suggest.js"):
        assert f'"{asset(name)}"' in answer.text


async def test_robots_are_kept_from_endless_searches(search: Any):
    text = (await search.client.get("/robots.txt")).text
    assert "Disallow: /recherche?*after=" in text
    assert "Disallow: /recherche\n" not in text
    assert "Disallow: /structures" not in text


async def test_the_first_view_weighs_little(search: Any):
    html = await page(search, "/")
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', html))
    assert asset("relais.js") in files
    sizes = {name: len(gzip.compress((await search.client.get(name)).content)) for name in files}
    assert sum(size for name, size in sizes.items() if name.endswith(".js")) <= 20_000
    assert sum(sizes.values()) + len(gzip.compress(html.encode())) <= 60_000


async def test_arabic_words_find_places_whose_names_stay_french(search: Any):
    await search.hold(
        search.a_structure("Table d'Essai (midi)", "seated_meal", slug="table", street="1 rue Invention", **PARIS)
    )
    text = await page(search, "/recherche?q=طعام في باريس", language="ar")
    assert '<html lang="ar" dir="rtl">' in text
    assert "<b>مكان واحد</b>" in text
    assert '<a href="/structures/table" lang="fr" dir="auto">Table d&#39;Essai (midi)</a>' in text
    assert '<bdi lang="fr" dir="auto">1 rue Invention, Paris</bdi>' in text
    assert "وجبات على المائدة" in text
    assert "<bdi>Paris (75)</bdi>" in text


async def test_arabic_words_and_places_are_understood_where_each_is_asked_for(search: Any):
    await search.hold(search.a_structure("Bains d'Essai", "shower", slug="bains", **PARIS))
    text = await page(search, "/recherche?q=دش&place=باريس", language="ar")
    assert '<a href="/structures/bains"' in text


async def test_what_was_corrected_or_left_out_can_be_taken_back(search: Any):
    await search.hold(
        search.a_structure("Bains du Pont", "shower", department="75"),
        search.a_structure("Jardin du Lac", "library", department="75"),
    )
    corrected = await page(search, "/recherche?q=bains+ponf&lang=fr")
    assert "lu comme pont" in corrected
    assert 'href="/recherche?q=bains+ponf&amp;plain=spelling"' in corrected
    assert "Bains du Pont" not in await page(search, "/recherche?q=bains+ponf&plain=spelling")
    left_out = await page(search, "/recherche?q=bains+jardin&lang=fr")
    assert "Bains du Pont" in left_out
    assert re.search(r'href="/recherche\?q=jardin"[^>]*>(<[^>]*>)*Plutôt sans', left_out)


async def test_the_end_of_all_years_is_no_moment(search: Any):
    for moment in ("9999-12-31T23:59:59Z", "9999-12-31T23:59", "0001-01-01T00:00"):
        answer = await search.client.get("/recherche", params={"q": "31/12/9999", "open_at": moment})
        assert answer.status_code == 422, moment


async def test_a_need_without_a_place_is_asked_where(search: Any):
    await search.hold(search.a_structure("Bains du Pont", "shower", **PARIS))
    hint = "We looked all over France."
    for query in ("q=douche", "q=douche+pres+de+moi", "category=shower"):
        assert hint in await page(search, f"/recherche?{query}", language="en")
    for query in ("q=douche&place=Paris", "q=douche+75", "q=bains+du+pont", "category=shower&department=75"):
        assert hint not in await page(search, f"/recherche?{query}", language="en")


async def test_distances_in_a_town_say_that_they_count_from_its_centre(search: Any):
    await search.hold(search.a_structure("Bains du Pont", "shower", **PARIS))
    from_centre = "distances from its centre"
    assert from_centre in await page(search, "/recherche?q=douche&place=Paris", language="en")
    for query in ("q=douche&near=48.8566,2.3522", "q=douche&place=75"):
        assert from_centre not in await page(search, f"/recherche?{query}", language="en")
