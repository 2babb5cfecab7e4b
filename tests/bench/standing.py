"""What the platform costs when nothing happens.

Starts a platform of its own with the sample, stops it, starts it again: the second start's seconds to the
first page; then, after it has settled, a minute's mean share of a core, the resident memory of all its
processes (shared pages counted once: PSS), and the compressed bytes of the first view of `/`. Floor of the
start: the same two servers alone, started by hand on data that is there.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
import time
from pathlib import Path

import httpx
import psutil
from report import Figure, Report

from libs.servers import NatsServer, PostgresServer, free_port
from libs.testing.platform import RunningPlatform

MINUTE = 60.0
SETTLING = 20.0
"""Seconds for what starting leaves to be done."""


def servers_alone() -> float:
    folder = Path(tempfile.mkdtemp(prefix="relais-floor-"))
    folder.chmod(0o711)
    postgres = PostgresServer(folder / "postgresql", port=free_port(), password="bench", logs=folder)
    nats = NatsServer(folder / "nats", port=free_port(), passwords={"bench": "bench"}, logs=folder)
    postgres.prepare()
    nats.prepare()
    begun = time.perf_counter()
    postgres.start()
    nats.start()
    nats.wait_ready()
    postgres.wait_ready()
    elapsed = time.perf_counter() - begun
    nats.stop()
    postgres.stop()
    shutil.rmtree(folder, ignore_errors=True)
    return elapsed


def family(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def busy(pid: int) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in family(pid))


def first_view(url: str) -> dict[str, int]:
    """Compressed bytes of the page and of each style sheet and script it names."""
    sizes: dict[str, int] = {}
    with httpx.Client(base_url=url, headers={"Accept-Encoding": "gzip"}) as client:
        with client.stream("GET", "/") as answer:
            body = b"".join(answer.iter_raw())
            sizes["/"] = len(body)
        for path in sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get("/").text))):
            with client.stream("GET", path) as answer:
                sizes[path] = len(b"".join(answer.iter_raw()))
    return sizes


async def measure(report: Report) -> None:
    with RunningPlatform() as platform:
        report.note(f"first start, sample included: {platform.started_in:.1f} s to the first page")
        platform.stop()
        platform.start()
        assert platform.process
        alone = servers_alone()
        report.add(Figure(what="second start", value=platform.started_in, unit="s", at_most=6, floor=alone))
        await asyncio.sleep(SETTLING)
        before, begun = busy(platform.process.pid), time.perf_counter()
        await asyncio.sleep(MINUTE)
        share = (busy(platform.process.pid) - before) / (time.perf_counter() - begun)
        sizes = [process.memory_full_info().pss for process in family(platform.process.pid)]
        view = first_view(platform.url)
    scripts = sum(size for path, size in view.items() if path.endswith(".js"))
    report.add(
        Figure(what="idle, of a core", value=share * 100, unit="%", at_most=3),
        Figure(what=f"memory of all {len(sizes)} processes", value=sum(sizes) >> 20, unit="MB", at_most=700),
        Figure(what="first view of /, compressed", value=sum(view.values()), unit="bytes", at_most=60_000),
        Figure(what="of which scripts", value=scripts, unit="bytes", at_most=20_000),
    )
