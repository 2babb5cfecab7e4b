"""The composition root of the directory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State

from libs.bus import Consumer, Relay, Unsealer, connect
from libs.database import open_pool
from libs.projections.nightly import audit_nightly
from libs.projections.truth import answering_truth
from libs.runtime import Service, Settings
from libs.web import create_application
from libs.web.counting import written_regularly
from services.directory.exports.handlers import refresh
from services.directory.exports.projection import projection_of
from services.directory.handlers.contributions import apply_approved
from services.directory.handlers.republishing import republish_forgotten
from services.directory.handlers.telling import truth_of
from services.directory.views import TELL_EVERY, Views, tell
from services.directory.web import announcements, api, contacts, exports, pages


def build_web(settings: Settings) -> Litestar:
    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        app.state.views = Views()
        async with written_regularly(partial(tell, app.state.views, app.state.pool), TELL_EVERY):
            yield

    async def provide_views(state: State) -> Views:
        return state.views

    return create_application(
        settings,
        package="services.directory",
        title="Relais: directory",
        handlers=[
            *api.HANDLERS,
            *contacts.HANDLERS,
            *announcements.HANDLERS,
            *exports.HANDLERS,
            *pages.HANDLERS,
        ],
        lifespan=[lifespan],
        dependencies={"views": provide_views},
    )


async def work(settings: Settings) -> None:
    """Relay what the directory says, and apply what contributions approved, until cancelled."""
    unsealer = Unsealer(settings.sealing_private_keys)
    async with (
        open_pool(settings.database_url) as pool,
        connect(settings.nats_url, name="directory-worker", replicas=settings.nats_replicas) as nats,
        answering_truth(nats, truth_of(pool)),
        asyncio.TaskGroup() as group,
    ):
        group.create_task(Relay("directory", settings.database_url, nats, republish=republish_forgotten).run())
        contributions = Consumer(
            "directory-contributions",
            pool=pool,
            nats=nats,
            handlers={"contribution.approved.v1": partial(apply_approved, unsealer)},
        )
        group.create_task(contributions.run())
        files = Consumer(
            "directory-exports",
            pool=pool,
            nats=nats,
            handlers=dict.fromkeys(("structure.changed.v1", "structure.withdrawn.v1"), refresh),
        )
        group.create_task(files.run())
        projection = projection_of(pool, settings)
        group.create_task(audit_nightly(projection, pool=pool, database_url=settings.database_url, nats=nats))


service = Service(
    name="directory",
    routes=(
        r"/structures/[^/]+(/contacts-internes)?",
        r"/exports(/.*)?",
        r"/administration/annonces(/.*)?",
        r"/annonces/lue",
        r"/api/v1/structures(/.*)?",
        r"/api/v1/announcements(/.*)?",
        r"/api/openapi/directory\.json",
    ),
    web=build_web,
    work=work,
    migrations=Path(__file__).parent / "migrations",
    projections={"exports": projection_of},
)
