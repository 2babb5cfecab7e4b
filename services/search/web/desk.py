"""What searches are answered with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request

from libs.web.clients import network_of
from services.search.asking import Asked
from services.search.domain.cursors import Cursors
from services.search.engines import Engine
from services.search.finding import Outcome
from services.search.statistics.searches import searched
from services.search.statistics.tally import Tally


@dataclass(frozen=True, slots=True)
class Desk:
    """The index, the cursors of pages of results, and the tally of what people look for.

    One dependency of a handler, for several would be provided each in a task of its own.
    """

    engine: Engine
    cursors: Cursors
    tally: Tally

    def count(self, request: Request[Any, Any, Any], asked: Asked, outcome: Outcome, now: datetime) -> None:
        """Count a search that was answered."""
        self.tally.count(searched(asked, outcome), network_of(request), now)
