"""The logs of the programs, as whoever started Relais reads them: a short line for each JSON line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.text import Text

from deploy.embedded.terminal import Terminal

_POLL = 0.5
_MOST_BYTES = 256 * 1024
"""Read at once from one log; a program that writes more in half a second is shown in part."""

_STYLES = {"debug": "dim", "info": "cyan", "warning": "yellow", "error": "bold red", "critical": "bold red"}
_LEFT_OUT = {"timestamp", "process", "level", "event", "exception"}


def readable(line: str) -> Text:
    """Return a log line for a person: time, process, what happened, details, and the end of a traceback.

    What is not a JSON line is returned as it stands.
    """
    try:
        said: Any = msgspec.json.decode(line)
        moment = datetime.fromisoformat(said["timestamp"]).astimezone()
        event, level = str(said["event"]), str(said["level"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return Text(line, style="dim")
    text = Text(f"{moment:%H:%M:%S} ", style="dim")
    text.append(f"{said.get('process', ''):<8} ", style="dim")
    text.append(event, style=_STYLES.get(level, ""))
    for name, value in said.items():
        if name not in _LEFT_OUT and value is not None:
            text.append(f" {name}=", style="dim").append(str(value))
    if exception := said.get("exception"):
        text.append(f"\n  {str(exception).strip().splitlines()[-1]}", style="red")
    return text


class _Tail:
    """A log file, read on from where it ended."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._place = file.stat().st_size if file.exists() else 0
        self._rest = b""

    def lines(self) -> list[str]:
        """Return the whole lines that came since."""
        try:
            size = self._file.stat().st_size
            if size < self._place:  # begun anew
                self._place = 0
            if size == self._place:
                return []
            with self._file.open("rb") as log:
                log.seek(self._place)
                read = log.read(_MOST_BYTES)
        except OSError:
            return []
        self._place = size
        *lines, self._rest = (self._rest + read).split(b"\n")
        return [line.decode(errors="replace") for line in lines if line.strip()]


async def follow(files: Iterable[Path], terminal: Terminal) -> None:
    """Show what is added to `files`, until cancelled."""
    tails = [_Tail(file) for file in files]
    while True:
        await asyncio.sleep(_POLL)
        for tail in tails:
            for line in tail.lines():
                terminal.show(readable(line))
