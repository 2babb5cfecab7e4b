"""What the person who starts Relais sees: steps with their durations, and sentences."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.text import Text

_WIDTH = 44


class Terminal:
    """Steps on a console; without a terminal, plain lines."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, what: str) -> Generator[None]:
        """Show that `what` is under way, then how long it took."""
        started = time.monotonic()
        with self.console.status(f"{escape(what)} …", spinner_style="cyan"):
            yield
        seconds = time.monotonic() - started
        self.console.print(f"[green]✓[/] {escape(what):<{_WIDTH}} [dim]{seconds:5.1f} s[/]")

    def say(self, text: str) -> None:
        self.console.print(escape(text))

    def show(self, text: Text) -> None:
        self.console.print(text)

    def warn(self, text: str) -> None:
        self.console.print(f"[yellow]![/] {escape(text)}")

    def ready(self, lines: dict[str, str]) -> None:
        """Show where to go: a name and an address a line."""
        self.console.print()
        width = max(map(len, lines))
        for name, address in lines.items():
            self.console.print(f"  [bold]{escape(name):<{width}}[/]  {escape(address)}", soft_wrap=True)
        self.console.print()
