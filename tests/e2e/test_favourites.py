"""Places kept on the device, without an account."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from libs.testing.accessibility import violations
from libs.testing.platform import RunningPlatform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

RESULTS = "/recherche?q=mairie&place=Mende"
REFUSED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"


async def test_places_are_kept_listed_as_they_stand_now_and_removed(browser: Browser, platform: RunningPlatform):
    async with await browser.new_context(
        base_url=platform.url, viewport={"width": 320, "height": 800}, locale="fr-FR"
    ) as context:
        page = await context.new_page()
        await page.goto("/favoris")
        await expect(page.get_by_text("Vous n’avez encore gardé aucun lieu.")).to_be_visible()
        assert await violations(page) == []
        await page.goto(RESULTS)
        card = page.locator("article").first
        name = await card.get_by_role("heading").inner_text()
        star = card.get_by_role("button", name="Garder")
        await star.press("Enter")
        await expect(star).to_have_attribute("aria-pressed", "true")
        await expect(page.locator("#said")).to_have_text("Gardé sur cet appareil, dans vos favoris.")
        asked: list[tuple[str, str]] = []
        context.on("request", lambda request: asked.append((request.method, urlsplit(request.url).path)))
        await page.goto("/favoris")
        kept = page.get_by_role("article").filter(has_text=name)
        await expect(kept.locator(".badge")).to_be_visible()
        await expect(kept).to_contain_text(re.compile(r"Gardé \w+ \d+\sh"))
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert await violations(page) == []
        assert {method for method, _ in asked} == {"GET"}
        asked_for = re.compile(r"/favoris|/service-worker\.js|/static/.*|/structures/[^/]+|/hors-connexion")
        assert [path for _, path in asked if not asked_for.fullmatch(path)] == []
        await kept.get_by_role("link", name=name).first.click()
        await expect(page.get_by_role("button", name="Garder")).to_have_attribute("aria-pressed", "true")
        await page.goto("/favoris")
        await kept.get_by_role("button", name="Retirer").click()
        await expect(page.get_by_text("Vous n’avez encore gardé aucun lieu.")).to_be_visible()
        await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_a_place_that_left_the_directory_says_so(browser: Browser, platform: RunningPlatform):
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        await page.goto("/favoris")
        await page.evaluate("localStorage.setItem('relais.kept', JSON.stringify([{ slug: 'parti', name: 'Parti' }]))")
        await page.reload()
        await expect(page.get_by_role("article")).to_contain_text("Ce lieu n’est plus dans l’annuaire.")


async def test_everything_kept_is_removed_at_once(browser: Browser, platform: RunningPlatform):
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        await page.goto(RESULTS)
        await page.get_by_role("button", name="Garder").first.click()
        await page.goto("/favoris")
        await expect(page.get_by_role("article")).to_have_count(1)
        await page.get_by_role("button", name="Tout retirer").click()
        await expect(page.get_by_role("article")).to_have_count(0)
        await expect(page.locator("#said")).to_have_text("Tout est retiré de cet appareil.")
        assert await page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("damage", [REFUSED, FULL])
async def test_a_browser_that_stores_nothing_still_shows_the_pages(
    browser: Browser, platform: RunningPlatform, damage: str
):
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.add_init_script(damage)
        await page.goto(RESULTS)
        star = page.locator("[data-keep]").first
        if damage == REFUSED:
            await expect(star).to_be_hidden()
            await page.goto("/favoris")
            await expect(page.get_by_text("Les favoris ne peuvent pas être gardés ici.")).to_be_visible()
        else:
            await star.click()
            await expect(star).to_have_attribute("aria-pressed", "false")
            await expect(page.locator("article").first).to_contain_text("Cet appareil n’a plus de place")
        assert faults == []


async def test_without_javascript_the_page_says_what_to_do(browser: Browser, platform: RunningPlatform):
    async with await browser.new_context(base_url=platform.url, java_script_enabled=False, locale="fr-FR") as context:
        page = await context.new_page()
        await page.goto("/favoris")
        await expect(page.get_by_text("Les favoris demandent JavaScript.")).to_be_visible()
        await page.goto(RESULTS)
        await expect(page.get_by_role("button", name="Garder")).to_have_count(0)
