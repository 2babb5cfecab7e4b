"""Telling figures: each beside its floor and its bar, at once and again in a table at the end."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from libs.servers import nats_program, postgres_program

BUSY = 5.0
"""Per cent of all cores that others may take before a figure counts as taken in company."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured, in `unit`; the floor is what the same work takes by hand, in the same run.

    It is held when it is within the bars there are: `at_most`, `at_least`, `of_floor` (the least share of the floor).
    """

    what: str
    value: float
    unit: str
    floor: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    of_floor: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def held(self) -> bool | None:
        """Whether it is within its bars; None when there is none."""
        bars: list[bool] = []
        if self.at_most is not None:
            bars.append(self.value <= self.at_most)
        if self.at_least is not None:
            bars.append(self.value >= self.at_least)
        if self.of_floor is not None and self.ratio is not None:
            bars.append(self.ratio >= self.of_floor)
        return all(bars) if bars else None

    def cells(self) -> list[str]:
        bars = [
            f"≤ {number(self.at_most)}" if self.at_most is not None else "",
            f"≥ {number(self.at_least)}" if self.at_least is not None else "",
            f"≥ {self.of_floor:.0%} of floor" if self.of_floor is not None else "",
        ]
        return [
            self.what,
            f"{number(self.value)} {self.unit}".strip(),
            ", ".join(filter(None, bars)),
            number(self.floor) if self.floor is not None else "",
            f"{self.ratio:.2f}" if self.ratio is not None else "",
            {True: "yes", False: "NO", None: ""}[self.held],
        ]


def number(value: float) -> str:
    """Return a figure with as many decimals as it needs: 8,904 · 75.5 · 0.03."""
    if value == int(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"


class Report:
    """The figures of a run, by part."""

    def __init__(self) -> None:
        self._figures: list[Figure] = []
        self._company: dict[str, float] = {}
        self._absent: list[str] = []

    @contextmanager
    def part(self, name: str) -> Generator[None]:
        """Say what is measured now and how long it took, and look whether others are at work meanwhile."""
        self._company[name] = psutil.cpu_percent(interval=1)
        print(name, flush=True)
        begun = time.monotonic()
        yield
        print(f"  ({name} took {time.monotonic() - begun:.0f} s)", flush=True)

    def add(self, *figures: Figure) -> None:
        for figure in figures:
            self._figures.append(figure)
            what, value, bar, floor, ratio, held = figure.cells()
            told = [f"  {what}: {value}"]
            told += [f"bar {bar}"] if bar else []
            told += [f"floor {floor}, ratio {ratio}"] if floor else []
            told += ["not held"] if held == "NO" else []
            print("; ".join(told), flush=True)

    def note(self, sentence: str) -> None:
        """Say what belongs to a figure without being one."""
        print(f"  {sentence}", flush=True)

    def absent(self, sentence: str) -> None:
        """Say what could not be measured, and why."""
        self._absent.append(sentence)
        print(sentence, flush=True)

    @property
    def held(self) -> bool:
        return all(figure.held is not False for figure in self._figures)

    def table(self) -> str:
        """Return all figures as a table in Markdown, with the machine above it."""
        rows = [["what", "figure", "bar", "floor", "ratio", "held"], *(figure.cells() for figure in self._figures)]
        loud = {part: share for part, share in self._company.items() if share > BUSY}
        company = (
            "Others were at work when these began, in per cent of all cores: "
            + ", ".join(f"{part} {share:.0f}" for part, share in loud.items())
            if loud
            else "Nobody else was at work when any part began"
        )
        return "\n".join([machine(), *_lines(rows), "", f"{company}.", *self._absent])


def _lines(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return ["", lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]


def machine() -> str:
    """Describe the machine and the servers, in a sentence."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in _read("/proc/cpuinfo").splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or "unknown",
    )
    system = dict(line.split("=", 1) for line in _read("/etc/os-release").splitlines() if "=" in line)
    return (
        f"{os.cpu_count()} cores ({cpu}), {psutil.virtual_memory().total / 2**30:.0f} GB, "
        f"{system.get('PRETTY_NAME', platform.system()).strip(chr(34))}, Linux {platform.release()}; "
        f"Python {platform.python_version()}, {_said(str(postgres_program('postgres')), '--version')}, "
        f"{_said(nats_program(), '--version')}, nats-py {version('nats-py')}, psycopg {version('psycopg')}, "
        f"FastStream {version('faststream')}."
    )


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def _said(*command: str) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return said.strip().replace("postgres (PostgreSQL)", "PostgreSQL").replace("nats-server: v", "nats-server ")
