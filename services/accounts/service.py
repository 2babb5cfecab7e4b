"""accounts, wired."""

from __future__ import annotations

import asyncio
from pathlib import Path

from litestar import Litestar

from libs.bus import Relay, connect
from libs.database import open_pool
from libs.runtime import Service, Settings
from libs.web.application import create_application
from services.accounts.jobs import keep_clean, keep_refused
from services.accounts.web.api import API
from services.accounts.web.dependencies import dependencies
from services.accounts.web.pages import PAGES


def create_web(settings: Settings) -> Litestar:
    return create_application(
        settings,
        package="services.accounts",
        title="Relais: accounts",
        handlers=[API, *PAGES],
        dependencies=dependencies(settings),
    )


async def work(settings: Settings) -> None:
    async with (
        open_pool(settings.database_url, most=2) as pool,
        connect(settings.nats_url, name="accounts-worker", replicas=settings.nats_replicas) as nats,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(Relay("accounts", settings.database_url, nats).run())
        group.create_task(keep_clean(pool))
        group.create_task(keep_refused(pool))


service = Service(
    name="accounts",
    routes=(
        r"/connexion(/.*)?",
        r"/compte(/.*)?",
        r"/exploitation(/.*)?",
        r"/api/v1/account(/.*)?",
        r"/api/openapi/accounts\.json",
    ),
    web=create_web,
    work=work,
    migrations=Path(__file__).parent / "migrations",
)
