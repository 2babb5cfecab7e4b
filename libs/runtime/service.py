"""The shape every service's composition root gives to those who run it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from libs.contracts.events import ServiceName
from libs.runtime.settings import Settings

if TYPE_CHECKING:  # who only supervises processes needs neither
    from litestar import Litestar

    from libs.database import Pool
    from libs.projections import Projection


@dataclass(frozen=True, kw_only=True)
class Service:
    """One bounded context, ready to be run.

    `routes` are the URL paths it answers, as regular expressions matched against the whole path; they let
    one process, or one gateway, serve all services under one address. `web` builds its web application,
    which opens and closes its own connections in its lifespan. `work` runs its relay, consumers and jobs
    until cancelled. `migrations` are its own dbmate files; the bus adds its own. `projections`, by name, are what it
    keeps of the directory's structures, for rebuilds and audits.
    """

    name: ServiceName
    routes: tuple[str, ...]
    web: Callable[[Settings], Litestar]
    work: Callable[[Settings], Awaitable[None]]
    migrations: Path
    projections: Mapping[str, Callable[[Pool, Settings], Projection]] = field(default_factory=dict[str, Any])
