"""Suggestions under the search box, by keyboard and by touch."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, expect

from libs.testing.accessibility import violations
from libs.testing.platform import RunningPlatform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def test_what_one_begins_to_type_is_suggested_and_chosen_by_keyboard(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await browser.new_context(
        base_url=platform.url, viewport={"width": 360, "height": 800}, locale="fr-FR"
    ) as context:
        page = await context.new_page()
        await page.goto("/")
        what = page.get_by_role("combobox", name="De quoi avez-vous besoin")
        await what.press_sequentially("dou")
        options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
        await expect(options.first).to_have_text("Douche")
        assert await violations(page) == []
        await what.press("Escape")
        await expect(options.first).to_be_hidden()
        await what.press_sequentially("c")
        await expect(options.first).to_have_text("Douche")
        await what.press("ArrowDown")
        await expect(options.first).to_have_attribute("aria-selected", "true")
        await what.press("Enter")
        await expect(page).to_have_url(re.compile(r"/recherche\?category=shower"))


async def test_a_town_that_is_touched_fills_the_field_and_the_search_is_near_it(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await browser.new_context(base_url=platform.url, has_touch=True, locale="fr-FR") as context:
        page = await context.new_page()
        await page.goto("/recherche?q=mairie")
        where = page.get_by_role("combobox", name="Où")
        await where.press_sequentially("mend")
        await page.get_by_role("option", name="48000 Mende").tap()
        await expect(where).to_have_value("48000 Mende")
        await expect(page.get_by_role("listbox", name="Communes")).to_be_hidden()
        await where.press("Enter")
        await expect(page.get_by_role("status").first).to_contain_text("Mende (48000)")


async def test_a_kind_of_help_that_is_chosen_keeps_the_place_and_the_filters(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()

        async def chosen(address: str, text: str, option: str, place: str = "") -> dict[str, list[str]]:
            await page.goto(address)
            if place:
                await page.get_by_role("combobox", name="Où").fill(place)
            await page.get_by_role("combobox", name="De quoi avez-vous besoin").fill("")
            await page.get_by_role("combobox", name="De quoi avez-vous besoin").press_sequentially(text)
            await page.get_by_role("option", name=option, exact=True).click()
            await page.wait_for_url(lambda url: url != platform.url + address)
            assert urlsplit(page.url).path == urlsplit(address).path or address == "/"
            return parse_qs(urlsplit(page.url).query)

        assert await chosen("/", "dou", "Douche", "lyon") == {"place": ["lyon"], "category": ["shower"]}
        filtered = "/recherche?q=repas&near=48.85,2.35&family=food&category=food_parcel&public=women&public=families"
        assert await chosen(filtered + "&closed=true&radius_km=5", "dou", "Douche") == {
            "near": ["48.85,2.35"],
            "public": ["women", "families"],
            "closed": ["true"],
            "radius_km": ["5"],
            "category": ["shower"],
        }
        assert await chosen(filtered, "dou", "Douche", "lyon") == {
            "place": ["lyon"],
            "public": ["women", "families"],
            "category": ["shower"],
        }
        assert await chosen("/widget?theme=dark&lang=fr", "dou", "Douche", "lyon") == {
            "place": ["lyon"],
            "theme": ["dark"],
            "lang": ["fr"],
            "category": ["shower"],
        }


async def test_a_town_that_is_chosen_for_what_sets_the_place_and_keeps_the_rest(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        await page.goto("/recherche?near=48.85,2.35&category=shower&closed=true")
        what = page.get_by_role("combobox", name="De quoi avez-vous besoin")
        await what.press_sequentially("montp")
        option = page.get_by_role("option", name="34000 Montpellier")
        await expect(option).to_contain_text("Hérault")
        await option.click()
        await expect(page.get_by_role("combobox", name="Où")).to_have_value("34000 Montpellier")
        await expect(what).to_have_value("")
        query = parse_qs(urlsplit(page.url).query)
        assert query == {"category": ["shower"], "closed": ["true"], "place": ["34000 Montpellier"]}
        await what.press_sequentially("mairie lyo")
        await page.get_by_role("option", name="69000 Lyon").click()
        await page.wait_for_url("**place=69000*")
        query = parse_qs(urlsplit(page.url).query)
        assert query == {"category": ["town_hall"], "closed": ["true"], "place": ["69000 Lyon"]}


async def test_within_another_site_a_place_that_is_chosen_opens_beside_it(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        await page.goto("/widget?lang=fr")
        await page.get_by_role("combobox", name="De quoi avez-vous besoin").press_sequentially("mairie de mende")
        async with context.expect_page() as opened:
            await page.get_by_role("option", name="Mairie de Mende").click()
        await expect(await opened.value).to_have_url(re.compile("/structures/"))
        assert page.url.endswith("/widget?lang=fr")


async def test_the_search_goes_on_when_suggestions_do_not_come(browser: Browser, platform: RunningPlatform) -> None:
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.route("**/suggestions?*", lambda route: route.abort())
        await page.goto("/")
        what = page.get_by_role("combobox", name="De quoi avez-vous besoin")
        async with page.expect_event("requestfailed"):
            await what.press_sequentially("douche")
        await what.press("Enter")
        await expect(page).to_have_url(re.compile(r"/recherche\?q=douche"))
        assert faults == []
