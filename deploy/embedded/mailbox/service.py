"""The mailbox, wired."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from litestar import Litestar

from deploy.embedded.mailbox.sink import work
from deploy.embedded.mailbox.web.pages import HANDLERS
from libs.contracts.events import ServiceName
from libs.runtime import Service, Settings
from libs.web.application import create_application


def create_web(settings: Settings) -> Litestar:
    return create_application(settings, package="deploy.embedded.mailbox", title="Relais: mailbox", handlers=HANDLERS)


service = Service(
    # It publishes no event, so the published language does not name it.
    name=cast("ServiceName", "mailbox"),
    routes=(r"/boite(/.*)?", r"/api/v1/mailbox"),
    web=create_web,
    work=work,
    migrations=Path(__file__).parent / "migrations",
)
