"""Results on a map, by keyboard, with and without its background."""

from __future__ import annotations

import re
from base64 import b64decode

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from libs.testing.accessibility import violations
from libs.testing.platform import RunningPlatform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

RESULTS = "/recherche?q=repas&place=Paris"
TILE = b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")
"""A picture of one white point."""


async def background(context: BrowserContext) -> list[dict[str, str]]:
    """Have the background of maps come; return the headers of the requests for it, as they are made."""
    asked: list[dict[str, str]] = []

    async def answer(route: Route) -> None:
        asked.append(await route.request.all_headers())
        await route.fulfill(body=TILE, content_type="image/gif")

    await context.route("http://tiles.invalid/**", answer)
    return asked


def watched(page: Page) -> list[str]:
    """Return what goes wrong in a page, as it does: errors, and what the security policy refuses."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    return faults


async def test_a_map_is_opened_read_and_closed_by_keyboard(browser: Browser, platform: RunningPlatform) -> None:
    async with await browser.new_context(
        base_url=platform.url, viewport={"width": 360, "height": 800}, locale="fr-FR", reduced_motion="reduce"
    ) as context:
        tiles = await background(context)
        page = await context.new_page()
        faults = watched(page)
        loaded: list[str] = []
        page.on("request", lambda request: loaded.append(request.url))
        await page.goto(RESULTS)
        link = page.get_by_role("link", name="Voir sur la carte")
        await expect(link).to_be_visible()
        assert not [url for url in loaded if "leaflet" in url or "tiles.invalid" in url]

        await link.focus()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile(r"[?&]map=1#map$"))
        ground = page.get_by_role("region", name="Carte des résultats")
        await expect(ground).to_be_in_viewport()
        await expect(page.locator("[data-without]")).to_be_hidden()
        assert tiles
        assert {headers.get("referer") for headers in tiles} == {f"{platform.url}/"}

        await ground.focus()
        await page.keyboard.press("Tab")
        mark = page.locator(".map-marker:focus")
        name = await mark.get_attribute("aria-label")
        assert name
        number, first = re.match(r"(\d+)\. ([^,]+)", name).groups()  # type: ignore[union-attr] -- else the test fails
        card = page.locator("[data-points]").nth(int(number) - 1)
        await expect(card.locator(".result-name")).to_contain_text(first)
        await page.keyboard.press("Enter")
        opened = page.locator(".leaflet-popup")
        await expect(opened.get_by_role("link", name=first).first).to_be_focused()
        await expect(opened.locator(".badge").first).to_have_text(await card.locator(".badge").inner_text())
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(opened).to_have_count(0)
        await expect(mark).to_be_focused()

        await page.get_by_role("link", name="Sans la carte").click()
        await expect(page.locator("[data-map]")).to_have_count(0)
        await page.go_back()
        await expect(ground).to_be_visible()
        assert faults == []


async def test_without_a_background_it_says_so_and_marks_and_list_stay(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        faults = watched(page)
        await context.route("http://tiles.invalid/**", lambda route: route.abort())
        await page.goto(f"{RESULTS}&map=1")
        await expect(page.get_by_text("Le fond de la carte n’arrive pas.")).to_be_visible()
        await expect(page.locator(".map-marker").first).to_be_visible()
        await expect(page.locator(".result").first).to_be_visible()
        assert faults == []


async def test_where_one_stands_is_marked(browser: Browser, platform: RunningPlatform) -> None:
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        await background(context)
        page = await context.new_page()
        await page.goto("/recherche?near=48.8839,2.3899&map=1")
        await expect(page.locator(".map-ground .map-here")).to_be_in_viewport()
        await expect(page.get_by_text("Vous êtes ici")).to_be_visible()
        await page.goto(f"{RESULTS}&map=1")
        await expect(page.locator(".map-marker").first).to_be_visible()
        await expect(page.locator(".map-here")).to_have_count(0)


async def test_without_javascript_there_is_the_list_and_no_way_to_a_map(
    browser: Browser, platform: RunningPlatform
) -> None:
    async with await browser.new_context(base_url=platform.url, locale="fr-FR", java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto(RESULTS)
        await expect(page.get_by_text("Voir sur la carte")).to_be_hidden()
        await page.goto(f"{RESULTS}&map=1")
        await expect(page.locator("[data-map]")).to_be_hidden()
        await expect(page.locator(".result").first).to_be_visible()
