"""The composition root of search."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State

from libs.bus import Consumer, Relay, connect
from libs.database import open_pool
from libs.projections.nightly import audit_nightly
from libs.runtime import Service, Settings
from libs.web import create_application
from services.search.domain.cursors import Cursors
from services.search.engines import Engine
from services.search.engines.choice import engine_of, keeping, projection_for
from services.search.engines.postgres.projection import projection_of
from services.search.handlers import handlers, keep_openings
from services.search.statistics.keeping import forget_regularly, kept
from services.search.statistics.tally import Tally
from services.search.statistics.views import HANDLERS as VIEWS
from services.search.web import api, device, pages, statistics, statistics_page, suggestions, views, widget
from services.search.web.pages import Overview


def build_web(settings: Settings) -> Litestar:
    # The address of the database holds its password: what every process of this service knows, and nobody else.
    cursors = Cursors(settings.database_url)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        app.state.tally = Tally()
        async with engine_of(settings, app.state.pool) as engine, kept(app.state.tally, app.state.pool):
            app.state.engine = engine
            app.state.overview = Overview(engine)
            yield

    async def provide_engine(state: State) -> Engine:
        return state.engine

    async def provide_overview(state: State) -> Overview:
        return state.overview

    async def provide_cursors() -> Cursors:
        return cursors

    async def provide_tally(state: State) -> Tally:
        return state.tally

    return create_application(
        settings,
        package="services.search",
        title="Relais: search",
        handlers=[
            api.search,
            suggestions.suggestions,
            *pages.HANDLERS,
            *device.HANDLERS,
            *statistics.HANDLERS,
            *views.HANDLERS,
            statistics_page.statistics_page,
            *widget.HANDLERS,
        ],
        lifespan=[lifespan],
        dependencies={
            "engine": provide_engine,
            "overview": provide_overview,
            "cursors": provide_cursors,
            "tally": provide_tally,
        },
    )


async def work(settings: Settings) -> None:
    """Keep the index, and say what was indexed, until cancelled."""
    async with (
        open_pool(settings.database_url) as pool,
        connect(settings.nats_url, name="search-worker", replicas=settings.nats_replicas) as nats,
        engine_of(settings, pool) as engine,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(Relay("search", settings.database_url, nats).run())
        group.create_task(Consumer("search-index", pool=pool, nats=nats, handlers=handlers(engine)).run())
        group.create_task(Consumer("search-views", pool=pool, nats=nats, handlers=VIEWS).run())
        group.create_task(keep_openings(engine))
        group.create_task(forget_regularly(pool))
        group.create_task(keeping(engine, settings, nats))
        projection = projection_of(engine)
        group.create_task(audit_nightly(projection, pool=pool, database_url=settings.database_url, nats=nats))


service = Service(
    name="search",
    routes=(
        r"/",
        r"/recherche",
        r"/statistiques(/.*)?",
        r"/widget(/.*)?",
        r"/moderation/recherches",
        r"/favoris",
        r"/hors-connexion",
        r"/service-worker\.js",
        r"/api/v1/search(/.*)?",
        r"/robots\.txt",
        r"/api/openapi/search\.json",
    ),
    web=build_web,
    work=work,
    migrations=Path(__file__).parent / "migrations",
    projections={"search": projection_for},
)
