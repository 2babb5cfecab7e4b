"""Saying in the log, in a sentence and not all the time, what keeps something from going on."""

from __future__ import annotations

import time

import structlog
from nats.errors import NoRespondersError
from nats.js.errors import ServiceUnavailableError
from psycopg import Error as DatabaseError
from psycopg_pool import PoolTimeout

log = structlog.get_logger()

AGAIN = 60.0
"""Seconds after which what lasts is said again."""


def sentence_of(error: BaseException) -> str:
    """Return what an operator should read of an error that will pass."""
    if isinstance(error, NoRespondersError | ServiceUnavailableError):
        return "nats-server has no JetStream or no stream yet that takes this"
    if isinstance(error, PoolTimeout):
        return "PostgreSQL cannot be reached, or all connections are in use"
    if isinstance(error, TimeoutError):
        return "nats-server does not answer in time"
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0] if isinstance(error, DatabaseError) else text


class Trouble:
    """What keeps `who` from working: `<who>_interrupted` in the log, and `<who>_goes_on` after it."""

    def __init__(self, who: str, **about: str) -> None:
        self._interrupted, self._goes_on = f"{who}_interrupted", f"{who}_goes_on"
        self._about = about
        self._again: dict[str, float] = {}

    def say(self, error: BaseException) -> None:
        """Log an error, unless the same was said within the last minute."""
        sentence, now = sentence_of(error), time.monotonic()
        if self._again.get(sentence, 0) <= now:
            self._again[sentence] = now + AGAIN
            log.warning(self._interrupted, **self._about, error=sentence)

    def over(self) -> None:
        """Log that it is over, if there was any."""
        if self._again:
            self._again.clear()
            log.info(self._goes_on, **self._about)
