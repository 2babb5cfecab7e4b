"""The directory with those who keep copies of it, all at work on one bus. All places are invented."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
from nats.js.errors import NotFoundError

from libs.contracts.events import ContributionApproved
from libs.identifiers import uuid7
from libs.projections import Projection, auditing, rebuilding
from libs.projections.auditing import Findings
from libs.projections.rebuilding import Progress, Rebuilt
from libs.runtime import Service
from libs.runtime.tasks import running
from libs.testing.services import ServiceUnderTest, under_test
from libs.testing.waiting import eventually
from libs.testing.web import make_settings
from services.contributions.service import service as contributions
from services.directory.service import service as directory
from services.search.service import service as search

SERVICES: dict[str, Service] = {"search": search, "exports": directory, "contributions": contributions}
"""The service of each projection."""

VERSIONS = {
    "search": "select document.id, version, body ->> 'name' from document join card on document_id = id where listed",
    "exports": "select structure_id, version, split_part(csv, ',', 3) from export_line where departments <> '{}'",
    "contributions": "select id, version, name from structure where not withdrawn",
}
Held = dict[UUID, tuple[int, str]]


class Platform:
    """Three services, the hands to change structures, and what each projection holds."""

    services = SERVICES

    def __init__(self, served: dict[str, ServiceUnderTest]) -> None:
        self.served = served
        self.directory = served["directory"]

    def at_work(self) -> AbstractAsyncContextManager[None]:
        return running(*(service.work(self.served[service.name].settings) for service in SERVICES.values()))

    def owner(self, name: str) -> ServiceUnderTest:
        return self.served[SERVICES[name].name]

    def projection(self, name: str) -> Projection:
        return SERVICES[name].projections[name](self.owner(name).pool, self.owner(name).settings)

    async def approve(self, structure_id: UUID, patch: dict[str, Any], *, kind: Any = "addition") -> None:
        """Have contributions say that it approved something, based on whatever is there."""
        data = ContributionApproved(
            contribution_id=uuid7(),
            kind=kind,
            structure_id=structure_id,
            based_on_version=0 if kind == "addition" else 999,
            patch=patch,
            name="Accueil inventé",
            approved_by="11111111-1111-7111-8111-111111111111",
        )
        await self.directory.hear(data, about=data.contribution_id)

    async def make(self, count: int) -> list[UUID]:
        """Make places, and wait until every projection holds them."""
        made = [uuid7() for _ in range(count)]
        for number, place in enumerate(made):
            department = ("75", "93", "48")[number % 3]
            patch = {
                "name": f"Accueil {number}",
                "address": {"postcode": f"{department}000", "department": department, "city": "Ville Inventée"},
                "services": [
                    {"id": "a", "category": "shower"},
                    {"id": "b", "category": "seated_meal", "opening_hours": (None, "Mo-Fr 11:00-12:00")[number % 2]},
                ][number % 2 :],
                "opening_hours": "Mo-Fr 09:00-12:00",
            }
            await self.approve(place, patch)
        await self.settled()
        return made

    async def correct(self, place: UUID, **patch: Any) -> None:
        await self.approve(place, patch, kind="correction")

    async def sql(self, service: str, query: Any, *parameters: Any) -> list[Any]:
        async with self.served[service].pool.connection() as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall() if cursor.description else []

    async def run(self, name: str, query: Any, *parameters: Any) -> list[Any]:
        """Run a query on the database of a projection."""
        return await self.sql(SERVICES[name].name, query, *parameters)

    async def held(self, name: str) -> Held:
        """Return the version and the name of each structure that a projection shows."""
        return {row[0]: (row[1], row[2]) for row in await self.run(name, VERSIONS[name])}

    async def truth(self) -> Held:
        rows = await self.sql("directory", "select id, version, name from structure where status = 'online'")
        return {row[0]: (row[1], row[2]) for row in rows}

    async def settled(self) -> None:
        """Wait until all that was approved is everywhere."""

        async def everywhere() -> bool:
            try:
                heard = await self.directory.nats.jetstream().consumer_info("contributions", "directory-contributions")
            except NotFoundError:
                return False
            if heard.num_pending or heard.num_ack_pending:
                return False
            truth = await self.truth()
            return all([await self.held(name) == truth for name in SERVICES])

        await eventually(everywhere, within=60)

    async def rebuild(self, name: str, progress: Progress = lambda *_: None) -> Rebuilt:
        owner, projection = self.owner(name), self.projection(name)
        try:
            return await rebuilding.rebuild(
                projection, database_url=owner.settings.database_url, nats=owner.nats, progress=progress
            )
        finally:
            await projection.close()

    async def audit(self, name: str, *, repair: bool = False) -> Findings:
        owner, projection = self.owner(name), self.projection(name)
        try:
            return await auditing.audit(
                projection, database_url=owner.settings.database_url, nats=owner.nats, repair=repair
            )
        finally:
            await projection.close()


@pytest.fixture
def search_settings() -> dict[str, Any]:
    """What is set for search beside its database."""
    return {}


@pytest.fixture
async def platform(
    make_database: Callable[[str], Awaitable[str]],
    nats_url: str,
    search_settings: dict[str, Any],
    clean_streams: None,  # noqa: ARG001 -- a fixture on which this one relies
) -> AsyncIterator[Platform]:
    async with AsyncExitStack() as stack:
        served: dict[str, ServiceUnderTest] = {}
        for service in SERVICES.values():
            more = search_settings if service.name == "search" else {}
            settings = make_settings(service.name, await make_database(service.name), nats_url, **more)
            served[service.name] = await stack.enter_async_context(under_test(ServiceUnderTest, settings, service.web))
        yield Platform(served)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few structures make many steps."""
    for module in ("states", "rebuilding"):
        monkeypatch.setattr(f"libs.projections.{module}.BATCH", 5)
