"""Starts everything in order, keeps it running, and stops it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from deploy.embedded.home import Home, State
from deploy.embedded.logs import follow
from deploy.embedded.services import NAMES, migrations
from deploy.embedded.terminal import Terminal
from libs.database.migrations import MigrationFailed, migrate
from libs.servers import NatsServer, PostgresServer, Process, ServerError

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_STEADY = 60.0
"""Seconds of running after which an end counts as the first one again."""
_READY_SECONDS = 60.0
_STOP_SECONDS = 8.0
_POLL = 0.05


class Unit(Protocol):
    """One supervised child: its process, and how to start it, again with the log kept."""

    @property
    def process(self) -> Process: ...

    def start(self, *, keep_log: bool = False) -> None: ...


class Program:
    """A Python module of this package, run as a child."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: dict[str, str], *, logs: Path, port: int | None = None
    ) -> None:
        module = "deploy.embedded." + name.rpartition("-")[2]
        own = {"PYTHONUNBUFFERED": "1"} | ({"RELAIS_LISTEN_PORT": str(port)} if port else {})
        self.process = Process(
            name, [sys.executable, "-m", module, *arguments], logs=logs, environment=environment | own
        )

    def start(self, *, keep_log: bool = False) -> None:
        self.process.start(keep_log=keep_log)


