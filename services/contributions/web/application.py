"""The web application of contributions."""

from __future__ import annotations

from uuid import UUID

from litestar import Litestar
from litestar.di import NamedDependency
from litestar.params import FromPath

from libs.bus import Sealer
from libs.database import Pool
from libs.runtime import Settings
from libs.web import Viewer, create_application
from services.contributions.handlers.case import Case
from services.contributions.web import api, pages


def create(settings: Settings) -> Litestar:
    sealer = Sealer(settings.sealing_public_keys)

    async def provide_sealer() -> Sealer:
        return sealer

    return create_application(
        settings,
        package="services.contributions",
        title="Relais: contributions",
        handlers=[*api.HANDLERS, *pages.HANDLERS],
        dependencies={"sealer": provide_sealer, "case": provide_case},
    )


async def provide_case(
    pool: NamedDependency[Pool],
    sealer: NamedDependency[Sealer],
    viewer: NamedDependency[Viewer],
    contribution_id: FromPath[UUID],
) -> Case:
    """Return the contribution that an address names, before whoever asks for it."""
    return Case(pool, sealer, viewer, contribution_id)
