"""What `relais up` shows of the programs' logs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from rich.text import Text

from deploy.embedded.logs import follow, readable
from libs.runtime.tasks import running
from libs.testing.waiting import eventually

LINE = {
    "delay": 5,
    "consumer": "search-index",
    "trace_id": None,
    "event": "event_delayed",
    "process": "worker",
    "level": "warning",
    "timestamp": "2026-11-22T02:46:48.915241Z",
}


class Shown:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def show(self, text: Text) -> None:
        self.lines.append(text.plain)


def test_a_line_says_when_who_what_and_details() -> None:
    words = readable(json.dumps(LINE)).plain.split()
    assert words[1:] == ["worker", "event_delayed", "delay=5", "consumer=search-index"]
    assert len(words[0]) == 8


def test_of_a_traceback_the_last_line_is_shown() -> None:
    line = LINE | {"exception": "Traceback (most recent call last):\n  File …\nValueError: no such place\n"}
    assert readable(json.dumps(line)).plain.endswith("\n  ValueError: no such place")


def test_what_is_no_log_line_is_shown_as_it_stands() -> None:
    for text in ("Traceback (most recent call last):", '{"event": 1}', "[bold]not markup[/]", "[]"):
        assert readable(text).plain == text


async def test_only_what_is_added_is_shown_and_a_log_begun_anew_is_read_from_its_start(tmp_path: Path) -> None:
    log, shown = tmp_path / "web.log", Shown()
    log.write_text("before\n")
    async with running(follow([log, tmp_path / "absent.log"], shown)):  # type: ignore[arg-type] -- all it uses
        await asyncio.sleep(0)
        with log.open("a") as file:
            file.write("first\nsec")
        await eventually(lambda: _is(shown.lines == ["first"]))
        with log.open("a") as file:
            file.write("ond\n")
        await eventually(lambda: _is(shown.lines == ["first", "second"]))
        log.write_text("anew\n")
        await eventually(lambda: _is(shown.lines == ["first", "second", "anew"]))


async def _is(condition: bool) -> bool:  # noqa: FBT001 -- what is waited for
    return condition
