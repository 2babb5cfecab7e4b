"""What axe finds wrong with a page."""

from __future__ import annotations

from functools import cache

from playwright.async_api import Page

from libs.web.assets import MODULES


async def violations(page: Page) -> list[str]:
    """Return the rules that `page` breaks as it is shown now, its frames left out, each with the first that does."""
    if not await page.evaluate("'axe' in window"):
        # Evaluated, not added as an element: the page's security policy would refuse that.
        await page.evaluate(_script())
    # Naming the result wanted saves axe from describing every element that is well: several times faster. Frames
    # are pages of their own, without axe: it would wait half a second for their answer.
    found = await page.evaluate("axe.run({resultTypes: ['violations'], iframes: false})")
    return [f"{item['id']}: {item['nodes'][0]['html']}" for item in found["violations"]]


@cache
def _script() -> str:
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
