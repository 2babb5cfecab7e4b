"""The gateway of `--split`: one address for all services, each in processes of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from collections.abc import Set as AbstractSet

import httpx
import structlog

from deploy.embedded.away import Away
from deploy.embedded.routing import Routes, readiness
from deploy.embedded.serve import Receive, Scope, Send, answer_json, run
from deploy.embedded.services import FALLBACK, load
from libs.runtime import Networks, read_networks
from libs.telemetry import configure
from libs.web.application import MOST_BODY_BYTES
from libs.web.clients import client_of

log = structlog.get_logger()

_OF_ONE_CONNECTION = {
    *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"),
    *(b"te", b"trailer", b"transfer-encoding", b"upgrade"),
}
_SET_HERE = {b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"forwarded"}

Headers = list[tuple[bytes, bytes]]
NOBODY = Networks()


class Gateway:
    """An ASGI application that passes each request on to the service whose route it is, bodies streamed.

    Args:
        routes: which service answers a path.
        clients: a client for each service, with its address as base; closed with the gateway.
        trusted: the proxies before it, which it believes when they say for whom they ask.
    """

    def __init__(self, routes: Routes, clients: Mapping[str, httpx.AsyncClient], *, trusted: Networks = NOBODY) -> None:
        self._routes = routes
        self._clients = clients
        self._trusted = trusted
        self._away = Away()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"] == "/healthz":
            await answer_json(send, 200, {"status": "ok"})
        elif scope["path"] == "/readyz":
            await answer_json(send, *await readiness(self._clients))
        else:
            await self._pass_on(self._routes.service_for(scope["path"]), scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))
        await send({"type": "lifespan.shutdown.complete"})

    async def _pass_on(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        client = self._clients[name]
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        headers = _forwarded(scope, self._trusted)
        names = {name for name, _ in headers}
        has_body = b"content-length" in names or b"transfer-encoding" in {key.lower() for key, _ in scope["headers"]}
        request = client.build_request(
            scope["method"],
            client.base_url.copy_with(raw_path=target),
            headers=headers,
            content=_body(receive) if has_body else None,
        )
        # What httpx would add by itself and the person's browser did not say.
        for added in ("accept", "accept-encoding", "user-agent"):
            if added.encode() not in names:
                request.headers.pop(added, None)
        try:
            answer = await client.send(request, stream=True)
        except _TooLarge:
            await self._away.refuse_size(scope, send)
            return
        except httpx.HTTPError as error:
            log.warning("service_unreachable", service=name, error=type(error).__name__)
            await self._away.answer(name, scope, send)
            return
        try:
            await _relay(answer, receive, send, watch=not has_body)
        finally:
            await answer.aclose()


def _forwarded(scope: Scope, trusted: Networks) -> Headers:
    """Return the request's headers for the service: without those of this connection, with who asked."""
    peer = (scope.get("client") or ("127.0.0.1", 0))[0]
    said = b",".join(value for key, value in scope["headers"] if key.lower() == b"x-forwarded-for")
    client = client_of(peer, said.decode("latin-1"), trusted)
    host = next((value for key, value in scope["headers"] if key.lower() == b"host"), b"")
    return [
        *_kept(scope["headers"], dropped=_SET_HERE),
        (b"x-forwarded-for", client.encode()),
        (b"x-forwarded-host", host),
        (b"x-forwarded-proto", scope["scheme"].encode()),
    ]


def _kept(headers: Headers, *, dropped: AbstractSet[bytes] = frozenset()) -> Headers:
    named = {
        token.strip().lower() for key, value in headers if key.lower() == b"connection" for token in value.split(b",")
    }
    gone = _OF_ONE_CONNECTION | named | dropped
    return [(key.lower(), value) for key, value in headers if key.lower() not in gone]


class _TooLarge(Exception):  # noqa: N818 -- a finding about what was sent
    """A body is larger than services take: one that refuses it closes the connection before it has answered."""


async def _body(receive: Receive) -> AsyncGenerator[bytes]:
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise httpx.ReadError("the client went away")
        length += len(message.get("body", b""))
        if length > MOST_BODY_BYTES:
            raise _TooLarge
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


async def _relay(answer: httpx.Response, receive: Receive, send: Send, *, watch: bool) -> None:
    """Send the service's answer on as it comes; with `watch`, end when the client goes away."""

    async def pump() -> None:
        await send(
            {"type": "http.response.start", "status": answer.status_code, "headers": _kept(answer.headers.raw)},
        )
        async for part in answer.aiter_raw():
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def disconnected() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    tasks = [asyncio.create_task(pump())]
    if watch:
        tasks.append(asyncio.create_task(disconnected()))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _client(address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=address,
        timeout=httpx.Timeout(5, read=None, pool=None),  # a followed journey is silent at times
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        trust_env=False,
    )


def main() -> None:
    upstreams = dict(pair.split("=", 1) for pair in sys.argv[1:])
    configure("gateway")
    routes = Routes(load(tuple(upstreams)), fallback=FALLBACK if FALLBACK in upstreams else next(iter(upstreams)))
    clients = {name: _client(address) for name, address in upstreams.items()}
    trusted = read_networks("RELAIS_TRUSTED_PROXIES")
    run(Gateway(routes, clients, trusted=trusted), port=int(os.environ["RELAIS_LISTEN_PORT"]))


if __name__ == "__main__":
    main()
