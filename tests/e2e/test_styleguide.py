"""The design system in a real browser: every component, in both languages, both colour schemes and at both ends of
the widths. Pages are answered from memory, under the platform's own content security policy.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, Route, expect
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

import libs.web
from libs.testing.accessibility import violations
from libs.web.assets import FROM_NPM, MODULES, STATIC
from libs.web.language import Catalogues, speak
from libs.web.pages import Templates
from libs.web.security import CONTENT_SECURITY_POLICY, Viewer

pytestmark = pytest.mark.browser

WEB = Path(libs.web.__file__).parent
HOST = "https://relais.test"


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    own = tmp_path_factory.mktemp("templates")
    (own / "journey_part.html").write_text(
        '{% import "components/ui.html" as ui %}{{ ui.journey(steps, summary, refresh=refresh) }}'
    )
    (own / "journey_page.html").write_text(
        '{% extends "base.html" %}{% block content %}<h1>Journey</h1>{% include "journey_part.html" %}{% endblock %}'
        "{% block scripts %}<script src=\"{{ asset('htmx.js') }}\" defer></script>{% endblock %}"
    )
    return Templates([own, WEB / "templates"], Catalogues([WEB / "locale"]))


def render(templates: Templates, name: str, language: str, **context: Any) -> str:
    speak(language)
    viewer = Viewer(
        id=uuid4(),
        name="Camille Exemple",
        roles=frozenset({"moderator"}),
        departments=frozenset({"75"}),
        credential_id=uuid4(),
        kind="session",
    )
    common = {"viewer": viewer, "language": language, "path": "/", "url_with": lambda **_: "?"}
    return templates.render(name, {**common, "is_single_machine": True, "problem": None, **context})


async def answer_assets(page: Page) -> list[str]:
    """Serve the assets to `page`; what the browser complains of is collected in the list returned."""

    async def answer(route: Route) -> None:
        stem, _, suffix = route.request.url.rpartition("/")[2].split(".")
        name = f"{stem}.{suffix}"
        await route.fulfill(path=MODULES / FROM_NPM[name] if name in FROM_NPM else STATIC / name)

    await page.route("**/static/*", answer)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


async def answer_page(page: Page, path: str, html: str) -> None:
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    await page.route(f"{HOST}{path}", lambda route: route.fulfill(body=html, content_type="text/html", headers=headers))


@pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), ("en", "dark")])
async def test_every_component_is_accessible_and_fits_every_width(
    browser: Browser, templates: Templates, language: str, scheme: Any
):
    # Its script is not among the assets that are answered here; tests/e2e/test_offline.py is about it.
    async with await browser.new_context(color_scheme=scheme, service_workers="block") as context:
        page = await context.new_page()
        complaints = await answer_assets(page)
        await answer_page(page, "/style", render(templates, "styleguide.html", language))
        for width in (320, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            await page.goto(f"{HOST}/style")
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            assert await violations(page) == []
        assert complaints == []


async def test_a_link_to_what_a_closed_part_holds_opens_it(browser: Browser, templates: Templates):
    async with await browser.new_context() as context:
        page = await context.new_page()
        await answer_assets(page)
        await answer_page(page, "/style", render(templates, "styleguide.html", "fr"))
        await page.goto(f"{HOST}/style")
        await expect(page.locator("#part-address")).to_be_hidden()
        await page.evaluate("location.hash = 'part-address'")
        await expect(page.locator("#part-address")).to_be_in_viewport()
        await expect(page.locator("#part-closure")).to_be_hidden()


async def test_text_of_twice_the_size_still_fits_a_small_screen(browser: Browser, templates: Templates):
    async with await browser.new_context(viewport={"width": 360, "height": 800}, bypass_csp=True) as context:
        page = await context.new_page()
        await answer_assets(page)
        await answer_page(page, "/style", render(templates, "styleguide.html", "fr"))
        await page.goto(f"{HOST}/style")
        await page.add_style_tag(content="html { font-size: 200% }")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("status", [0, 403, 404, 503])
async def test_error_pages_are_accessible(browser: Browser, templates: Templates, status: int):
    problem = {"status": status, "title": "Titre", "detail": "Détail.", "errors": []}
    async with await browser.new_context(viewport={"width": 360, "height": 800}) as context:
        page = await context.new_page()
        await answer_assets(page)
        await answer_page(page, "/lost", render(templates, "error.html", "fr", viewer=None, problem=problem))
        await page.goto(f"{HOST}/lost")
        assert await violations(page) == []
        await expect(page.locator("main .button-primary")).to_have_count(1)


async def test_a_journey_fills_in_survives_failing_answers_and_then_stops_asking(
    browser: Browser, templates: Templates
):
    def context_of(done: int) -> dict[str, Any]:
        steps = [
            {"text": name, "state": "done" if number < done else "pending"}
            for number, name in enumerate(["Approuvé", "Appliqué", "Dans la recherche"])
        ]
        return {"steps": steps, "summary": f"{done} sur 3", "refresh": None if done == 3 else "/etapes"}

    asked = 0

    async def answer_steps(route: Route) -> None:
        nonlocal asked
        asked += 1
        answers = {
            1: (404, "gone"),
            2: (503, "down"),
            3: (200, render(templates, "journey_part.html", "fr", **context_of(2))),
        }
        status, body = answers.get(asked, (200, render(templates, "journey_part.html", "fr", **context_of(3))))
        await route.fulfill(status=status, body=body, content_type="text/html")

    async with await browser.new_context(service_workers="block") as context:
        page = await context.new_page()
        complaints = await answer_assets(page)
        await page.route(f"{HOST}/etapes", answer_steps)
        await answer_page(page, "/journey", render(templates, "journey_page.html", "fr", **context_of(1)))
        await page.goto(f"{HOST}/journey")
        await page.evaluate("window.region = document.querySelector('[role=status]')")
        await expect(page.locator(".station-done")).to_have_count(3)
        assert (
            await page.evaluate("region === document.querySelector('[role=status]') && region.textContent") == "3 sur 3"
        )
        assert await page.locator("#journey").get_attribute("hx-get") is None
        assert asked == 4
        # Four periods of asking pass, and nothing more is asked.
        with pytest.raises(PlaywrightTimeoutError):
            await page.wait_for_event("request", timeout=1_200)
        assert [text for text in complaints if "status of" not in text] == []


async def test_around_me_sends_the_position_and_says_what_to_do_when_there_is_none(
    browser: Browser, templates: Templates
):
    html = render(templates, "styleguide.html", "fr")
    place = {"latitude": 48.885, "longitude": 2.36}
    async with await browser.new_context(geolocation=place) as context:
        page = await context.new_page()
        await answer_assets(page)
        await page.route(
            re.compile(rf"{HOST}/(style)?(\?.*)?$"), lambda route: route.fulfill(body=html, content_type="text/html")
        )
        await page.goto(f"{HOST}/style")
        await page.fill("#search-place", "Mende")
        await page.click("[data-locate]")
        await expect(page.locator("[data-locate-status]")).to_contain_text("Écrivez plutôt une ville")
        await expect(page.locator("#search-place")).to_be_focused()
        await context.grant_permissions(["geolocation"])
        await page.click("[data-locate]")
        await page.wait_for_url("**near=48.8850%2C2.3600")
        assert "place=&" in page.url


async def test_share_opens_the_telephones_sheet_and_copies_the_address_where_there_is_none(
    browser: Browser, templates: Templates
):
    address = "https://relais.test/structures/trois-ponts"
    async with await browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = await context.new_page()
        await answer_assets(page)
        await answer_page(page, "/style", render(templates, "styleguide.html", "fr"))
        await page.add_init_script("navigator.share = async (what) => { window.shared = what; }")
        await page.goto(f"{HOST}/style")
        button = page.get_by_role("button", name="Partager")
        await button.click()
        await page.wait_for_function("window.shared")
        assert await page.evaluate("shared") == {"title": "Accueil de jour des Trois Ponts", "url": address}
        await page.evaluate("void (navigator.share = async () => { throw new DOMException('', 'AbortError'); })")
        await button.click()
        await expect(page.locator("#said")).to_be_empty()
        await page.evaluate("navigator.share = undefined")
        await button.click()
        await expect(page.locator("#said")).to_have_text("Adresse copiée")
        assert await page.evaluate("navigator.clipboard.readText()") == address


async def test_what_needs_javascript_does_not_show_without_it(browser: Browser, templates: Templates):
    async with await browser.new_context(java_script_enabled=False) as context:
        page = await context.new_page()
        await answer_assets(page)
        await answer_page(page, "/style", render(templates, "styleguide.html", "fr"))
        await page.goto(f"{HOST}/style")
        await expect(page.get_by_role("link", name="Itinéraire : Accueil de jour").first).to_be_visible()
        for name in ("Partager", "Imprimer", "Copier", "Garder"):
            await expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_the_design_system_stays_light_and_within_the_content_security_policy():
    assert len(gzip.compress((STATIC / "relais.css").read_bytes())) <= 9_000
    assert len(gzip.compress((STATIC / "relais.js").read_bytes())) <= 3_000
    forbidden = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(\ssrc=|\stype=.application/ld\+json))")
    for file in [*WEB.glob("templates/**/*.html"), *WEB.parent.parent.glob("services/*/web/templates/**/*.html")]:
        assert not forbidden.search(file.read_text(encoding="utf-8")), file
