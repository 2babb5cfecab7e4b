"""How long an approved change takes to arrive everywhere, with the sample and one webhook on this machine.

One after the other, a correction is proposed and approved, and its journey awaited: approve → the last station's own
time, and approve → the webhook has the change in hand. Then, of further ones, from the directory's commit until the
search API finds the change, asked again and again. Floor: the same hops by hand on servers of the same kind, without
the platform: three times a committed row, a published and acknowledged message and its receipt (the change passes
three transactions and two streams one after the other), then one HTTP POST; to be found it makes one hop. Where
../shared/data has the town halls, further journeys are made while these are imported.
"""

from __future__ import annotations

import http.server
import json
import random
import statistics
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import nats
import psycopg
from nats.js.api import StorageType, StreamConfig
from report import Figure, Report

from libs.servers import free_port
from libs.testing.platform import RELAIS, RunningPlatform, until
from libs.testing.servers import TestServers

COUNT = 40
TOWN_HALLS = Path(__file__).parents[3] / "shared" / "data" / "mairies.csv.gz"
TOWN_HALL_COUNT = 34_000
WARM_UP = 3


class Receiver(http.server.BaseHTTPRequestHandler):
    arrivals: dict[str, float] = {}  # noqa: RUF012 -- one receiver, one table

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        structure = body.get("data", {}).get("structure", {})
        self.arrivals[structure.get("description") or ""] = time.time()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def receiver() -> str:
    port = free_port()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{port}/"


def approve(client: httpx.Client, structure: dict[str, Any], words: str) -> tuple[str, float]:
    """Have `words` as the description approved; return the contribution's address, and when it was approved."""
    proposal = {
        "kind": "correction",
        "structure_id": structure["id"],
        "based_on_version": structure["version"],
        "proposed": {"description": words},
        "contact": {"email": "mesure@exemple.invalid", "name": "Mesure", "role": "visitor"},
    }
    answer = client.post("/api/v1/contributions", json=proposal).raise_for_status().json()
    address = f"/api/v1/moderation/contributions/{answer['id']}"
    begun = time.time()
    client.post(f"{address}/approve", json={}).raise_for_status()
    return address, begun


def one_journey(client: httpx.Client, structure: dict[str, Any]) -> tuple[float, float]:
    words = f"Mesure {uuid4()}"
    address, begun = approve(client, structure, words)

    def complete() -> dict[str, Any] | None:
        journey = client.get(f"{address}/journey").json()
        return journey if journey["complete"] else None

    journey = until(complete)
    last = max(datetime.fromisoformat(step["at"]).timestamp() for step in journey["steps"] if step["at"])
    arrived = until(lambda: Receiver.arrivals.get(words))
    return (last - begun) * 1_000, (arrived - begun) * 1_000


def until_found(client: httpx.Client, structure: dict[str, Any], word: str) -> float:
    """Return the milliseconds from the directory's commit until the search finds a word that nothing had."""
    address, _ = approve(client, structure, word)
    query = {"q": word, "per_page": 1}
    until(lambda: client.get("/api/v1/search", params=query).json()["total"], every=0)
    found = time.time()
    steps = {step["step"]: step["at"] for step in client.get(f"{address}/journey").json()["steps"]}
    return (found - datetime.fromisoformat(steps["applied"]).timestamp()) * 1_000


def new_words(count: int) -> list[str]:
    """Return words that nobody writes, and that are not taken for each other."""
    chance = random.Random(1)  # noqa: S311 -- the same words each time
    return ["".join(chance.choices("bcdfghjklmnpqrstvwxz", k=14)) for _ in range(count)]


