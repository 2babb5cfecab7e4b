"""The sheet of filters, with JavaScript and without."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from libs.testing.platform import RunningPlatform
from libs.web.formatting import PARIS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

MOMENT = (datetime.now(PARIS) + timedelta(days=30)).strftime("%Y-%m-%dT18:30")


async def opened(page: Page, address: str) -> None:
    await page.goto(address)
    await page.locator("summary", has_text="Filtrer").click()


async def test_of_now_and_another_moment_the_last_that_was_chosen_stands(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        await opened(page, "/recherche?q=mairie&open_now=1")
        now, other = page.get_by_label("Ouvert maintenant"), page.get_by_label("Ouvert à un autre moment")
        await expect(now).to_be_checked()
        await other.fill(MOMENT)
        await expect(now).not_to_be_checked()
        await now.check()
        await expect(other).to_have_value("")
        await page.get_by_role("button", name="Voir les résultats").click()
        await expect(page).to_have_url(re.compile("open_now=1&open_at=&"))


async def test_what_was_chosen_is_sent_again_whole(browser: Browser, platform: RunningPlatform) -> None:
    async with await browser.new_context(
        base_url=platform.url, locale="fr-FR", java_script_enabled=False, viewport={"width": 320, "height": 700}
    ) as context:
        page = await context.new_page()
        await opened(page, f"/recherche?category=shower&category=laundry&open_at={MOMENT}:20&public=women")
        chips = await page.locator("main .chip").all_inner_texts()
        assert len(chips) == 4
        await page.get_by_role("button", name="Voir les résultats").click()
        await expect(page).to_have_url(re.compile("category=shower%2Claundry"))
        assert await page.locator("main .chip").all_inner_texts() == chips
        await page.locator("summary", has_text="Filtrer").click()
        await page.get_by_label("Type d’aide", exact=True).select_option("laundry")
        await page.get_by_role("button", name="Voir les résultats").click()
        await expect(page).to_have_url(re.compile("category=laundry&"))
