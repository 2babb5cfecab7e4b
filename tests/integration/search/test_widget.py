"""The search in other sites' pages. All places are invented."""

from __future__ import annotations

import html
import re

import pytest

PAGE = {"Accept": "text/html", "Accept-Language": "en"}


async def shown(search, address: str = "/widget", **parameters):
    return await search.client.get(address, params=parameters, headers=PAGE)


@pytest.fixture
async def places(search) -> None:
    await search.hold(
        *(search.a_structure(f"Douche Inventée {n}", "shower", city="Paris", department="75") for n in range(7)),
        search.a_structure("Repas Inventé", "seated_meal", city="Paris", department="75"),
    )


async def test_only_the_widget_may_be_framed_by_others(search) -> None:
    framed = (await shown(search)).headers["content-security-policy"]
    assert "frame-ancestors *" in framed
    for address in ("/", "/recherche", "/widget/creer"):
        assert "frame-ancestors 'none'" in (await shown(search, address)).headers["content-security-policy"]


async def test_the_language_of_a_widget_is_not_kept_for_our_own_pages(search) -> None:
    for address, keeps in (("/widget?lang=ar", False), ("/?lang=ar", True)):
        answer = await search.client.get(address, headers={"Accept": "text/html"})
        assert ('lang="ar"' in answer.text, "lang" in answer.cookies) == (True, keeps)


@pytest.mark.usefixtures("places")
async def test_what_its_address_asks_for_is_shown_and_all_of_it_is_one_link_away(search) -> None:
    answer = await shown(search, category="shower", colour="ff8800", theme="dark")
    assert len(re.findall(r'class="card result"', answer.text)) == 5
    assert "<b>7 places</b>" in answer.text
    assert "Repas" not in answer.text
    assert 'href="/recherche?category=shower"' in answer.text
    assert 'data-theme="dark"' in answer.text
    assert '<base target="_blank">' in answer.text
    for name, value in (("category", "shower"), ("colour", "ff8800"), ("theme", "dark")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in answer.text


@pytest.mark.usefixtures("places")
async def test_without_anything_asked_for_it_is_a_search_to_fill_in(search) -> None:
    answer = await shown(search)
    assert "result" not in re.findall(r'class="card (\w+)"', answer.text)
    assert 'action="/widget"' in answer.text
    assert 'class="top"' not in answer.text


async def test_what_cannot_be_read_is_said_beside_its_field_or_left_out(search) -> None:
    wrong = await shown(search, place="Nullepart-les-Bains", colour="javascript", theme="pink")
    assert wrong.status_code == 200
    assert "We know no town" in wrong.text
    assert "javascript" not in wrong.text
    assert "pink" not in wrong.text


UNREAD = "For whoever put this search here"


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"category": "nope"}, "category"),
        ({"family": "nope"}, "family"),
        ({"public": "nope"}, "public"),
        ({"department": "00"}, "department"),
        ({"radius_km": "far"}, "radius_km"),
        ({"near": "here"}, "near"),
        ({"open_at": "tonight"}, "open_at"),
        ({"open_now": "perhaps"}, "open_now"),
        ({"what": "shower"}, "what"),
        ({"per_page": "50"}, "per_page"),
        ({"colour": "javascript"}, "colour"),
        ({"theme": "pink"}, "theme"),
        ({"lang": "tlh"}, "lang"),
    ],
)
async def test_visitors_find_all_the_same_and_who_wrote_the_address_sees_what_is_wrong(search, wrong, named) -> None:
    answer = await shown(search, q="douche", **wrong)
    assert answer.status_code == 200
    assert "<b>7 places</b>" in answer.text
    foot = answer.text.split(UNREAD)[1]
    assert re.findall(r'<bdi dir="ltr">(\w+)</bdi>', foot) == [named]
    assert 'href="/widget/creer"' in foot
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', answer.text)
    assert kept == [("lang", "en")]  # searches from here are read, and no longer tell
    assert 'href="/recherche?q=douche"' in answer.text