async def floor(count: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of all hops, and those of the first."""
    servers = TestServers(durable=True)
    servers.start()
    addresses, url = servers.addresses(), receiver()
    all_hops: list[float] = []
    one_hop: list[float] = []
    client = await nats.connect(addresses.nats("main"))
    jetstream = client.jetstream()
    await jetstream.add_stream(StreamConfig(name="floor", subjects=["floor.>"], storage=StorageType.FILE))
    subscription = await jetstream.pull_subscribe("floor.>", durable="floor", stream="floor")
    body = json.dumps({"data": {"structure": {"description": "floor"}}}).encode()
    async with (
        await psycopg.AsyncConnection.connect(addresses.postgres(), autocommit=True) as connection,
        httpx.AsyncClient() as http_client,
    ):
        await connection.execute("create table floor (body text)")
        for _ in range(count):
            begun = time.perf_counter()
            for hop in range(3):
                await connection.execute("insert into floor values (%s)", [body.decode()])
                await jetstream.publish("floor.x", body)
                (message,) = await subscription.fetch(1, timeout=5)
                await message.ack()
                if hop == 0:
                    one_hop.append((time.perf_counter() - begun) * 1_000)
            await http_client.post(url, content=body)
            all_hops.append((time.perf_counter() - begun) * 1_000)
    await client.close()
    servers.stop()
    return all_hops, one_hop


def journeys_during_an_import(
    platform: RunningPlatform, client: httpx.Client, structure_id: str
) -> list[tuple[float, float]]:
    """Import all town halls, and go on approving until everything has taken them in."""
    command = (RELAIS, "import", TOWN_HALLS)
    importing = subprocess.Popen(command, env=platform.environment, stdout=subprocess.DEVNULL)
    found: list[tuple[float, float]] = []
    while importing.poll() is None or search_is_behind(client):
        found.append(one_journey(client, client.get(f"/api/v1/structures/{structure_id}").json()))
    return found


def search_is_behind(client: httpx.Client) -> bool:
    return client.get("/api/v1/search", params={"per_page": 1}).json()["total"] < TOWN_HALL_COUNT


async def measure(report: Report) -> None:
    with RunningPlatform() as platform, platform.client("administrator") as client:
        hook = {"url": receiver(), "events": ["structure.changed"], "departments": None}
        client.post("/api/v1/webhooks", json=hook).raise_for_status()
        structure = client.get("/api/v1/search", params={"q": "mairie", "per_page": 1}).json()["hits"][0]
        journeys: list[tuple[float, float]] = []
        for _ in range(WARM_UP + COUNT):
            current = client.get(f"/api/v1/structures/{structure['id']}").json()
            journeys.append(one_journey(client, current))
        found = [
            until_found(client, client.get(f"/api/v1/structures/{structure['id']}").json(), word)
            for word in new_words(COUNT)
        ]
        if TOWN_HALLS.is_file():
            beside = journeys_during_an_import(platform, client, structure["id"])
    complete, delivered = zip(*journeys[WARM_UP:], strict=True)
    by_hand, one_hop = await floor(COUNT)
    if TOWN_HALLS.is_file():
        report.add(
            Figure(
                what=f"during an import of {TOWN_HALL_COUNT:,} town halls, median of {len(beside)}",
                value=statistics.median(complete for complete, _ in beside),
                unit="ms",
                floor=statistics.median(by_hand),
            ),
            Figure(
                what="the longest",
                value=max(complete for complete, _ in beside),
                unit="ms",
            ),
        )
    else:
        report.absent("approvals during an import: left out, for ../shared/data has no town halls.")
    for what, times, least, bars in (
        ("approve → journey complete", complete, by_hand, (300, 1_000)),
        ("approve → webhook in the partner's hands", delivered, by_hand, (None, None)),
        ("directory's commit → found by the API", found, one_hop, (None, 300)),
    ):
        for at, bar in zip((50, 95), bars, strict=True):
            value, floor_value = (statistics.quantiles(own, n=20)[at // 5 - 1] for own in (times, least))
            report.add(Figure(what=f"{what}, p{at}", value=value, unit="ms", at_most=bar, floor=floor_value))
