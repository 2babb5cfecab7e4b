"""What was seen can be read without a connection, and nothing private is held."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from libs.testing.accessibility import violations
from libs.testing.platform import RunningPlatform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

RESULTS = "/recherche?q=mairie&place=Mende"
AGE = re.compile(r"Vous êtes hors connexion : cette page date de \w+ \d+\sh")


HELD = "caches.open('relais-pages').then((pages) => pages.keys()).then((keys) => keys.map((key) => key.url))"
"""The addresses of the pages that are held."""

SOME = f"""(async () => {{
  for (;;) {{
    const held = await {HELD};
    if (held.length) return held;
    await new Promise((done) => setTimeout(done, 50));
  }}
}})()"""
"""The same, once there are any."""


async def at_work(page: Page) -> None:
    """Wait until the worker holds the page that is open: from then on all that passes goes through it."""
    await page.evaluate("navigator.serviceWorker.ready")
    await page.evaluate(SOME)


async def test_what_was_seen_is_shown_with_its_age_and_the_rest_is_a_list_of_it(
    browser: Browser, platform: RunningPlatform
):
    async with await browser.new_context(
        base_url=platform.url, viewport={"width": 320, "height": 800}, locale="fr-FR"
    ) as context:
        page = await context.new_page()
        await page.goto(RESULTS)
        await at_work(page)
        await page.locator(".result-name a").first.click()
        name = await page.get_by_role("heading", level=1).inner_text()
        address = page.url
        await expect(page.locator("[data-age]")).to_be_hidden()
        await context.set_offline(True)
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)
        await expect(page.locator("[data-age]")).to_contain_text(AGE)
        assert await violations(page) == []
        await page.goto(f"{RESULTS}&radius_km=")
        await expect(page.locator("[data-age]")).to_contain_text(AGE)
        await page.goto("/exports")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sans connexion")
        await page.goto("/contribuer")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sans connexion")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert await violations(page) == []
        await page.get_by_role("link", name=name).click()
        await expect(page).to_have_url(address)
        await context.set_offline(False)
        await page.goto("/contribuer")
        await expect(page.get_by_role("heading", level=1)).not_to_have_text("Sans connexion")


async def test_each_language_is_held_by_itself(browser: Browser, platform: RunningPlatform):
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await context.new_page()
        await page.goto(RESULTS)
        await at_work(page)
        await page.goto("/")
        await page.get_by_role("link", name="EN, English").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Find help near you")
        await context.set_offline(True)
        await page.goto("/")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Find help near you")
        await expect(page.locator("[data-age]")).to_contain_text("You are offline")
        await page.get_by_role("link", name="FR, Français").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Trouver de l’aide près de chez vous")
        await page.goto("/contribuer")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sans connexion")


async def signed_in(context: BrowserContext, platform: RunningPlatform) -> Page:
    page = await context.new_page()
    await page.goto(platform.command("signin-link", "--role", "administrator").stdout.strip())
    await page.locator("main form button[type=submit]").click()
    await page.wait_for_url(lambda url: "/connexion" not in url)
    return page


async def test_nothing_is_held_of_what_somebody_signed_in_sees(browser: Browser, platform: RunningPlatform):
    async with await browser.new_context(base_url=platform.url, locale="fr-FR") as context:
        page = await signed_in(context, platform)
        await page.evaluate("navigator.serviceWorker.ready")
        for address in (RESULTS, "/", "/favoris", "/moderation", "/compte", "/exploitation", "/boite"):
            await page.goto(address)
        await page.goto(RESULTS)
        await page.locator(".result-name a").first.click()
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate(HELD) == []
        await context.clear_cookies()
        for address in ("/connexion", "/contribuer", "/boite", "/exports", "/"):
            await page.goto(address)
        assert await page.evaluate(SOME) == [f"{platform.url}/?lang=fr"]
        await context.set_offline(True)
        await page.goto("/compte")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sans connexion")


@asynccontextmanager
async def way_to(platform: RunningPlatform, passes: asyncio.Event) -> AsyncGenerator[str]:
    """Yield an address of the platform that takes nothing on while `passes` is not set."""

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                await passes.wait()
                target.write(data)
                await target.drain()
        except ConnectionError:
            pass
        finally:
            target.close()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", platform.port)
        await asyncio.gather(carry(reader, back), carry(there, writer))

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_a_slow_network_is_not_waited_for_where_a_page_is_held(browser: Browser, platform: RunningPlatform):
    passes = asyncio.Event()
    passes.set()
    async with (
        way_to(platform, passes) as url,
        await browser.new_context(base_url=url, locale="fr-FR") as context,
    ):
        page = await context.new_page()
        await page.goto(RESULTS)
        await at_work(page)
        passes.clear()
        await page.reload(timeout=15_000)
        await expect(page.locator("[data-age]")).to_contain_text("Le réseau est lent")
        passes.set()
        await page.reload()
        await expect(page.locator("[data-age]")).to_be_hidden()
