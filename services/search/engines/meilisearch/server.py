"""What is asked of a Meilisearch server, and how its failures are told apart."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, Self, cast

import msgspec
from httpx2 import HTTPError
from meilisearch_python_sdk import AsyncClient
from meilisearch_python_sdk.errors import (
    MeilisearchApiError,
    MeilisearchCommunicationError,
    MeilisearchError,
    MeilisearchTimeoutError,
)
from meilisearch_python_sdk.models.search import SearchParams, SearchResults
from meilisearch_python_sdk.models.settings import MeilisearchSettings
from meilisearch_python_sdk.models.task import TaskInfo, TaskResult

from libs.database import Connection

ANSWER_WITHIN = 10
"""Seconds to wait for an answer of the server."""

LOOK_EVERY_MS = 20
BE_HEARD_MS = 3_000
"""How often the database hears of a transaction that waits for a task: it ends silent ones."""

TASK_WITHIN = 120.0
"""Seconds to wait for a task: the server works on one batch at a time, and another's may be long."""


class MeilisearchAway(ConnectionError):  # noqa: N818 -- said as it stands
    """The server does not answer, does not let us in or lacks the index: the same would befall whatever is asked."""


class Refused(Exception):  # noqa: N818 -- likewise
    """The server did not do what it was asked; the message holds its code and its reason."""


class MasterKeyGiven(Exception):  # noqa: N818 -- likewise
    """RELAIS_MEILISEARCH_KEY may make keys: it is the master key or as strong, and must not be used."""


class Answer(msgspec.Struct, frozen=True):
    """What one search found: some of what matches, and how often each value of a facet is among all that does."""

    hits: list[dict[str, Any]]
    facets: dict[str, dict[str, int]]


_LATER = frozenset({"index_not_found", "invalid_api_key", "missing_authorization_header", "too_many_search_requests"})
"""Codes that say nothing of what was asked: somebody is still setting the server up, or many ask at once."""


class Server:
    """One Meilisearch server, asked with one key. Every method raises `MeilisearchAway` and `Refused`."""

    def __init__(self, url: str, key: str | None) -> None:
        self._client = AsyncClient(url, key, timeout=ANSWER_WITHIN)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def search(self, queries: Sequence[SearchParams]) -> list[Answer]:
        """Return the answers to several searches, in one round trip."""
        with _failures():
            found = cast("list[SearchResults[Any]]", await self._client.multi_search(list(queries)))
        return [Answer(hits=one.hits, facets=one.facet_distribution or {}) for one in found]

    async def put(self, connection: Connection, index: str, documents: Sequence[dict[str, Any]]) -> None:
        """Have an index hold documents whole, and wait until searches find them."""
        await self._do(self._client.index(index).add_documents(documents, primary_key="id"), connection)

    async def merge(self, connection: Connection, index: str, documents: Sequence[dict[str, Any]]) -> None:
        """Replace some fields of documents that an index holds, and wait until searches see that."""
        await self._do(self._client.index(index).update_documents(documents, primary_key="id"), connection)

    async def delete(self, connection: Connection, index: str, ids: Sequence[str]) -> None:
        """Have an index no longer hold documents, and wait until searches no longer find them."""
        await self._do(self._client.index(index).delete_documents(list(ids)), connection)

    async def has(self, index: str) -> bool:
        try:
            with _failures():
                await self._client.index(index).fetch_info()
        except MeilisearchAway as error:
            if isinstance(error.__cause__, MeilisearchApiError) and error.__cause__.code == "index_not_found":
                return False
            raise
        return True

    async def create(self, connection: Connection, index: str, settings: MeilisearchSettings) -> None:
        """Make an empty index with settings, in place of whatever has its name."""
        if await self.has(index):
            await self.drop(connection, index)
        with _failures():
            await self._client.create_index(index, "id", timeout_in_ms=int(TASK_WITHIN * 1000))
        await self._do(self._client.index(index).update_settings(settings), connection)

    async def drop(self, connection: Connection, index: str) -> None:
        await self._do(self._client.index(index).delete(), connection)

    async def replace(self, connection: Connection, old: str, new: str) -> None:
        """Put the index `new` in the place of `old`, of which there may be none; no search fails meanwhile."""
        if await self.has(old):
            await self._do(self._client.swap_indexes([(old, new)]), connection)
            await self.drop(connection, new)
        else:
            await self._do(self._client.swap_indexes([(new, old)], rename=True), connection)

    async def refuse_master_key(self) -> None:
        """See that the key cannot read keys.

        Raises:
            MasterKeyGiven: it can.
        """
        try:
            with _failures():
                await self._client.get_keys(limit=1)
        except (MeilisearchAway, Refused) as error:
            if isinstance(error.__cause__, MeilisearchApiError) and error.__cause__.status_code in {401, 403}:
                return
            raise
        raise MasterKeyGiven(
            "RELAIS_MEILISEARCH_KEY may read keys, as the master key may; make one for search: see docs/settings.md"
        )

    async def _do(self, asking: Awaitable[TaskInfo], connection: Connection) -> None:
        """Have a task done and wait for its end, while the database hears that `connection` is in use."""
        with _failures():
            number = (await asking).task_uid
        deadline = time.monotonic() + TASK_WITHIN
        while (task := await self._ended(number)) is None:
            if time.monotonic() > deadline:
                raise MeilisearchAway(f"Meilisearch has been at task {number} for {TASK_WITHIN:.0f} s")
            await connection.execute("select")
        if task.status != "succeeded":
            error = task.error or {}
            raise Refused(f"Meilisearch task {number}: {error.get('code')}: {error.get('message')}")

    async def _ended(self, number: int) -> TaskResult | None:
        """Return a task once it is over; None when it is not so soon."""
        with _failures():
            try:
                return await self._client.wait_for_task(number, timeout_in_ms=BE_HEARD_MS, interval_in_ms=LOOK_EVERY_MS)
            except MeilisearchTimeoutError:
                return None


@contextmanager
def _failures() -> Generator[None]:
    """Tell what passes by itself from what does not."""
    try:
        yield
    except MeilisearchApiError as error:
        if error.status_code >= 500 or error.code in _LATER:
            raise MeilisearchAway(str(error)) from error
        raise Refused(str(error)) from error
    except (MeilisearchCommunicationError, HTTPError) as error:
        raise MeilisearchAway(str(error) or type(error).__name__) from error
    except MeilisearchError as error:
        # No answer came: a connection that broke, or silence for too long.
        raise MeilisearchAway(str(error)) from error
