"""One platform, with the bundled sample, for all end-to-end tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from libs.testing.platform import RunningPlatform


@pytest.fixture(scope="session")
def platform() -> Iterator[RunningPlatform]:
    with RunningPlatform() as running:
        yield running
