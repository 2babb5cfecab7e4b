"""Every page, in a real browser: no violation that axe can find, and nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from libs.testing.accessibility import violations
from libs.testing.planting import announced
from libs.testing.platform import RunningPlatform, until
from libs.web.language import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PUBLIC_PAGES = [
    "/",
    "/recherche?q=douche&place=Paris",
    "/recherche?q=repas&place=Paris&map=1",
    "/recherche?q=introuvable-partout",
    "/recherche?open_at=ce-soir&radius_km=0",
    "/structures/{slug}",
    "/structures/{slug}/corriger",
    "/contribuer",
    "/exports",
    "/statistiques",
    "/statistiques?since=hier",
    "/widget?family=food&colour=ff8800",
    "/widget?category=inconnue",
    "/widget/creer",
    "/borne?near=48.8839,2.3899&radius_km=2",
    "/borne?near=48.8839,2.3899&radius_km=2&family=food",
    "/borne/structures/{slug}?q=restaurant",
    "/borne/nulle-part?near=48.8839,2.3899",
    "/favoris",
    "/hors-connexion",
    "/api",
    "/evenements",
    "/connexion",
    "/boite",
    "/nulle-part",
]
SURFACES: list[tuple[int, Literal["light", "dark"]]] = [(360, "light"), (1280, "dark")]
STAFF_PAGES = [
    "/moderation",
    "/moderation/{contribution}",
    "/moderation/recherches",
    "/structures/{slug}/contacts-internes",
    "/compte",
    "/compte/comptes",
    "/partenaires/webhooks",
    "/administration/annonces",
    "/administration/annonces/nouvelle",
    "/administration/annonces/{announcement}",
    "/exploitation",
]


@pytest.fixture(scope="module")
def places(platform: RunningPlatform) -> Iterator[dict[str, str]]:
    """What the addresses above are filled with: a place of the sample, and a correction of it that waits.

    Meanwhile an announcement stands on the public pages.
    """
    with platform.client("administrator") as client:
        hits = until(lambda: client.get("/api/v1/search", params={"q": "restaurant", "per_page": 1}).json()["hits"])
        structure = client.get(f"/api/v1/structures/{hits[0]['id']}").json()
        correction = {
            "kind": "correction",
            "structure_id": structure["id"],
            "based_on_version": structure["version"],
            "proposed": {"opening_hours": "Mo-Fr 09:00-12:00", "description": "Texte proposé pour l'essai."},
            "contact": {"email": "camille@exemple.invalid", "name": "Camille Exemple", "role": "visitor"},
            "comment": "Une remarque inventée.",
        }
        answer = client.post("/api/v1/contributions", json=correction).raise_for_status()
        with announced(client, text="Une alerte inventée.\nElle tient sur deux lignes.", tone="alert") as announcement:
            yield {"slug": structure["slug"], "contribution": answer.json()["id"], "announcement": announcement}


async def signed_in(browser: Browser, platform: RunningPlatform) -> BrowserContext:
    link = platform.command("signin-link", "--role", "administrator").stdout.strip()
    context = await browser.new_context(base_url=platform.url)
    page = await context.new_page()
    await page.goto(link)
    await page.locator("main form button[type=submit]").click()
    await page.wait_for_url(lambda url: "/connexion" not in url)
    await page.close()
    return context


async def check(page: Page, address: str, language: str) -> list[str]:
    """Return what is wrong with a page: light on a phone, then dark on a wide screen."""
    faults: list[str] = []
    separator = "&" if "?" in address else "?"
    await page.goto(f"{address}{separator}lang={language}")
    for width, scheme in SURFACES:
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=scheme)
        actual = await page.evaluate("document.documentElement.scrollWidth")
        if actual > width:
            faults.append(f"{address} is {actual} px wide on a screen of {width}")
        faults += [f"{address} ({width}): {fault}" for fault in await violations(page)]
    return faults


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_accessible_and_fits(
    browser: Browser, platform: RunningPlatform, places: dict[str, str], language: str
) -> None:
    faults: list[str] = []
    public = await browser.new_context(base_url=platform.url)
    staff = await signed_in(browser, platform)
    for context, addresses in ((public, PUBLIC_PAGES), (staff, STAFF_PAGES)):
        page = await context.new_page()  # one for all: a new one each takes twice as long
        page.on("pageerror", lambda error, page=page: faults.append(f"{page.url}: {error}"))
        for address in addresses:
            faults.extend(await check(page, address.format(**places), language))
        await context.close()
    assert faults == []