@pytest.mark.usefixtures("places")
async def test_an_address_that_can_be_read_tells_nothing_at_its_foot(search) -> None:
    looks = {"colour": "#ff8800", "theme": "dark", "lang": "en"}
    answer = await shown(search, q="douche", department="75", category="shower", **looks)
    assert answer.text.count('class="card result"') == 5
    assert UNREAD not in answer.text


@pytest.mark.usefixtures("places")
async def test_of_several_kinds_those_that_are_known_are_shown(search) -> None:
    answer = await search.client.get("/widget?category=shower&category=nope&category=laundry", headers=PAGE)
    assert "<b>7 places</b>" in answer.text
    assert "“nope”" in answer.text.split(UNREAD)[1]
    assert 'href="/recherche?category=shower&amp;category=laundry"' in answer.text


@pytest.mark.usefixtures("places")
async def test_what_narrows_it_narrows_what_its_visitors_look_for(search) -> None:
    narrowing = [("category", "shower"), ("category", "laundry"), ("department", "75"), ("public", "women")]
    answer = await search.client.get("/widget", params=[*narrowing, ("lang", "en")], headers=PAGE)
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', answer.text)
    assert sorted(kept) == sorted([*narrowing, ("lang", "en")])


async def test_a_colour_has_a_style_sheet_of_its_own_and_nothing_else_does(search) -> None:
    style = await search.client.get("/widget/ff8800.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "--accent: #ff8800" in style.text  # in the dark it can be read as it is
    assert style.text.count("--on-accent") == 3
    for address in ("/widget/red.css", "/widget/ff8800", "/widget/ff8800.css.css"):
        assert (await search.client.get(address)).status_code == 404


async def test_what_is_to_be_pasted_shows_what_was_chosen(search) -> None:
    answer = await shown(search, "/widget/creer", what="shower", place="Paris", colour="#ff8800", speaks="en")
    code = re.search(r"<pre><code>(.*?)</code></pre>", answer.text, re.DOTALL)
    assert code
    pasted = html.unescape(code[1])
    source = re.search(r'src="([^"]*)"', pasted)
    assert source
    assert html.unescape(source[1]) == ("http://relais.test/widget?category=shower&place=Paris&colour=ff8800&lang=en")
    copied = re.search(r'data-copy="([^"]*)"', answer.text)
    assert copied
    assert html.unescape(copied[1]) == pasted
    assert "frame-src 'self'" in answer.headers["content-security-policy"]


async def test_a_wrong_choice_is_said_and_nothing_that_was_typed_is_lost(search) -> None:
    answer = await shown(search, "/widget/creer", place="Nullepart-les-Bains", colour='"><script>')
    assert answer.status_code == 422
    assert "Write a colour as #0b5a6f." in answer.text
    assert "We know no town" in answer.text
    assert 'value="Nullepart-les-Bains"' in answer.text
    assert '"><script>' not in answer.text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("what", "This kind of service is not in the list: “nope”."),
        ("theme", "Write light or dark."),
        ("speaks", "Write one of these languages: fr, en, ar."),
    ],
)
async def test_a_choice_that_is_not_offered_is_said_beside_its_field(search, name, sentence) -> None:
    answer = await shown(search, "/widget/creer", **{name: "nope"})
    assert answer.status_code == 422
    beside = re.findall(rf'id="field-{name}-error">(.*?)</p>', answer.text)
    assert [sentence in one for one in beside] == [True]
    assert 'src="/widget"' in answer.text


@pytest.mark.usefixtures("places")
async def test_a_search_in_a_widget_counts_when_somebody_typed_it(search) -> None:
    await shown(search, category="shower")
    await shown(search, category="shower", q="douche")
    await search.write_counts()
    items = (await search.client.get("/api/v1/search/statistics", params={"by": "department"})).json()["items"]
    assert [one["searches"] for one in items] == [1]
