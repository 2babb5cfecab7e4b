"""A service's web application under test: its settings, a client, and credentials as accounts signs them."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import msgspec
from asgi_lifespan import LifespanManager
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar

from libs.bus.keys import SealingKeys, new_sealing_keys
from libs.contracts.events import ServiceName
from libs.runtime import Settings
from libs.runtime.settings import READERS
from libs.web.security import Claims, Role, TokenSigner

BASE_URL = "http://relais.test"


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


_signing = Ed25519PrivateKey.generate()
SIGNING_PUBLIC_KEY = _text(_signing.public_key().public_bytes_raw())
SIGNING_PRIVATE_KEY = _text(_signing.private_bytes_raw())
SEALING_KEYS: dict[ServiceName, SealingKeys] = {reader: new_sealing_keys() for reader in READERS}
SEALING_PUBLIC_KEYS: dict[ServiceName, str] = {reader: keys.public for reader, keys in SEALING_KEYS.items()}
_SIGNER = TokenSigner(SIGNING_PRIVATE_KEY, SIGNING_PUBLIC_KEY)


def make_settings(service: ServiceName, database_url: str, nats_url: str, **changes: Any) -> Settings:
    """Return settings for tests of `service`, with the keys of this module."""
    settings = Settings(
        service=service,
        database_url=database_url,
        nats_url=nats_url,
        public_url=BASE_URL,
        signing_public_key=SIGNING_PUBLIC_KEY,
        signing_private_key=SIGNING_PRIVATE_KEY if service == "accounts" else None,
        sealing_public_keys=SEALING_PUBLIC_KEYS,
        sealing_private_keys=(SEALING_KEYS[service].private,) if service in READERS else (),
    )
    return msgspec.structs.replace(settings, **changes)


def credential(
    *roles: Role,
    departments: list[str] | None = None,
    credential_id: UUID | None = None,
    account_id: UUID | None = None,
    name: str = "Camille Exemple",
    hours: float = 1,
) -> str:
    """Return a signed credential of an invented person, valid for `hours` from now."""
    claims = Claims(
        sub=account_id or uuid4(),
        jti=credential_id or uuid4(),
        name=name,
        kind="token",
        roles=list(roles),
        departments=departments,
        exp=int((datetime.now(UTC) + timedelta(hours=hours)).timestamp()),
    )
    return _SIGNER.sign(claims)


def bearer(*roles: Role, **details: Any) -> dict[str, str]:
    """Return the header that carries such a credential; `details` as for `credential`."""
    return {"Authorization": f"Bearer {credential(*roles, **details)}"}


_applications: dict[tuple[Callable[[Settings], Litestar], str], Litestar] = {}


def application(build: Callable[[Settings], Litestar], settings: Settings) -> Litestar:
    """Return what `build` makes of `settings`, made once: what lives as long as its server begins with its lifespan."""
    key = (build, repr(settings))
    if key not in _applications:
        _applications[key] = build(settings)
    return _applications[key]


@asynccontextmanager
async def _started(app: Litestar) -> AsyncGenerator[httpx.ASGITransport]:
    """Run the application's lifespan, in a task of its own as a server does, and yield the way to it."""
    async with LifespanManager(cast("Any", app), startup_timeout=20, shutdown_timeout=20):
        yield httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)


class _StartedWhenAsked(httpx.AsyncBaseTransport):
    """The way to an application that is made and started for the first request."""

    def __init__(self, build: Callable[[], Litestar]) -> None:
        self._build = build
        self._starting = asyncio.Lock()
        self._running = AsyncExitStack()
        self._transport: httpx.ASGITransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with self._starting:
            if self._transport is None:
                self._transport = await self._running.enter_async_context(_started(self._build()))
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._running.aclose()


@asynccontextmanager
async def serving(app: Litestar) -> AsyncGenerator[httpx.AsyncClient]:
    """Serve the application and yield a client of it."""
    async with _started(app) as transport, httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


@asynccontextmanager
async def serving_when_asked(build: Callable[[], Litestar]) -> AsyncGenerator[httpx.AsyncClient]:
    """Yield a client of the application that `build` makes; without a request it is never made, which saves time."""
    async with httpx.AsyncClient(transport=_StartedWhenAsked(build), base_url=BASE_URL) as client:
        yield client


async def every_page(
    client: httpx.AsyncClient, address: str, *, headers: dict[str, str] | None = None, **query: Any
) -> list[dict[str, Any]]:
    """Follow a list of an API from its first page to its last, and return what each said."""
    pages: list[dict[str, Any]] = []
    while not pages or pages[-1]["next"] is not None:
        after = {"after": pages[-1]["next"]} if pages else {}
        answer = await client.get(address, params=query | after, headers=headers)
        pages.append(answer.raise_for_status().json())
    return pages
