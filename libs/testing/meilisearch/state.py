"""What the server holds: indexes, and the tasks that change them one after another."""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from libs.testing.meilisearch.problems import Problem
from libs.testing.meilisearch.settings import DEFAULTS, with_changes

DELAY = 0.004
"""Seconds that a task waits, and seconds that it takes: what does not wait for it sees nothing of it."""

_UID = re.compile(r"[A-Za-z0-9_-]{1,400}")
_DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,511}")


@dataclass
class Index:
    primary_key: str | None = None
    settings: dict[str, Any] = field(default_factory=lambda: dict(DEFAULTS))
    documents: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])


class State:
    """Reads and writes are made under `lock`. `failing`, while it is set, is what each new task fails with."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.indexes: dict[str, Index] = {}
        self.tasks: list[dict[str, Any]] = []
        self.failing: Problem | None = None
        self._queue: queue.Queue[tuple[dict[str, Any], Callable[[], None]] | None] = queue.Queue()
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._worker.start()

    def close(self) -> None:
        self._queue.put(None)
        self._worker.join()

    def found(self, uid: str) -> Index:
        if uid not in self.indexes:
            raise Problem("index_not_found", f"Index `{uid}` not found.", status=404)
        return self.indexes[uid]

    def enqueue(self, kind: str, uid: str | None, change: Callable[[], None]) -> dict[str, Any]:
        """Have a change made later; return the task as it is summed up."""
        with self.lock:
            task: dict[str, Any] = {
                "uid": len(self.tasks),
                "indexUid": uid,
                "status": "enqueued",
                "type": kind,
                "error": None,
                "enqueuedAt": datetime.now(UTC).isoformat(),
            }
            self.tasks.append(task)
            self._queue.put((task, change))
            shown = {name: task[name] for name in ("indexUid", "status", "type", "enqueuedAt")}
            return {"taskUid": task["uid"], **shown}

    def create(self, uid: str, primary_key: str | None) -> None:
        if uid in self.indexes:
            raise Problem("index_already_exists", f"Index `{uid}` already exists.")
        self.indexes[uid] = Index(primary_key)

    def configure(self, uid: str, told: Any) -> None:
        index = self.indexes.setdefault(uid, Index())
        index.settings = with_changes(index.settings, told)

    def drop(self, uid: str) -> None:
        self.found(uid)
        del self.indexes[uid]

    def swap(self, one: str, other: str, *, rename: bool) -> None:
        self.found(one)
        if rename:
            if other in self.indexes:
                raise Problem("index_already_exists", f"Index `{other}` already exists.")
            self.indexes[other] = self.indexes.pop(one)
        else:
            self.found(other)
            self.indexes[one], self.indexes[other] = self.indexes[other], self.indexes[one]

    def put(self, uid: str, primary_key: str | None, documents: list[dict[str, Any]], *, whole: bool) -> None:
        index = self.indexes.setdefault(uid, Index())
        key = index.primary_key = index.primary_key or primary_key or "id"
        for one in documents:
            if key not in one:
                raise Problem("missing_document_id", f"Document doesn't have a `{key}` attribute.")
            if not _DOCUMENT_ID.fullmatch(str(one[key])):
                raise Problem("invalid_document_id", f"Document identifier `{one[key]}` is invalid.")
            _check_point(one.get("_geo"))
        for one in documents:
            held = {} if whole else index.documents.get(str(one[key]), {})
            index.documents[str(one[key])] = {**held, **one}

    def delete(self, uid: str, ids: list[str]) -> None:
        index = self.found(uid)
        for one in ids:
            index.documents.pop(one, None)

    def _work(self) -> None:
        while (next_one := self._queue.get()) is not None:
            task, change = next_one
            time.sleep(DELAY)
            task["status"] = "processing"
            time.sleep(DELAY)
            with self.lock:
                try:
                    if self.failing:
                        raise self.failing
                    change()
                except Problem as problem:
                    task |= {"status": "failed", "error": problem.told()}
                else:
                    task["status"] = "succeeded"


def check_uid(uid: object) -> str:
    if not isinstance(uid, str) or not _UID.fullmatch(uid):
        raise Problem("invalid_index_uid", f"`{uid}` is not a valid index uid.")
    return uid


def _check_point(point: Any) -> None:
    if point is None:
        return
    try:
        right = set(point) == {"lat", "lng"} and abs(float(point["lat"])) <= 90 and abs(float(point["lng"])) <= 180
    except (TypeError, ValueError):
        right = False
    if not right:
        raise Problem("invalid_document_geo_field", f"Could not parse `_geo`: {point!r}")
