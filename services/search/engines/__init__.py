"""Engines: what holds the index and answers searches. Each passes the same contract suite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from libs.database import Connection
from services.search.domain.documents import Document, Removal
from services.search.domain.requests import SearchRequest, SearchResult


@runtime_checkable
class Engine(Protocol):
    """A search engine.

    Versions guard the index: what is older than what the engine holds of a structure, its removal included,
    changes nothing, so that events may come late or twice. `connection` is the transaction that took the
    events in.
    """

    async def index(self, connection: Connection, documents: Sequence[Document]) -> None:
        """Let searches find these from the commit on; of several versions of one structure the newest counts."""
        ...

    async def remove(self, connection: Connection, removals: Sequence[Removal]) -> None:
        """Let searches no longer find these from the commit on."""
        ...

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return one page of what was asked for."""
        ...

    async def refresh_openings(self, now: datetime) -> int:
        """Compute ahead the openings that soon run out, from `now` (aware); return how many were."""
        ...
