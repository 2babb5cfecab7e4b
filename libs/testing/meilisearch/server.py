"""The server: routes, keys, bodies."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qs, urlsplit

from libs.testing.meilisearch.problems import Problem, only_known, texts
from libs.testing.meilisearch.searching import search
from libs.testing.meilisearch.settings import DEFAULTS, with_changes
from libs.testing.meilisearch.state import State, check_uid

MASTER_KEY = "an-invented-master-key"

Answer: TypeAlias = tuple[int, Any]


class Double:
    """A server on a loopback port. `asked` is what it was asked, as (method, path).

    `keys` are the actions that each key allows, beside `MASTER_KEY`, which allows all.
    """

    def __init__(self) -> None:
        self.state = State()
        self.keys: dict[str, frozenset[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.state.close()

    def answer(self, method: str, target: str, key: str | None, body: bytes) -> Answer:
        """Return status and body of the answer to a request."""
        parts = urlsplit(target)
        self.asked.append((method, parts.path))
        for wanted, pattern, action, route in _ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if wanted == method and found:
                self._authorize(key, action)
                told = _decoded(body) if method in {"POST", "PUT", "PATCH"} else None
                query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
                with self.state.lock:
                    return route(self.state, found.groups(), query, told)
        raise Problem("not_found", f"{method} {parts.path} is no route", status=404)

    def _authorize(self, key: str | None, action: str) -> None:
        if key is None:
            raise Problem(
                "missing_authorization_header",
                "The Authorization header is missing. It must use the bearer authorization method.",
                status=401,
            )
        if key != MASTER_KEY and action not in self.keys.get(key, frozenset()):
            raise Problem("invalid_api_key", "The provided API key is invalid.", status=403)


@contextmanager
def double() -> Generator[Double]:
    """Run a server meanwhile."""
    server = Double()
    try:
        yield server
    finally:
        server.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, owner: Double, *arguments: Any) -> None:
        self._owner = owner
        super().__init__(*arguments)

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever asked is gone
            super().handle()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scheme, _, key = (self.headers.get("Authorization") or "").partition(" ")
        try:
            if body and self.headers.get("Content-Type") != "application/json":
                raise Problem("invalid_content_type", "The Content-Type must be application/json", status=415)  # noqa: TRY301 -- answered below
            status, told = self._owner.answer(self.command, self.path, key if scheme == "Bearer" else None, body)
        except Problem as problem:
            status, told = problem.status, problem.told()
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = _serve  # noqa: N815 -- the names it is called by
    do_POST = _serve  # noqa: N815
    do_PUT = _serve  # noqa: N815
    do_PATCH = _serve  # noqa: N815
    do_DELETE = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name it is called by
        """Say nothing: tests look at what was asked."""


def _decoded(body: bytes) -> Any:
    if not body:
        raise Problem("missing_payload", "A payload is missing.")
    try:
        return json.loads(body)
    except ValueError as error:
        raise Problem("malformed_payload", f"The json payload provided is malformed: {error}") from error


def _parameters(query: Mapping[str, str], known: set[str]) -> None:
    if unknown := set(query) - known:
        raise Problem("bad_request", f"Unknown parameter `{min(unknown)}`")


def _multi_search(state: State, _: tuple[str, ...], query: Mapping[str, str], told: Any) -> Answer:
    _parameters(query, set())
    body = only_known(told, frozenset({"queries", "federation"}))
    if body.get("federation") is not None:
        raise Problem("bad_request", "this double knows no federated search")
    results: list[dict[str, Any]] = []
    for one in body["queries"]:
        asked: dict[str, Any] = dict(one)
        uid = check_uid(asked.pop("indexUid", None))
        index = state.found(uid)
        results.append({"indexUid": uid, **search(index.settings, index.documents, asked)})
    return 200, {"results": results}


def _put(state: State, names: tuple[str, ...], query: Mapping[str, str], told: Any, *, whole: bool) -> Answer:
    _parameters(query, {"primaryKey"})
    uid = check_uid(names[0])
    documents = cast("list[dict[str, Any]]", told if isinstance(told, list) else [told])
    change = partial(state.put, uid, query.get("primaryKey"), documents, whole=whole)
    return 202, state.enqueue("documentAdditionOrUpdate", uid, change)


def _delete_batch(state: State, names: tuple[str, ...], _: Mapping[str, str], told: Any) -> Answer:
    ids = texts(told, "bad_request")
    return 202, state.enqueue("documentDeletion", names[0], partial(state.delete, names[0], ids))


def _configure(state: State, names: tuple[str, ...], _: Mapping[str, str], told: Any) -> Answer:
    index = state.indexes.get(names[0])
    with_changes(index.settings if index else DEFAULTS, told)  # what is wrong is told at once
    return 202, state.enqueue("settingsUpdate", names[0], partial(state.configure, names[0], told))


def _create(state: State, _: tuple[str, ...], query: Mapping[str, str], told: Any) -> Answer:
    _parameters(query, set())
    body = only_known(told, frozenset({"uid", "primaryKey"}))
    uid = check_uid(body.get("uid"))
    return 202, state.enqueue("indexCreation", uid, partial(state.create, uid, body.get("primaryKey")))


def _info(state: State, names: tuple[str, ...], _: Mapping[str, str], __: Any) -> Answer:
    index = state.found(names[0])
    moment = "2026-01-01T00:00:00Z"
    return 200, {"uid": names[0], "primaryKey": index.primary_key, "createdAt": moment, "updatedAt": moment}


def _drop(state: State, names: tuple[str, ...], _: Mapping[str, str], __: Any) -> Answer:
    return 202, state.enqueue("indexDeletion", names[0], partial(state.drop, names[0]))


def _swap(state: State, _: tuple[str, ...], query: Mapping[str, str], told: Any) -> Answer:
    _parameters(query, set())
    [pair] = [only_known(one, frozenset({"indexes", "rename"})) for one in told]
    uids = texts(pair["indexes"], "invalid_swap_indexes")
    if len(set(uids)) != 2:
        raise Problem("invalid_swap_indexes", "Two distinct indexes must be given for each swap.")
    change = partial(state.swap, *uids, rename=bool(pair.get("rename")))
    return 202, state.enqueue("indexSwap", None, change)


def _task(state: State, names: tuple[str, ...], _: Mapping[str, str], __: Any) -> Answer:
    if int(names[0]) >= len(state.tasks):
        raise Problem("task_not_found", f"Task `{names[0]}` not found.", status=404)
    return 200, dict(state.tasks[int(names[0])])


def _keys(_: State, __: tuple[str, ...], query: Mapping[str, str], ___: Any) -> Answer:
    _parameters(query, {"offset", "limit"})
    return 200, {"results": [], "offset": 0, "limit": 20, "total": 0}


_Route: TypeAlias = Callable[[State, tuple[str, ...], Mapping[str, str], Any], Answer]
_ROUTES: list[tuple[str, str, str, _Route]] = [
    ("POST", r"/multi-search", "search", _multi_search),
    ("POST", r"/indexes/([\w-]+)/documents", "documents.add", partial(_put, whole=True)),
    ("PUT", r"/indexes/([\w-]+)/documents", "documents.add", partial(_put, whole=False)),
    ("POST", r"/indexes/([\w-]+)/documents/delete-batch", "documents.delete", _delete_batch),
    ("PATCH", r"/indexes/([\w-]+)/settings", "settings.update", _configure),
    ("POST", r"/indexes", "indexes.create", _create),
    ("GET", r"/indexes/([\w-]+)", "indexes.get", _info),
    ("DELETE", r"/indexes/([\w-]+)", "indexes.delete", _drop),
    ("POST", r"/swap-indexes", "indexes.swap", _swap),
    ("GET", r"/tasks/(\d+)", "tasks.get", _task),
    ("GET", r"/keys", "keys.get", _keys),
]
