"""The whole platform under test: started by its own command in a folder of its own, driven from outside."""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx

from libs.servers import free_port

RELAIS = Path(sys.executable).parent / "relais"
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For platforms of tests, which speak plain HTTP: reading the authorities of the system takes 40 ms a client."""

LINK = re.compile(r"https?://\S+/connexion/\S+")


class PlatformDidNotStart(Exception):  # noqa: N818 -- what is to be said
    """`relais up` ended, or took too long; the message is what it printed."""


class RunningPlatform:
    """`relais up` in a temporary folder, on a free port; a context manager that starts and stops it.

    `url` is its address; `signin_link` the administrator's one-time link; `started_in` the seconds from the
    command to the first page. `prefix` is a command that runs it as somebody else. `program` starts it in place of
    `relais`; `settings` are environment variables of its own.
    """

    def __init__(
        self,
        *,
        sample: bool = True,
        split: bool = False,
        home: Path | None = None,
        port: int | None = None,
        prefix: Sequence[str] = (),
        program: Sequence[str] = (str(RELAIS),),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._own_folder = home is None
        self.home = home or Path(tempfile.mkdtemp(prefix="relais-platform-"))
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._prefix = prefix
        self._command = [*program, "up", *(["--split"] if split else [])]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")}
        self.environment = inherited | {
            "LC_ALL": "C.UTF-8",
            "RELAIS_HOME": str(self.home),
            "RELAIS_PORT": str(self.port),
            "RELAIS_SAMPLE": "1" if sample else "0",
            **(settings or {}),
        }
        self._output = self.home.with_suffix(".output")
        self.process: subprocess.Popen[bytes] | None = None
        self.signin_link = ""
        self.started_in = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.discard()

    def keep(self) -> None:
        """Leave the temporary folder where it is, for whoever looks into a failure."""
        self._own_folder = False

    def discard(self) -> None:
        """Remove the temporary folder."""
        if self._own_folder:
            shutil.rmtree(self.home, ignore_errors=True)
        self._output.unlink(missing_ok=True)

    def start(self, *, within: float = 180) -> None:
        """Start it and wait until it has printed its address.

        Raises:
            PlatformDidNotStart: see there.
        """
        begun = time.monotonic()
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 -- our own command
                [*self._prefix, *self._command],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        self.started_in = 0.0
        while time.monotonic() - begun < within:
            if not self.started_in and self._answers():
                self.started_in = time.monotonic() - begun
            # Long lines are wrapped for narrow terminals; an address has no spaces.
            if found := LINK.search(self.output):
                self.signin_link = found[0]
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise PlatformDidNotStart(self.output)

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._output.read_text(errors="replace")

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url, timeout=2, verify=_NO_AUTHORITIES).is_success
        except httpx.HTTPError:
            return False

    def is_ready(self) -> bool:
        """Tell whether all its services say so."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, verify=_NO_AUTHORITIES).is_success
        except httpx.HTTPError:
            return False

    def pid(self, name: str) -> int:
        """Return the process id of the child called `name`: postgresql, nats-server, web or worker."""
        return int((self.home / "logs" / f"{name}.pid").read_text().split()[0])

    def pids(self) -> dict[str, int]:
        """Return the process ids of the children by name; one that is being started again may be missing."""
        found: dict[str, int] = {}
        for file in (self.home / "logs").glob("*.pid"):
            with suppress(FileNotFoundError):
                found[file.stem] = self.pid(file.stem)
        return found

    def kill(self) -> None:
        """Kill the supervisor alone, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it as Ctrl-C does, and wait."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `relais ARGUMENTS` against this platform, running or not, and return what it printed."""
        return subprocess.run(  # noqa: S603 -- our own command
            [*self._prefix, str(RELAIS), *arguments], env=self.environment, capture_output=True, text=True, check=check
        )

    def token(self, role: str, *departments: str) -> str:
        """Return a new API token, of all departments if none is named."""
        limits = [part for code in departments for part in ("--department", code)] or ["--all-departments"]
        return self.command("token", "--role", role, *limits).stdout.strip()

    def client(self, role: str | None = None, *departments: str) -> httpx.Client:
        """Return a client of the platform, with a token of `role` if one is named."""
        headers = {"Authorization": f"Bearer {self.token(role, *departments)}"} if role else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=_NO_AUTHORITIES)


def until(condition: Callable[[], Any], *, within: float = 30, every: float = 0.02) -> Any:
    """Return the first true value of `condition`.

    Raises:
        TimeoutError: there is none within `within` seconds.
    """
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still not so after {within:g} s")
        time.sleep(every)
    return value
