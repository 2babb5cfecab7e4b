"""The web process: the pages and APIs of all services, or of those named on the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack

import httpx
import structlog
from litestar import Litestar

from deploy.embedded.routing import Routes, readiness
from deploy.embedded.serve import Receive, Scope, Send, answer_json, run
from deploy.embedded.services import FALLBACK, NAMES, load
from libs.runtime import Service, read_settings
from libs.telemetry import configure

log = structlog.get_logger()


class Dispatcher:
    """One ASGI application made of the services' own: each answers its routes; one alone answers everything."""

    def __init__(self, services: list[Service], applications: Mapping[str, Litestar], *, fallback: str) -> None:
        self._applications = applications
        self._routes = Routes(services, fallback=fallback)
        self._clients = {
            name: httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://127.0.0.1")  # pyright: ignore[reportArgumentType] -- Litestar types its scope more narrowly than httpx
            for name, application in applications.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path: str = scope["path"]
        alone = len(self._applications) == 1
        if path == "/healthz" and not alone:
            await answer_json(send, 200, {"status": "ok"})
        elif path == "/readyz" and not alone:
            await answer_json(send, *await readiness(self._clients))
        else:
            await self._applications[self._routes.service_for(path)](scope, receive, send)  # pyright: ignore[reportArgumentType] -- likewise

    async def _live(self, receive: Receive, send: Send) -> None:
        """Open all applications at startup, close them at shutdown, in the opposite order."""
        await receive()
        async with AsyncExitStack() as stack:
            try:
                for application in self._applications.values():
                    await stack.enter_async_context(application.lifespan())
            except Exception as error:
                log.exception("startup_failed")
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def create_dispatcher(names: tuple[str, ...]) -> Dispatcher:
    """Return the application of the services called `names`, with settings from the environment."""
    services = load(names)
    applications = {service.name: service.web(read_settings(service.name)) for service in services}
    return Dispatcher(services, applications, fallback=FALLBACK if FALLBACK in names else names[0])


def stay_on_one_processor() -> None:
    """Keep this process, and the threads that it is about to start, on one processor of those that it may use.

    Python runs one thread at a time. Threads that wake up on other processors wait for each other, and for what they
    left in the memory of the one before: a quarter of all searches that two processors answered without it.
    """
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {allowed[os.getpid() % len(allowed)]})


def main() -> None:
    stay_on_one_processor()
    names = tuple(sys.argv[1:]) or NAMES
    configure("web" if names == NAMES else f"{names[0]}-web")
    run(create_dispatcher(names), port=int(os.environ["RELAIS_LISTEN_PORT"]))


if __name__ == "__main__":
    main()
