"""What `make up` says while it installs, where no terminal shows it."""

from __future__ import annotations

import asyncio
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


async def test_an_installation_without_terminal_says_how_far_it_is():
    lines = [f"Collecting package-{number}==1.0 (from -r requirements.txt)" for number in range(1, 46)]
    said = "\n".join([*lines, "  Downloading package.whl", "Installing collected packages: package-1, package-2"])
    target = "try-progress: ; @{ $(PROGRESS); }"
    make = await asyncio.create_subprocess_exec(
        *("make", "--silent", "--no-print-directory", f"--eval={target}", "try-progress"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await make.communicate(f"{said}\n".encode())
    assert make.returncode == 0
    assert output.decode().splitlines() == [
        "  20 packages, now package-20==1.0",
        "  40 packages, now package-40==1.0",
        "  unpacking 45 packages",
    ]
