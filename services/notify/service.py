"""The composition root of notify."""

from __future__ import annotations

import asyncio
from pathlib import Path

from litestar import Litestar

from libs.bus import Consumer, Relay, Unsealer, connect
from libs.database import open_pool
from libs.runtime import Service, Settings
from libs.web import create_application
from services.notify.channels.endpoints import Endpoints, Gate
from services.notify.channels.smtp import MailServer
from services.notify.dispatcher import Dispatcher
from services.notify.handlers.messages import MessageHandlers
from services.notify.handlers.structures import on_structure_changed, on_structure_withdrawn
from services.notify.letters import Letters
from services.notify.mailer import Mailer
from services.notify.metrics import sending_metrics
from services.notify.retention import forget_regularly
from services.notify.web import api, pages


def build_web(settings: Settings) -> Litestar:
    gate = Gate(settings.webhook_networks)

    async def provide_gate() -> Gate:
        return gate

    return create_application(
        settings,
        package="services.notify",
        title="Relais: webhooks and messages",
        handlers=[api.ROUTER, pages.ROUTER, pages.partners],
        dependencies={"gate": provide_gate},
        metrics=[sending_metrics],
    )


async def work(settings: Settings) -> None:
    """Relay, listen, and send until cancelled."""
    unsealer = Unsealer(settings.sealing_private_keys)
    letters = Letters(unsealer, public_url=settings.public_url, mail_from=settings.mail_from)
    server = MailServer(settings.smtp_url)
    people = MessageHandlers(unsealer)
    async with (
        open_pool(settings.database_url) as pool,
        connect(settings.nats_url, name="notify-worker", replicas=settings.nats_replicas) as nats,
        Endpoints(Gate(settings.webhook_networks)) as endpoints,
        asyncio.TaskGroup() as group,
    ):
        structures = Consumer(
            "notify-structures",
            pool=pool,
            nats=nats,
            handlers={
                "structure.changed.v1": on_structure_changed,
                "structure.withdrawn.v1": on_structure_withdrawn,
            },
        )
        messages = Consumer(
            "notify-messages",
            pool=pool,
            nats=nats,
            handlers={
                "contribution.submitted.v1": people.on_submitted,
                "contribution.approved.v1": people.on_approved,
                "contribution.rejected.v1": people.on_rejected,
                "signin.requested.v1": people.on_signin_requested,
            },
        )
        group.create_task(Relay("notify", settings.database_url, nats).run())
        group.create_task(structures.run())
        group.create_task(messages.run())
        group.create_task(Dispatcher(settings.database_url, pool, endpoints).run())
        group.create_task(Mailer(settings.database_url, pool, letters, server).run())
        group.create_task(forget_regularly(pool))


service = Service(
    name="notify",
    routes=(r"/partenaires(/.*)?", r"/api/v1/webhooks(/.*)?", r"/api/openapi/notify\.json"),
    web=build_web,
    work=work,
    migrations=Path(__file__).parent / "migrations",
)
