"""The application factory: one Litestar application per service, with the same manners in all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog
from litestar import Litestar, Request
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Server
from litestar.types import ControllerRouterHandler

from libs.bus.connection import connect
from libs.bus.operations import answering
from libs.contracts.events import SERVICES
from libs.database import Pool, open_pool
from libs.runtime.settings import Settings
from libs.runtime.tasks import running
from libs.web.answers import EXCEPTION_HANDLERS, OwnProblemPage
from libs.web.api_index import api_index
from libs.web.assets import static
from libs.web.documentation import Document
from libs.web.events_page import events_document, events_page
from libs.web.health import healthz, readyz
from libs.web.idempotency import IdempotencyKey, provide_idempotency_key
from libs.web.language import Catalogues, language_of, speak
from libs.web.limits import Counters, Quota, count_api_request, limit_headers
from libs.web.metrics import MetricSource, count_requests, metrics_of
from libs.web.pages import Templates
from libs.web.parameters import refuse_unknown_parameters
from libs.web.revocation import Revocations
from libs.web.security import TokenReader, Viewer, provide_viewer, same_origin_only, security_headers
from libs.web.tracing import TraceRequests

log = structlog.get_logger()

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]

MOST_BODY_BYTES = 4_000_000

RETRY = 1.0
"""Seconds before a new connection to a bus that closed the last one for good."""


async def _provide_pool(state: State) -> Pool:
    return state.pool


async def _provide_settings(state: State) -> Settings:
    return state.settings


@asynccontextmanager
async def _stay_on_the_bus(app: Litestar, settings: Settings) -> AsyncGenerator[None]:
    """Connect to the bus in the background: public pages are served whether or not the broker answers."""

    async def follow() -> None:
        async with connect(
            settings.nats_url, name=f"{settings.service}-web", replicas=settings.nats_replicas
        ) as client:
            app.state.nats = client
            async with AsyncExitStack() as stack:
                # The mailbox of a single machine says nothing on the bus, and a replica is not its service.
                if settings.service in SERVICES and not settings.replica:
                    await stack.enter_async_context(answering(client, app.state.pool, settings.service))
                await app.state.revocations.follow(client)

    async def go_on_following() -> None:
        while True:
            try:
                await follow()
            except Exception:
                log.exception("bus_left")
            await asyncio.sleep(RETRY)

    async with running(go_on_following()):
        yield


def create_application(
    settings: Settings,
    *,
    package: str,
    title: str,
    handlers: Sequence[ControllerRouterHandler],
    lifespan: Sequence[Lifespan] = (),
    dependencies: dict[str, Callable[..., Any] | Callable[..., Awaitable[Any]]] | None = None,
    metrics: Sequence[MetricSource] = (),
    problem_page: OwnProblemPage | None = None,
) -> Litestar:
    """Return the web application of a service.

    Handlers may ask for `pool`, `settings`, `viewer` (None when nobody is signed in), `idempotency_key` (None
    when there is none), and what `dependencies` adds. `package` is the service's own (`services.search`), where
    `web/templates` and `locale` are looked for. The OpenAPI document is at `/api/openapi/<service>.json`.
    `metrics` are read from its database besides those that every service has. `problem_page` tells which page of its
    own says what went wrong at an address, None for the common one.
    """
    root = Path(str(files(package)))
    for handler in handlers:
        if isinstance(handler, HTTPRouteHandler) and HttpMethod.GET in handler.http_methods:
            handler.http_methods.add(HttpMethod.HEAD)  # the server leaves the body out

    @asynccontextmanager
    async def own_lifespan(app: Litestar) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            app.state.nats = None
            app.state.counters = Counters(Quota(name=settings.service, most=settings.api_limit, seconds=60))
            app.state.revocations = Revocations()
            app.state.pool = await stack.enter_async_context(open_pool(settings.database_url))
            await stack.enter_async_context(_stay_on_the_bus(app, settings))
            for other in lifespan:
                await stack.enter_async_context(other(app))
            yield

    counted = metrics_of(settings.service, metrics)
    app = Litestar(
        route_handlers=[healthz, readyz, static, api_index, events_page, events_document, counted, *handlers],
        lifespan=[own_lifespan],
        dependencies={
            "pool": Provide(_provide_pool),
            "settings": Provide(_provide_settings),
            "viewer": Provide(provide_viewer, sync_to_thread=False),
            "idempotency_key": Provide(provide_idempotency_key),
            **{name: Provide(provider) for name, provider in (dependencies or {}).items()},
        },
        signature_types=[IdempotencyKey, Pool, Settings, Viewer],
        exception_handlers=EXCEPTION_HANDLERS,
        guards=[count_api_request, refuse_unknown_parameters],
        middleware=[count_requests(settings.service), TraceRequests()],
        before_request=_receive,
        before_send=[security_headers, limit_headers],
        request_max_body_size=MOST_BODY_BYTES,
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5, minimum_size=700),
        openapi_config=OpenAPIConfig(
            title=title,
            version="1",
            path="/api/openapi",
            render_plugins=[Document(path=f"/{settings.service}.json")],
            servers=[Server(url=settings.public_url)],
            components=Components(
                security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
            ),
            use_handler_docstrings=True,
        ),
        logging_config=None,
        debug=False,
    )
    app.state.settings = settings
    app.state.problem_page = problem_page
    app.state.tokens = TokenReader(settings.signing_public_key)
    app.state.templates = _templates_of(root)
    return app


async def _receive(request: Request[Any, Any, Any]) -> None:
    """Speak the language of who asks, whatever a handler writes first; refuse what other sites send."""
    speak(language_of(request))
    await same_origin_only(request)


@cache
def _templates_of(service: Path) -> Templates:
    """Return the templates of the service in this folder; compiling them takes longer than all the rest."""
    own = Path(__file__).parent
    catalogues = Catalogues([service / "locale", own / "locale"])
    return Templates([service / "web" / "templates", own / "templates"], catalogues)
