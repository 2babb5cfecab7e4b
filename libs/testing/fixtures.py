"""Pytest fixtures for tests against real servers; the root conftest.py loads them.

With xdist the controller starts the servers once for all workers; each worker has databases and a NATS account
of its own, and one has the end-to-end tests. Without it they start when a test first asks.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
import structlog
from hypothesis import settings
from playwright.async_api import Browser, async_playwright
from xdist.scheduler.loadfile import LoadFileScheduling

from libs.testing.servers import Addresses, TestServers, delete_streams

_END_TO_END = "tests/e2e/"
_LONG_FIRST = (
    "tests/chaos/",
    _END_TO_END,
    *(f"tests/integration/{part}/" for part in ("embedded", "projections", "bus")),
    "tests/unit/",
)
_servers = pytest.StashKey[TestServers]()


def pytest_configure() -> None:
    """Have no example of Hypothesis fail for the time it took: others share the cores. Benches measure time.

    And have exceptions in logs written plainly, as in production: structlog's own way takes a second each.
    """
    settings.register_profile("relais", deadline=None)
    settings.load_profile("relais")
    *others, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, plain])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # an xdist WorkerController, which has no public type
    """Start the servers once in the xdist controller, and tell each worker where they are."""
    stash = node.config.stash
    if _servers not in stash:
        stash[_servers] = TestServers()
        stash[_servers].start()
    addresses = stash[_servers].addresses()
    node.workerinput["relais_servers"] = [addresses.postgres_port, addresses.nats_port]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Give whole files to workers, and the end-to-end tests to one: it starts their platform and browser once."""
    return _EndToEndTogether(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long ones: the short ones then fill what time is left on each core."""
    ranks = {beginning: rank for rank, beginning in enumerate(_LONG_FIRST)}
    items.sort(key=lambda item: next((ranks[one] for one in ranks if item.nodeid.startswith(one)), len(ranks)))


class _EndToEndTogether(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return _END_TO_END if nodeid.startswith(_END_TO_END) else super()._split_scope(nodeid)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers that the xdist controller started."""
    servers = config.stash.get(_servers, None)
    if servers is not None:
        servers.stop()


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Addresses]:
    """The run's PostgreSQL and nats-server."""
    given = getattr(request.config, "workerinput", {}).get("relais_servers")
    if given is not None:
        yield Addresses(*given)
        return
    own = TestServers()
    try:
        own.start()
        yield own.addresses()
    finally:
        own.stop()


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def postgres(servers: Addresses) -> str:
    """The address of the run's PostgreSQL, for its administrator."""
    return servers.postgres()


@pytest_asyncio.fixture
async def make_database(servers: Addresses) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Awaited with a service's name, returns the address of a fresh, migrated database, dropped after the test."""
    made: list[str] = []

    async def make(service: str) -> str:
        made.append(await servers.make_database(service, _worker()))
        return made[-1]

    yield make
    for url in made:
        await servers.drop_database(url)


@pytest.fixture(scope="session")
def nats_url(servers: Addresses) -> str:
    """The address of the run's nats-server, for an account that only this xdist worker uses."""
    return servers.nats(_worker())


@pytest_asyncio.fixture
async def clean_streams(nats_url: str) -> AsyncIterator[None]:
    """No stream exists when the test starts, nor after it."""
    await delete_streams(nats_url)
    yield
    await delete_streams(nats_url)


_NO_BROWSER = "no Chromium here: apt-get install chromium-headless-shell"
# Without the window that nobody sees, a page costs the processor a third.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; the test is skipped without one, or fails when RELAIS_REQUIRE_BROWSER is set."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        (pytest.fail if os.environ.get("RELAIS_REQUIRE_BROWSER") else pytest.skip)(_NO_BROWSER)
    return path


@pytest_asyncio.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A headless Chromium, driven by Playwright; each test opens its own context."""
    arguments = [
        *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
        "--js-flags=--no-maglev --no-turbofan",  # no script runs for so long that compiling it twice pays
    ]
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        await started.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly how many tests had no browser."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if _NO_BROWSER in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"Browser tests skipped: {len(skipped)}, for there is {_NO_BROWSER}")