class Platform:
    """All of Relais on the folder `home`, served on the loopback `port`.

    With `split`, every service has a web and a worker process of its own, and a gateway serves the one address.
    """

    def __init__(self, home: Home, *, port: int, split: bool, sample: bool, terminal: Terminal) -> None:
        self._home = home
        self._port = port
        self._split = split
        self._sample = sample
        self._terminal = terminal
        self._servers: Sequence[Unit] = ()
        self._programs: list[Unit] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._orders = 0
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP.

        Raises:
            ServerError: it cannot start; nothing of it runs any more.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._order_to_stop)
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not self._stop.is_set():
                starting.result()
                await stopping
        finally:
            for task in (starting, stopping, *self._keepers):
                task.cancel()
            await asyncio.gather(starting, stopping, *self._keepers, return_exceptions=True)
            await self._stop_all()

    def _order_to_stop(self) -> None:
        self._orders += 1
        self._stop.set()

    async def _start(self) -> None:
        terminal = self._terminal
        self._home.take()
        self._end_leftovers()
        state = self._home.settle(self._port)
        with terminal.step("PostgreSQL and NATS"):
            postgres = await self._start_servers(state)
        with terminal.step("Databases"):
            await self._bring_up_to_date(postgres, state)
        with terminal.step("Web and worker" if not self._split else "Web and worker of every service"):
            await self._start_programs(state)
        environment = self._home.environment(state)
        if not state.sample_settled:
            if self._sample:
                await self._import_sample(environment)
            state.sample_settled = True
            self._home.save(state)
        url = environment["RELAIS_PUBLIC_URL"]
        lines = {"Relais": url, "Mailbox": environment["RELAIS_MAILBOX_URL"]}
        if link := await self._sign_in_link(environment):
            lines["Sign in as administrator, once"] = link
        terminal.ready(lines)
        terminal.say("Ctrl-C stops it. What the programs log follows.")
        logs = [program.process.log for program in self._programs]
        self._keepers.append(asyncio.create_task(follow(logs, terminal)))

    def _end_leftovers(self) -> None:
        """End the programs of an earlier start that was killed; the servers see to themselves."""
        for record in sorted(self._home.logs.glob("*.pid")):
            if record.stem not in {"postgresql", "nats-server"}:
                Process(record.stem, (), logs=self._home.logs).end_leftover()

    async def _start_servers(self, state: State) -> PostgresServer:
        home, ports = self._home, state.ports
        postgres = PostgresServer(
            home.path / "postgresql", port=ports.postgres, password=state.administrator_password, logs=home.logs
        )
        nats = NatsServer(
            home.path / "nats", port=ports.nats, passwords={"relais": state.nats_password}, logs=home.logs
        )
        postgres.prepare()
        nats.prepare()
        self._servers = [nats, postgres]
        for server in self._servers:
            server.start()
        await self._until(postgres.ready, [postgres])
        await self._until(nats.ready, [nats])
        self._keep(self._servers)
        return postgres

    async def _bring_up_to_date(self, postgres: PostgresServer, state: State) -> None:
        urls = {
            name: postgres.create_service_database(name, password)
            for name, password in state.database_passwords.items()
            if name in NAMES
        }
        try:
            await asyncio.gather(*(migrate(url, migrations(name)) for name, url in urls.items()))
        except MigrationFailed as error:
            raise ServerError(f"A database could not be brought up to date: {error}") from error

    async def _start_programs(self, state: State) -> None:
        ports, logs = state.ports, self._home.logs
        if self._split:
            for name in NAMES:
                environment = self._home.environment(state, name)
                self._programs += [
                    Program(f"{name}-web", [name], environment, logs=logs, port=ports.services[name]),
                    Program(f"{name}-worker", [name], environment, logs=logs),
                ]
            upstreams = [f"{name}=http://127.0.0.1:{ports.services[name]}" for name in NAMES]
            environment = self._home.environment(state)
            self._programs.append(Program("gateway", upstreams, environment, logs=logs, port=ports.public))
        else:
            environment = self._home.environment(state)
            self._programs += [
                Program("web", [], environment, logs=logs, port=ports.public),
                Program("worker", [], environment, logs=logs),
            ]
        for program in self._programs:
            program.start()
        answer: list[str] = []

        def ready() -> bool:
            answer[:] = [_readyz(ports.public)]
            return not answer[0]

        try:
            await self._until(lambda: asyncio.to_thread(ready), self._programs)
        except TimeoutError as error:
            gate = self._programs[-1 if self._split else 0].process
            raise gate.failure(f"is not ready after {_READY_SECONDS:g} seconds: {answer[0]}") from error
        self._keep(self._programs)

    async def _until(self, ready: Callable[[], bool | Awaitable[bool]], units: Sequence[Unit]) -> None:
        """Wait for `ready`, as long as `units` run.

        Raises:
            ServerError: one of them stopped.
            TimeoutError: it took too long.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            answer = ready()
            if answer if isinstance(answer, bool) else await answer:
                return
            if time.monotonic() > deadline:
                raise TimeoutError
            await asyncio.sleep(_POLL)  # before judging: an interruption may be what ended the unit
            for unit in units:
                if not unit.process.running:
                    raise unit.process.failure("stopped while it was starting")

    def _keep(self, units: Sequence[Unit]) -> None:
        self._keepers += [asyncio.create_task(self._keep_running(unit)) for unit in units]

    async def _keep_running(self, unit: Unit) -> None:
        """Start `unit` again whenever it ends, with growing pauses."""
        process = unit.process
        pause = _FIRST_PAUSE
        while True:
            started = time.monotonic()
            code = await process.ended()
            if time.monotonic() - started > _STEADY:
                pause = _FIRST_PAUSE
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            self._terminal.warn(f"{process.name} {how}; it starts again in {pause:g} s. Its log: {process.log}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                unit.start(keep_log=True)
            except ServerError as error:
                self._terminal.warn(str(error))

    async def _command(self, *arguments: str, environment: dict[str, str], capture: bool) -> tuple[int, str, str]:
        """Run a `relais` command; return its exit code and, when captured, its output and errors."""
        pipe = asyncio.subprocess.PIPE if capture else None
        child = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig=TERM", "--", sys.executable, "-m", "deploy.embedded.cli", *arguments),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
        )
        try:
            output, errors = await child.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            await child.wait()
            raise
        return await child.wait(), (output or b"").decode().strip(), (errors or b"").decode().strip()

    async def _import_sample(self, environment: dict[str, str]) -> None:
        self._terminal.say("First start: importing a sample of real places.")
        code, _, _ = await self._command("import", "--sample", environment=environment, capture=False)
        if code:
            raise ServerError("The sample could not be imported; RELAIS_SAMPLE=0 starts without it.")

    async def _sign_in_link(self, environment: dict[str, str]) -> str | None:
        code, output, errors = await self._command(
            "signin-link", "--role", "administrator", environment=environment, capture=True
        )
        if code or not output:
            self._terminal.warn(f"There is no sign-in link: {errors or output or 'the command said nothing'}")
            return None
        return output.splitlines()[-1]

    async def _stop_all(self) -> None:
        if not any(unit.process.running for unit in (*self._programs, *self._servers)):
            return
        self._stop.clear()
        with self._terminal.step("Stopped"):
            for units in (self._programs, self._servers):
                await self._stop_units([unit.process for unit in units if unit.process.running])

    async def _stop_units(self, processes: Sequence[Process]) -> None:
        """Stop `processes` cleanly; firmly when they take too long or at a second order."""
        for process in processes:
            process.ask_to_stop()
        ends = asyncio.gather(*(process.ended() for process in processes))
        impatience = asyncio.create_task(self._stop.wait())
        if self._orders > 1:
            self._stop.set()
        await asyncio.wait({ends, impatience}, timeout=_STOP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        impatience.cancel()
        for process in processes:
            process.stop_now()
        await ends
        for process in processes:
            process.stop()


def _readyz(port: int) -> str:
    """Return why the platform is not ready, an empty text when it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=6)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"it does not answer ({error})"
    finally:
        connection.close()
    if answer.status == http.HTTPStatus.OK:
        return ""
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError):
        return f"it answers {answer.status}"
    down = [name for name, state in checks.items() if state.get("status") != "ok"]
    return f"{', '.join(down)} is down" if len(down) == 1 else f"{', '.join(down)} are down"


def wants_sample() -> bool:
    """Tell whether a first start imports the sample (`RELAIS_SAMPLE`, 1 or 0).

    Raises:
        ServerError: it is something else.
    """
    wish = os.environ.get("RELAIS_SAMPLE", "1")
    if wish not in {"0", "1"}:
        raise ServerError(f"RELAIS_SAMPLE is {wish!r}; it must be 1 or 0.")
    return wish == "1"
