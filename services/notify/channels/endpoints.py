"""Requests to addresses that people gave: each name is resolved, checked and pinned, on every connection."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Literal, Self, TypeAlias
from urllib.parse import urlsplit

import httpcore
import httpx
import msgspec

from libs.runtime import Networks
from libs.web.language import N_
from services.notify.domain.networks import Address, is_public

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Returns the addresses of a host; raises OSError when it has none."""

TIMEOUT = 15.0
"""Seconds an endpoint has to answer, as the specification suggests."""

EXCERPT_BYTES = 1_024
MOST_CONNECTIONS = 256
IDLE_SECONDS = 5.0

REFUSED = N_("This address is not on the public Internet.")
PLAIN = N_("Only https addresses are called.")
UNRESOLVED = N_("This host name leads nowhere.")
NO_CONNECTION = N_("The server does not accept connections.")
BAD_CERTIFICATE = N_("The server could not prove who it is: its certificate is not valid.")
TOO_SLOW = N_("The server did not answer in time.")
BROKEN = N_("The server broke off, or did not answer in HTTP.")


class Unreachable(Exception):  # noqa: N818 -- it says why, in a marked sentence
    """An endpoint may not be called, or cannot be."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Answer(msgspec.Struct, kw_only=True, frozen=True):
    """What an endpoint said: at most 1 KB of the body, and the seconds it asks us to wait."""

    status_code: int
    excerpt: str
    retry_after: float | None = None


class Resolver:
    """The system's resolver, in threads of its own: a slow name holds up nobody else."""

    def __init__(self, threads: int = 32) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> list[Address]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


class _PinnedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, never to a name that could change in between.

    The request's URL keeps the name, so that the Host header, TLS server name and certificate are its own.
    """

    def __init__(self, gate: Gate, scheme: Literal["http", "https"]) -> None:
        self._gate = gate
        self._scheme: Literal["http", "https"] = scheme
        self._network: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()  # pyright: ignore[reportAttributeAccessIssue] -- httpcore also names a stand-in, for where anyio is absent

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._gate.open_addresses(self._scheme, host, port)
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(str(address), port, TIMEOUT / 3, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(addresses[-1]), port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Gate:
    """Says which addresses a URL leads to, if all of them may be called.

    Those inside `networks` always may; others only when public, and by https.
    """

    def __init__(self, networks: Networks, resolve: Resolve | None = None) -> None:
        self._networks = networks
        self._resolve = resolve or Resolver()

    async def check(self, url: str) -> None:
        """Raise `Unreachable` unless `url` may be called as its name resolves now, within a few seconds."""
        parts = urlsplit(url)
        scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
        port = parts.port or (443 if scheme == "https" else 80)
        try:
            async with asyncio.timeout(TIMEOUT / 3):
                await self.open_addresses(scheme, parts.hostname or "", port)
        except TimeoutError as error:
            raise Unreachable(UNRESOLVED) from error

    async def open_addresses(self, scheme: Literal["http", "https"], host: str, port: int) -> Sequence[Address]:
        """Return the addresses of `host`.

        Raises:
            Unreachable: it has none, or one of them may not be called.
        """
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise Unreachable(UNRESOLVED) from error
        if not addresses:
            raise Unreachable(UNRESOLVED)
        outside = [address for address in addresses if address not in self._networks]
        if not all(is_public(address) for address in outside):
            raise Unreachable(REFUSED)
        if outside and scheme == "http":
            raise Unreachable(PLAIN)
        return addresses


class Endpoints:
    """Sends requests through a gate; connections are kept a few seconds for the next one.

    No redirect is followed, no cookie kept, no proxy used, and no more is read than is needed.
    """

    def __init__(self, gate: Gate, *, timeout: float = TIMEOUT, ssl_context: ssl.SSLContext | None = None) -> None:
        self._timeout = timeout
        context = ssl_context or httpx.create_ssl_context()
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {
            scheme: httpcore.AsyncConnectionPool(
                ssl_context=context,
                max_connections=MOST_CONNECTIONS,
                max_keepalive_connections=MOST_CONNECTIONS,
                keepalive_expiry=IDLE_SECONDS,
                network_backend=_PinnedNetwork(gate, scheme),
            )
            for scheme in ("http", "https")
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: str) -> Answer:
        """Send `body` to `url` and return the answer.

        Raises:
            Unreachable: no answer came; the sentence says why.
        """
        pool = self._pools[urlsplit(url).scheme]
        try:
            async with (
                asyncio.timeout(self._timeout),
                pool.stream("POST", url, headers=list(headers.items()), content=body.encode()) as response,
            ):
                return await _read(response)
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise Unreachable(TOO_SLOW) from error
        except httpcore.ConnectError as error:
            raise Unreachable(BAD_CERTIFICATE if _is_about_tls(error) else NO_CONNECTION) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Unreachable(BROKEN) from error


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None


async def _read(response: httpcore.Response) -> Answer:
    excerpt = b""
    async for chunk in response.aiter_stream():
        excerpt += chunk
        if len(excerpt) >= EXCERPT_BYTES:
            break
    text = excerpt[:EXCERPT_BYTES].decode(errors="replace").replace("\x00", "\ufffd")
    return Answer(status_code=response.status, excerpt=text, retry_after=_retry_after(response.headers))


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """Return the seconds of a Retry-After header, which may hold a date; None when it cannot be read."""
    value = next((value for name, value in headers if name.lower() == b"retry-after"), b"").decode("latin-1")
    if value.isdecimal():
        return float(value) if len(value) < 10 else None
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
