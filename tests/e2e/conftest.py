"""One platform for all end-to-end tests of a worker, and a browser for each file of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from libs.testing.platform import RunningPlatform

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def platform() -> Iterator[RunningPlatform]:
    with RunningPlatform() as running:
        yield running


# Playwright's sync API holds this thread's event loop while it is open: closed with the module, it lets the
# asynchronous tests that come after run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        sentence = "browser tests are skipped: Chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("RELAIS_REQUIRE_BROWSER"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        arguments = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
        arguments += ["--disable-component-update", "--disable-sync"]
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=arguments, chromium_sandbox=os.getuid() != 0
        )
        yield browser
        browser.close()
