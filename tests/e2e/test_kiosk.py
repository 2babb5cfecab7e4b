"""The screen in a hall: by touch, until nobody touches it any more."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from libs.testing.accessibility import violations
from libs.testing.platform import RunningPlatform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

KIOSK = "/borne?near=48.8839,2.3899&radius_km=3"
HALL: ViewportSize = {"width": 1080, "height": 1400}
START = re.compile(r"/borne\?near=48\.8839%2C2\.3899&radius_km=3&lang=fr$")


async def in_hall(browser: Browser, platform: RunningPlatform) -> BrowserContext:
    return await browser.new_context(base_url=platform.url, viewport=HALL, has_touch=True)


async def opened(page: Page) -> None:
    """Go to a result as people do."""
    await page.goto(KIOSK)
    await page.get_by_role("link", name="Alimentation").tap()
    await page.locator(".kiosk-result a").first.tap()
    await expect(page).to_have_url(re.compile("/borne/structures/"))


async def test_every_target_is_large_and_no_trace_is_left_to_go_back_to(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await in_hall(browser, platform) as context:
        page = await context.new_page()
        await page.goto(KIOSK)
        before = await page.evaluate("history.length")
        await opened(page)
        await page.get_by_role("link", name="Retour aux résultats").tap()
        await expect(page.get_by_role("heading", name="Alimentation")).to_be_visible()
        await page.get_by_role("link", name="English").tap()
        await page.get_by_role("link", name="Start again").tap()
        await expect(page).to_have_url(START)
        await page.get_by_role("searchbox").fill("aide")
        await page.get_by_role("button", name="Rechercher").tap()
        await expect(page.locator(".kiosk-result").first).to_be_visible()
        assert await page.evaluate("history.length") <= before + 1  # the second time the test itself went to the start
        for target in await page.locator("a, button, .kiosk-result").all():
            box = await target.bounding_box()
            inside = await target.evaluate("element => Boolean(element.closest('dialog, h2'))")
            if box and not inside:
                assert box["height"] >= 56
        assert await violations(page) == []


async def test_it_asks_after_forty_seconds_and_starts_again_after_a_minute(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await in_hall(browser, platform) as context:
        page = await context.new_page()
        await page.clock.install()
        await opened(page)
        still = page.get_by_role("alertdialog", name="Êtes-vous toujours là")
        await page.clock.run_for(39_000)
        await expect(still).to_be_hidden()
        await page.clock.run_for(2_000)
        await expect(still).to_be_visible()
        assert await violations(page) == []
        await still.get_by_role("button", name="Oui, je continue").tap()
        await expect(still).to_be_hidden()
        await expect(page).to_have_url(re.compile("/borne/structures/"))
        await page.clock.run_for(39_000)
        await expect(still).to_be_hidden()
        await page.clock.run_for(11_000)
        await expect(still).to_contain_text("10 s")
        await page.clock.run_for(11_000)
        await expect(page).to_have_url(START)
        await page.clock.run_for(120_000)
        await expect(still).to_be_hidden()  # where nothing was touched there is nothing to go back from


async def test_what_was_typed_at_the_start_does_not_stay(browser: Browser, platform: RunningPlatform) -> None:
    async with await in_hall(browser, platform) as context:
        page = await context.new_page()
        await page.clock.install()
        await page.goto(KIOSK)
        await page.get_by_role("searchbox").fill("avocat")
        await page.clock.run_for(62_000)
        await expect(page.get_by_role("searchbox")).to_have_value("")


async def test_while_the_network_is_away_it_stays_on_its_page_and_goes_back_later(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await in_hall(browser, platform) as context:
        page = await context.new_page()
        await page.clock.install()
        await opened(page)
        await context.set_offline(True)
        await page.get_by_role("link", name="Retour aux résultats").tap()
        await expect(page.get_by_text("Le réseau ne répond pas.")).to_be_visible()
        await page.clock.run_for(62_000)
        await expect(page).to_have_url(re.compile("/borne/structures/"))
        await context.set_offline(False)
        await page.clock.run_for(11_000)
        await expect(page).to_have_url(START)
