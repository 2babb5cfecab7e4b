"""What happened during a run, to be read when it fails."""

from __future__ import annotations

import time


class Timeline:
    """Faults and writes in their order, with the seconds since the start."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.faults = 0
        self._started = time.monotonic()
        self._lines: list[str] = []

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def say(self, who: str, what: str) -> None:
        self._lines.append(f"{self.seconds:8.2f}  {who:<10} {what}")

    def fault(self, what: str) -> None:
        self.faults += 1
        self.say("fault", what)

    def __str__(self) -> str:
        return "\n".join([f"seed {self.seed}", *self._lines])
