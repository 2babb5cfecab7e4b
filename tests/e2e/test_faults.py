"""An approved change is never lost and takes effect once, whatever is killed between approval and fan-out."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest

from libs.servers import free_port
from libs.testing.platform import RunningPlatform, until

pytestmark = pytest.mark.timeout(240)


class Partner:
    """A partner's endpoint on this machine, which remembers the bodies it was sent."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                partner.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/relais"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def partner() -> Iterator[Partner]:
    partner = Partner()
    yield partner
    partner.close()


def _a_word() -> str:
    """Return a word of letters that nothing else holds."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex)


@contextmanager
def told(client: httpx.Client, partner: Partner) -> Iterator[None]:
    """Have the changes of Lozère sent to `partner` for the length of the block."""
    hook = {"url": partner.url, "events": ["structure.changed"], "departments": ["48"]}
    identifier = client.post("/api/v1/webhooks", json=hook).raise_for_status().json()["id"]
    try:
        yield
    finally:
        client.delete(f"/api/v1/webhooks/{identifier}").raise_for_status()


def kill(platform: RunningPlatform, name: str) -> None:
    """Send SIGKILL to the platform's process whose command line holds `name`."""
    assert platform.process
    for process in psutil.Process(platform.process.pid).children(recursive=True):
        if any(name in word for word in process.cmdline()):
            os.kill(process.pid, signal.SIGKILL)
            return
    pytest.fail(f"no process {name}")


def patiently(send: Any) -> Any:
    """Return the answer of a request, sent again while the platform is finding its feet."""

    def attempt() -> httpx.Response | None:
        try:
            answer: httpx.Response = send()
        except httpx.HTTPError:
            return None
        return answer if answer.status_code < 500 else None

    return until(attempt, within=60, every=0.1)


@pytest.mark.parametrize("victim", ["nats-server", "postgres", "deploy.embedded.worker"])
def test_an_approved_change_arrives_once_although_a_part_is_killed(
    platform: RunningPlatform, partner: Partner, victim: str
) -> None:
    with platform.client("administrator") as client, told(client, partner):
        hit = client.get("/api/v1/search", params={"department": "48", "per_page": 1}).json()["hits"][0]
        structure = client.get(f"/api/v1/structures/{hit['id']}").json()
        words = f"Repère {_a_word()}"
        correction = {
            "kind": "correction",
            "structure_id": structure["id"],
            "based_on_version": structure["version"],
            "proposed": {"description": words},
        }
        proposed = client.post("/api/v1/contributions", json=correction).raise_for_status().json()["id"]
        address = f"/api/v1/moderation/contributions/{proposed}"
        client.post(f"{address}/approve", json={}).raise_for_status()
        kill(platform, victim)

        def complete() -> bool:
            return bool(patiently(lambda: client.get(f"{address}/journey")).json()["complete"])

        until(complete, within=90, every=0.2)
        after = client.get(f"/api/v1/structures/{structure['id']}").json()
        assert (after["description"], after["version"]) == (words, structure["version"] + 1)
        assert [body for body in partner.bodies if body["data"]["structure"]["description"] == words]
        found = client.get("/api/v1/search", params={"q": words.split()[1], "per_page": 5}).json()
        assert structure["id"] in [hit["id"] for hit in found["hits"]]
