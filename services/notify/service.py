"""The composition root of notify."""

from __future__ import annotations

import asyncio
from pathlib import Path

from litestar import Litestar

from libs.bus import Consumer, Relay, connect
from libs.database import open_pool
from libs.runtime import Service, Settings
from libs.web import create_application
from services.notify.channels.endpoints import Endpoints, Gate
from services.notify.dispatcher import Dispatcher
from services.notify.handlers.news import on_structure_changed, on_structure_withdrawn
from services.notify.web import api


def build_web(settings: Settings) -> Litestar:
    gate = Gate(settings.webhook_networks)

    async def provide_gate() -> Gate:
        return gate

    return create_application(
        settings,
        package="services.notify",
        title="Relais: webhooks and messages",
        handlers=[api.ROUTER],
        dependencies={"gate": provide_gate},
    )


async def work(settings: Settings) -> None:
    """Relay, listen, and send until cancelled."""
    async with (
        open_pool(settings.database_url) as pool,
        connect(settings.nats_url, name="notify-worker") as nats,
        Endpoints(Gate(settings.webhook_networks)) as endpoints,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(Relay("notify", settings.database_url, nats).run())
        structures = Consumer(
            "notify-structures",
            pool=pool,
            nats=nats,
            handlers={
                "structure.changed.v1": on_structure_changed,
                "structure.withdrawn.v1": on_structure_withdrawn,
            },
        )
        group.create_task(structures.run())
        group.create_task(Dispatcher(settings.database_url, pool, endpoints).run())


service = Service(
    name="notify",
    routes=(r"/partenaires(/.*)?", r"/api/v1/webhooks(/.*)?", r"/api/openapi/notify\.json"),
    web=build_web,
    work=work,
    migrations=Path(__file__).parent / "migrations",
)
