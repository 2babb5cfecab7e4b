"""An announcement is shown until somebody has closed it on their device, with JavaScript and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from libs.testing.accessibility import violations
from libs.testing.planting import announced
from libs.testing.platform import RunningPlatform
from libs.testing.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ALERT, NEWS = "Une alerte inventée : appelez avant de venir.", "Une nouvelle inventée, pour la Lozère."
RESULTS = "/recherche?q=mairie&place=Mende"
HELD = "caches.open('relais-pages').then((pages) => pages.keys())"
"""The pages in the store of the device."""


@pytest.fixture(scope="module", autouse=True)
def _announcements(platform: RunningPlatform) -> Iterator[None]:
    with (
        platform.client("administrator") as client,
        announced(client, text=ALERT, tone="alert"),
        announced(client, text=NEWS, departments=["48"], shown_at=RESULTS),
    ):
        yield


def words(page: Page) -> Locator:
    return page.locator("[data-announcement] p[lang]")


def button(page: Page, text: str) -> Locator:
    one = page.locator("[data-announcement]").filter(has_text=text)
    return one.get_by_role("button", name="J’ai compris")


async def test_one_that_was_read_goes_at_once_and_never_comes_back(browser: Browser, platform: RunningPlatform):
    async with await browser.new_context(
        base_url=platform.url, viewport={"width": 320, "height": 800}, locale="fr-FR"
    ) as context:
        page = await context.new_page()
        await page.goto("/")
        await expect(words(page)).to_have_text([ALERT])
        await page.goto(RESULTS)
        await expect(words(page)).to_have_text([ALERT, NEWS])
        assert await violations(page) == []
        await page.evaluate("window.unchanged = true")
        async with page.expect_response("**/annonces/lue"):
            await button(page, ALERT).press("Enter")
        await expect(words(page)).to_have_text([NEWS])
        await expect(page.locator("#said")).to_have_text("Annonce fermée")
        await expect(button(page, NEWS)).to_be_focused()
        async with page.expect_response("**/annonces/lue"):
            await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="Annonces")).to_have_count(0)
        await expect(page.locator("#main")).to_be_focused()
        assert await page.evaluate("window.unchanged") is True
        for address in (RESULTS, "/"):
            await page.goto(address)
            await expect(words(page)).to_have_count(0)
        await page.goto(RESULTS)
        await page.locator(".result-name a").first.click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(words(page)).to_have_count(0)


async def test_a_page_from_the_store_of_the_device_does_not_bring_it_back(browser: Browser, platform: RunningPlatform):
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        await page.goto("/")
        await page.evaluate("navigator.serviceWorker.ready")
        await page.goto(RESULTS)
        await expect(words(page)).to_have_text([ALERT, NEWS])
        await page.goto("/")
        await expect(words(page)).to_have_text([ALERT])

        async def both_are_held() -> bool:
            return await page.evaluate(f"{HELD}.then((keys) => keys.length)") == 2

        await eventually(both_are_held)
        async with page.expect_response("**/annonces/lue"):
            await button(page, ALERT).click()
        await context.set_offline(True)
        await page.goto(RESULTS)
        await expect(page.locator("[data-age]")).to_be_visible()
        await expect(words(page)).to_have_text([NEWS])
        await context.set_offline(False)
        await page.goto("/contribuer")
        await page.go_back()
        await page.go_back()
        await expect(words(page)).to_have_count(0)


async def test_without_javascript_the_page_comes_back_without_it(browser: Browser, platform: RunningPlatform):
    async with await browser.new_context(base_url=platform.url, java_script_enabled=False, locale="fr-FR") as context:
        page = await context.new_page()
        await page.goto(RESULTS)
        address = page.url
        await expect(words(page)).to_have_text([ALERT, NEWS])
        await button(page, NEWS).click()
        await expect(words(page)).to_have_text([ALERT])
        assert page.url == address
        await button(page, ALERT).click()
        await expect(page.get_by_role("region", name="Annonces")).to_have_count(0)
        await page.goto("/")
        await expect(words(page)).to_have_count(0)
