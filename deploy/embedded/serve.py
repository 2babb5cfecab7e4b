"""An ASGI application served by this very process, until it is asked to stop."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NoReturn, TypeAlias

from granian.constants import Interfaces
from granian.server.embed import Server

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

NEW_OBJECTS = 20_000
"""How many make the interpreter look for cycles: an answer takes thousands, which are nearly all gone with it."""


async def serve(application: Application, *, port: int) -> None:
    """Serve `application` on the loopback `port` until SIGTERM or SIGINT."""
    server = Server(
        application,
        port=port,
        interface=Interfaces.ASGI,
        backlog=1024,
        backpressure=1024,  # journeys are followed over connections that stay open
        websockets=False,
        log_enabled=False,  # it says when it starts, in lines of another form, and so do we
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    gc.freeze()  # the application itself stays, and need not be looked through
    gc.set_threshold(NEW_OBJECTS)
    await server.serve()


def run(application: Application, *, port: int) -> NoReturn:
    """Serve `application` as `serve` does, then end this process."""
    asyncio.run(serve(application, port=port))
    sys.stdout.flush()
    sys.stderr.flush()
    # Not by way of the interpreter's own end, during which a thread of the server may still call into it and hang.
    os._exit(0)


async def answer_json(send: Send, status: int, body: object) -> None:
    """Answer an HTTP request with a small JSON body that nothing may keep."""
    content = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
