"""The composition root of search."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State

from libs.bus import Consumer, Relay, connect
from libs.database import Pool, open_pool
from libs.projections.nightly import audit_nightly
from libs.runtime import Service, Settings
from libs.web import create_application
from services.search.announcements import keeping as announcements
from services.search.announcements.board import Board
from services.search.domain.cursors import Cursors
from services.search.engines import Engine
from services.search.engines.choice import consumer_of, engine_of, keeping, projection_for
from services.search.engines.postgres.projection import projection_of
from services.search.handlers import handlers, keep_openings
from services.search.statistics.keeping import forget_regularly, kept
from services.search.statistics.tally import Tally
from services.search.statistics.views import HANDLERS as VIEWS
from services.search.web import api, device, kiosk, pages, statistics, statistics_page, suggestions, views, widget
from services.search.web.desk import Desk
from services.search.web.pages import Overview


def build_web(settings: Settings) -> Litestar:
    main = settings.main_database_url or settings.database_url
    # The address of the database holds its password: what every process of this service knows, and nobody else.
    cursors = Cursors(main)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        tally = Tally()
        async with AsyncExitStack() as stack:
            # Searches are counted in one place, whichever replica answers them.
            counting = app.state.pool
            if main != settings.database_url:
                counting = await stack.enter_async_context(open_pool(main))
            app.state.counting = counting
            engine = await stack.enter_async_context(engine_of(settings, app.state.pool))
            await stack.enter_async_context(kept(tally, counting))
            app.state.desk = Desk(engine, cursors, tally)
            app.state.overview = Overview(engine)
            app.state.board = Board(app.state.pool)
            yield

    async def provide_desk(state: State) -> Desk:
        return state.desk

    async def provide_engine(state: State) -> Engine:
        return state.desk.engine

    async def provide_overview(state: State) -> Overview:
        return state.overview

    async def provide_board(state: State) -> Board:
        return state.board

    async def provide_counting(state: State) -> Pool:
        return state.counting

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
            *kiosk.HANDLERS,
        ],
        lifespan=[lifespan],
        dependencies={
            "desk": provide_desk,
            "engine": provide_engine,
            "overview": provide_overview,
            "board": provide_board,
            "counting": provide_counting,
        },
        problem_page=kiosk.problem_page,
    )


async def work(settings: Settings) -> None:
    """Keep the index until cancelled; the main search also says what was indexed, and keeps the counts."""
    async with (
        open_pool(settings.database_url) as pool,
        connect(settings.nats_url, name="search-worker", replicas=settings.nats_replicas) as nats,
        engine_of(settings, pool) as engine,
        asyncio.TaskGroup() as group,
    ):
        if settings.replica is None:
            group.create_task(Relay("search", settings.database_url, nats).run())
            group.create_task(Consumer("search-views", pool=pool, nats=nats, handlers=VIEWS).run())
            group.create_task(forget_regularly(pool))
        consumer, own = consumer_of(settings), handlers(engine, receipts=settings.replica is None)
        group.create_task(Consumer(consumer, pool=pool, nats=nats, handlers=own).run())
        told = consumer_of(settings, announcements.CONSUMER)
        group.create_task(Consumer(told, pool=pool, nats=nats, handlers=announcements.HANDLERS).run())
        group.create_task(announcements.catch_up(pool, nats))
        group.create_task(keep_openings(engine))
        group.create_task(keeping(engine, settings, nats))
        projection = projection_of(engine, consumer=consumer)
        group.create_task(audit_nightly(projection, pool=pool, database_url=settings.database_url, nats=nats))


service = Service(
    name="search",
    routes=(
        r"/",
        r"/recherche",
        r"/statistiques(/.*)?",
        r"/widget(/.*)?",
        r"/borne(/.*)?",
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
