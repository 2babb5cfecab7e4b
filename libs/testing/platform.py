"""Whole platforms as their users start them: `relais up` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

RELAIS = Path(sys.executable).with_name("relais")
UP_SECONDS = 90.0


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until `condition()` holds.

    Raises:
        AssertionError: it did not in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not happen in {seconds:g} seconds")
        time.sleep(0.05)


def _environment(home: Path, port: int, *, sample: bool) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")}
    return {
        **kept,
        "RELAIS_HOME": str(home),
        "RELAIS_PORT": str(port),
        "RELAIS_SAMPLE": "1" if sample else "0",
        "LC_ALL": "C.UTF-8",
    }


def relais(
    *arguments: str, home: Path, port: int = 8000, prefix: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a `relais` command to its end, on the platform of `home`; return it with what it said."""
    return subprocess.run(  # noqa: S603 -- the platform's own command
        [*prefix, str(RELAIS), *arguments],
        env=_environment(home, port, sample=False),
        capture_output=True,
        text=True,
        timeout=UP_SECONDS,
        check=False,
    )


class RunningPlatform:
    """A platform that was started on the data folder `home`; `prefix` is a command that runs it as somebody else."""

    def __init__(
        self, home: Path, port: int, *arguments: str, sample: bool = False, prefix: Sequence[str] = ()
    ) -> None:
        self.home = home
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._output = home.parent / f"{home.name}-{time.monotonic_ns()}.out"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 -- the platform's own command
                [*prefix, str(RELAIS), "up", *arguments],
                env=_environment(home, port, sample=sample),
                stdout=output,
                stderr=output,
            )

    @property
    def output(self) -> str:
        """What it has said so far."""
        return self._output.read_text()

    @property
    def sign_in_link(self) -> str:
        """The one-time link for an administrator that it printed."""
        return next(word for word in self.output.split() if word.startswith(f"{self.url}/connexion/"))

    def wait_until_up(self) -> None:
        wait_for(lambda: "Ctrl-C stops it." in self.output or self.process.poll() is not None, UP_SECONDS)
        if self.process.poll() is not None:
            raise AssertionError(self.output)

    def pid(self, name: str) -> int:
        """Return the process id of the child called `name` (`postgresql`, `nats-server`, `web`, `worker`)."""
        return int((self.home / "logs" / f"{name}.pid").read_text().split()[0])

    def pids(self) -> dict[str, int]:
        return {file.stem: self.pid(file.stem) for file in (self.home / "logs").glob("*.pid")}

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def interrupt(self) -> int:
        """Stop it as Ctrl-C does; return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def kill(self) -> None:
        """Kill the supervisor, which leaves its children to the kernel."""
        self.process.kill()
        self.process.wait()
