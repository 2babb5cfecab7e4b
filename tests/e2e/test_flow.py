"""The main flow as people live it: propose, approve, see the change arrive, find it by search."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from libs.testing.platform import RunningPlatform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def propose(page: Page, name: str) -> None:
    """Fill the public form for a new place in Lozère, and send it."""
    await page.goto("/")
    await page.get_by_role("navigation").get_by_role("link", name="Proposer un lieu").click()
    await page.get_by_label("Nom du lieu").fill(name)
    await page.locator("summary", has_text="Hygiène").click()
    await page.get_by_label("Douche", exact=True).check()
    await page.locator("[name=street]").fill("2 rue des Essais")
    await page.locator("[name=postcode]").fill("48000")
    await page.locator("[name=city]").fill("Mende")
    await page.locator("summary", has_text="Téléphone").click()
    await page.locator("[name=phone]").first.fill("04 66 00 00 00")
    await page.locator("summary", has_text="Horaires").click()
    await page.locator("summary", has_text="Jour par jour").click()
    for code in ("mo", "tu"):
        await page.locator(f"[name=hours_{code}_from_1]").fill("09:00")
        await page.locator(f"[name=hours_{code}_to_1]").fill("12:00")
    await page.locator("[name=email]").fill("camille@exemple.invalid")
    await page.locator("main form button[type=submit]").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Merci.")


async def sign_in(page: Page, platform: RunningPlatform) -> None:
    link = platform.command("signin-link", "--role", "moderator", "--department", "48").stdout.strip()
    await page.goto(link)
    await page.locator("main form button[type=submit]").click()
    await expect(page).to_have_url(re.compile("/moderation"))


@pytest.mark.parametrize(("width", "javascript"), [(360, True), (1280, True), (360, False), (1280, False)], ids=str)
async def test_a_proposed_place_is_approved_and_found(
    browser: Browser, platform: RunningPlatform, width: int, *, javascript: Any
) -> None:
    name = f"Douches de l'essai {uuid4().hex[:8]}"
    context = await browser.new_context(
        base_url=platform.url,
        viewport={"width": width, "height": 800},
        java_script_enabled=javascript,
        locale="fr-FR",
    )
    page = await context.new_page()
    await propose(page, name)
    await sign_in(page, platform)
    await page.get_by_role("link", name=name).click()
    await page.get_by_role("button", name="Approuver").click()
    journey = page.locator("#parcours")
    await expect(journey.locator(".station")).to_have_count(6)
    # The page follows the change by itself: without JavaScript, by loading again every other second.
    await expect(journey.locator(".station-pending")).to_have_count(0, timeout=15_000)
    await expect(journey.locator(".station-failed")).to_have_count(0)
    await expect(page.locator("#etat")).to_have_text("En ligne")
    await page.goto("/")
    await page.locator("[name=q]").fill(name)
    await page.get_by_role("button", name="Rechercher").click()
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    await expect(page.get_by_role("link", name=re.compile("04.66.00.00.00")).first).to_be_visible()
    await context.close()
