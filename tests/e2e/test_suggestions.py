"""Suggestions under the search box, by keyboard and by touch."""

from __future__ import annotations

import re

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
