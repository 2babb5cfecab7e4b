"""When to try again."""

from __future__ import annotations

import random

import msgspec

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Schedule(msgspec.Struct, frozen=True):
    """Seconds to wait after each failed attempt; after the last there is no other.

    Each wait is lengthened at random by up to `jitter` (a share of it), so that what failed together does
    not come back together.
    """

    delays: tuple[float, ...]
    jitter: float = 0.1

    def delay_after(self, failures: int, *, at_least: float = 0) -> float | None:
        """Return the seconds to wait after this many failures (from 1), None when it was the last attempt.

        `at_least` is what the other side asked for.
        """
        if failures > len(self.delays):
            return None
        delay = self.delays[failures - 1]
        return max(delay * random.uniform(1, 1 + self.jitter), at_least)  # noqa: S311 -- no secret


WEBHOOKS = Schedule(
    (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
"""As the Standard Webhooks specification suggests: ten attempts over three days."""

MESSAGES = Schedule((10, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR))

SIGNIN_MESSAGES = Schedule((1, 3, 10, 30, MINUTE, 2 * MINUTE, 5 * MINUTE))
"""Somebody waits for these; they are of no use once the link has expired."""

LONGEST_REQUESTED_DELAY = DAY
"""The longest Retry-After (seconds) that is believed."""
