"""One platform, with the bundled sample, for all end-to-end tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from libs.testing.platform import RunningPlatform


@pytest.fixture(scope="session")
def platform() -> Iterator[RunningPlatform]:
    # Nobody is asked for the background of maps but the tests themselves: such a host cannot exist.
    with RunningPlatform(settings={"RELAIS_MAP_TILES": "http://tiles.invalid/{z}/{x}/{y}.png"}) as running:
        yield running
