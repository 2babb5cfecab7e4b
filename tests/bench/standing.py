"""What the platform costs when nothing happens: `python tests/bench/standing.py`.

Starts a platform of its own with the sample, stops it, starts it again: the second start's seconds to the
first page; then, after it has settled, a minute's mean share of a core, the resident memory of all its
processes (shared pages counted once: PSS), and the compressed bytes of the first view of `/`. Floor of the
start: the same two servers alone, started by hand on data that is there.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from libs.servers import NatsServer, PostgresServer, free_port
from libs.testing.platform import RunningPlatform

MINUTE = 60.0


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


def main() -> None:
    with RunningPlatform() as platform:
        print(f"first start, sample included: {platform.started_in:.1f} s to the first page")
        platform.stop()
        platform.start()
        alone = servers_alone()
        print(f"second start: {platform.started_in:.1f} s to the first page (floor, both servers alone: {alone:.2f} s)")
        time.sleep(20)  # what starting leaves to be done is done
        before, begun = busy(platform.process.pid), time.perf_counter()
        time.sleep(MINUTE)
        share = (busy(platform.process.pid) - before) / (time.perf_counter() - begun)
        sizes = {process: process.memory_full_info().pss for process in family(platform.process.pid)}
        print(f"idle: {share * 100:.1f} % of a core, {sum(sizes.values()) >> 20} MB resident in {len(sizes)} processes")
        view = first_view(platform.url)
        scripts = sum(size for path, size in view.items() if path.endswith(".js"))
        print(f"first view of /: {sum(view.values()):,} bytes compressed, of which scripts {scripts:,}")
        for path, size in view.items():
            print(f"  {path} {size:,}")


if __name__ == "__main__":
    sys.exit(main())
