"""The web application of contributions."""

from __future__ import annotations

from litestar import Litestar

from libs.bus import Sealer
from libs.runtime import Settings
from libs.web import create_application
from services.contributions.web import api, moderation_api, pages


def create(settings: Settings) -> Litestar:
    sealer = Sealer(settings.sealing_public_keys)

    async def provide_sealer() -> Sealer:
        return sealer

    return create_application(
        settings,
        package="services.contributions",
        title="Relais: contributions",
        handlers=[*api.HANDLERS, *moderation_api.HANDLERS, *pages.HANDLERS],
        dependencies={"sealer": provide_sealer},
    )
