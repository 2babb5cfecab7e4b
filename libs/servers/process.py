"""Child processes that never outlive whoever started them."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path

_POLL = 0.02
_TAIL_BYTES = 4096
_DISK_FULL = os.strerror(errno.ENOSPC)
_DATA_DAMAGED = (
    *("PANIC:", "could not read file", "invalid checkpoint", "could not locate a valid checkpoint"),
    *("incorrect checksum in control file", "PG_CONTROL_VERSION"),
)
"""What PostgreSQL says when its files are not what it wrote."""


class ServerError(Exception):
    """A server cannot run; the message is one sentence for the person who started it."""


def free_port(taken: Container[int] = ()) -> int:
    """Return a loopback TCP port that nothing listens on now, and that is not among those `taken` for later.

    It is below those that the kernel gives to outgoing connections, one of which could take it meanwhile.
    """
    while True:
        port = random.randrange(16_000, 32_000)  # noqa: S311 -- no secret
        if port not in taken and port_is_free(port):
            return port


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on the loopback TCP `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise ServerError(f"Port {port} cannot be used: {error.strerror}.") from error
    return True


def tail(log: Path, lines: int = 8) -> str:
    """Return the last `lines` of a log file, or an empty text."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.rstrip().splitlines()[-lines:])


def _born(pid: int) -> int | None:
    """Return when process `pid` started, in clock ticks since boot; with the pid it names one process for ever."""
    folder = Path(f"/proc/{pid}")
    try:
        fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        # The first thread may be gone while others still hold ports and files.
        ended = fields[0] == "Z" and len(list((folder / "task").iterdir())) == 1
    except OSError:
        return None
    return None if ended else int(fields[19])


class Process:
    """One child process, its log and its record.

    The child is told to stop by `stop_signal`, also by the kernel when its starter dies. The record (pid and
    birth) lets a later starter recognise and end a child that its starter could not.

    Args:
        name: what people call it; its log is `<logs>/<name>.log`, its record `<logs>/<name>.pid`.
        command: program and arguments.
        logs: folder of the log and the record; it must exist.
        prefix: a command that runs another as somebody else, such as `libs.servers.identity` gives.
        environment: the whole environment of the child; None passes on the starter's.
        stop_signal: asks the child to end cleanly.
        stop_firmly: ends it without courtesy, yet safely.
        data: the folder of its data, for the person who must mend it when it does not start.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        logs: Path,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        stop_firmly: signal.Signals = signal.SIGKILL,
        data: Path | None = None,
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.log = logs / f"{name}.log"
        self.stop_signal = stop_signal
        self.stop_firmly = stop_firmly
        self._data = data
        self._record = logs / f"{name}.pid"
        self._prefix = tuple(prefix)
        self._environment = environment
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *, keep_log: bool = False) -> None:
        """Start the child, with a new log beside the old one, or with `keep_log` at the end of the present one.

        Call it from a thread that lives as long as the child must: the kernel ends the child with it.

        Raises:
            ServerError: the program cannot be started.
        """
        if self.running:
            raise ValueError(f"{self.name} runs already")
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ServerError("The program setpriv is missing; install the package util-linux.")
        deathsig = f"--pdeathsig={self.stop_signal.name.removeprefix('SIG')}"
        try:
            if not keep_log and self.log.exists():
                self.log.replace(self.log.with_suffix(".log.old"))
            with self.log.open("ab") as output:
                self._child = subprocess.Popen(  # noqa: S603 -- the command is ours
                    [*self._prefix, setpriv, deathsig, "--", *self.command],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=self._environment,
                    start_new_session=True,
                    umask=0o077,
                )
            unfinished = self._record.with_suffix(".unfinished")
            unfinished.write_text(f"{self._child.pid} {_born(self._child.pid)}", encoding="ascii")
            unfinished.replace(self._record)
        except OSError as error:
            raise ServerError(f"{self.name} cannot be started: {_reason(error)}.") from error

    @property
    def pid(self) -> int | None:
        """The child's process id, or None before it was started."""
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the ended child (minus the signal that killed it), None while it runs."""
        return self._child.poll() if self._child else None

    def wait_ready(self, ready: Callable[[], bool], *, seconds: float = 30) -> None:
        """Wait until `ready()` is true.

        Raises:
            ServerError: the child ended, or was not ready in time; the message ends with the log's last lines.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise self.failure("stopped while it was starting")
            if time.monotonic() > deadline:
                raise self.failure(f"was not ready after {seconds:g} seconds")
            time.sleep(_POLL)

    async def ended(self) -> int:
        """Wait until the child has ended, and return its exit code (minus the signal that killed it)."""
        if self._child is None:
            raise ValueError(f"{self.name} was not started")
        if self._child.poll() is None:
            loop = asyncio.get_running_loop()
            end = loop.create_future()
            descriptor = os.pidfd_open(self._child.pid)
            loop.add_reader(descriptor, end.set_result, None)
            try:
                await end
            finally:
                loop.remove_reader(descriptor)
                os.close(descriptor)
        return self._child.wait()

    def failure(self, what: str) -> ServerError:
        """Return an error that says what happened to this child, with the end of its log."""
        last = tail(self.log)
        if _DISK_FULL in last:
            return ServerError(f"{self.name} {what}, for its disk is full; free some space and start again.")
        damages = [line.strip() for line in last.splitlines() if any(word in line for word in _DATA_DAMAGED)]
        if self._data is not None and damages:
            return ServerError(
                f"{self.name} {what}, for its data in {self._data} is damaged ({damages[-1]}); "
                "put a copy back in its place, or move it away to start afresh."
            )
        return ServerError(f"{self.name} {what}. Its log, {self.log}, ends with:\n{last}")

    def ask_to_stop(self) -> None:
        """Ask the child to end, without waiting."""
        if self._child is not None and self.running:
            self._child.send_signal(self.stop_signal)

    def stop_now(self) -> None:
        """End the child without courtesy, without waiting."""
        if self._child is not None and self.running:
            self._child.send_signal(self.stop_firmly)

    def stop(self, *, seconds: float = 10) -> None:
        """End the child: cleanly if it can within `seconds`, else firmly."""
        if self._child is None:
            return
        self.ask_to_stop()
        for firmly in (self.stop_firmly, signal.SIGKILL):
            try:
                self._child.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                self._child.send_signal(firmly)
        self._child.wait()
        self._record.unlink(missing_ok=True)

    def end_leftover(self, *, seconds: float = 10) -> bool:
        """End the child of an earlier starter that died, if it still lives; tell whether there was one.

        Raises:
            ServerError: it does not end.
        """
        try:
            pid_text, born_text = self._record.read_text(encoding="ascii").split()
            pid, born = int(pid_text), int(born_text)
        except (OSError, ValueError):
            return False
        found = False
        for order in (self.stop_signal, self.stop_firmly, signal.SIGKILL):
            if _born(pid) != born:
                self._record.unlink(missing_ok=True)
                return found
            found = True
            try:
                os.kill(pid, order)
            except ProcessLookupError:
                continue
            except PermissionError as error:
                raise ServerError(f"{self.name} still runs for somebody else (process {pid}).") from error
            deadline = time.monotonic() + seconds
            while _born(pid) == born and time.monotonic() < deadline:
                time.sleep(_POLL)
        if _born(pid) == born:
            raise ServerError(f"{self.name} still runs (process {pid}) and does not end.")
        self._record.unlink(missing_ok=True)
        return found


def _reason(error: OSError) -> str:
    return f"{error.strerror or error} ({error.filename})" if error.filename else str(error.strerror or error)
