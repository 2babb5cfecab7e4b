"""How long an approved change takes to arrive everywhere: `python tests/bench/journey.py [COUNT]`.

Starts a platform of its own with the bundled sample and one webhook on this machine, then, one after the
other, proposes a correction, approves it and waits until the journey is complete. Two figures, in
milliseconds: approve → the last station's own time, and approve → the webhook has the change in hand.

Floor: the same hops by hand on the same servers' kind, without the platform: three times a committed row, a
published and acknowledged message and its receipt (the change passes three transactions and two streams one
after the other), then one HTTP POST.
"""

from __future__ import annotations

import asyncio
import http.server
import json
import statistics
import sys
import threading
import time
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import nats
import psycopg
from nats.js.api import StorageType, StreamConfig

from libs.servers import free_port
from libs.testing.platform import RunningPlatform, until
from libs.testing.servers import TestServers


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


def one_journey(client: httpx.Client, structure: dict[str, Any]) -> tuple[float, float]:
    words = f"Mesure {uuid4()}"
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

    def complete() -> dict[str, Any] | None:
        journey = client.get(f"{address}/journey").json()
        return journey if journey["complete"] else None

    journey = until(complete)
    last = max(datetime.fromisoformat(step["at"]).timestamp() for step in journey["steps"] if step["at"])
    arrived = until(lambda: Receiver.arrivals.get(words))
    return (last - begun) * 1_000, (arrived - begun) * 1_000


async def floor(count: int) -> list[float]:
    servers = TestServers(durable=True)
    servers.start()
    addresses, url, times = servers.addresses(), receiver(), []
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
            for _hop in range(3):
                await connection.execute("insert into floor values (%s)", [body.decode()])
                await jetstream.publish("floor.x", body)
                (message,) = await subscription.fetch(1, timeout=5)
                await message.ack()
            await http_client.post(url, content=body)
            times.append((time.perf_counter() - begun) * 1_000)
    await client.close()
    servers.stop()
    return times


def row(name: str, times: list[float]) -> str:
    quantiles = statistics.quantiles(times, n=20)
    return f"{name:<42} p50 {statistics.median(times):7.1f} ms   p95 {quantiles[18]:7.1f} ms"


def main(count: int) -> None:
    with RunningPlatform() as platform, platform.client("administrator") as client:
        hook = {"url": receiver(), "events": ["structure.changed"], "departments": None}
        client.post("/api/v1/webhooks", json=hook).raise_for_status()
        structure = client.get("/api/v1/search", params={"q": "mairie", "per_page": 1}).json()["hits"][0]
        complete, delivered = [], []
        for turn in range(count + 3):
            current = client.get(f"/api/v1/structures/{structure['id']}").json()
            figures = one_journey(client, current)
            if turn >= 3:  # the first ones warm the machine up
                complete.append(figures[0])
                delivered.append(figures[1])
    by_hand = asyncio.run(floor(count))
    print(f"{count} journeys, one webhook, idle machine")
    print(row("approve → journey complete", complete))
    print(row("approve → webhook in the partner's hands", delivered))
    print(row("floor: three hops and a POST by hand", by_hand))
    print(f"ratio of medians, complete to floor: {statistics.median(complete) / statistics.median(by_hand):.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
