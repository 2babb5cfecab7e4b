"""Events that can never be handled, planted while a platform is under fire."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from uuid import uuid4

from libs.bus import NewEvent, record
from libs.bus.events import subject_of
from libs.contracts.events import ContributionApproved, EventData, ImportCompleted, StructureChanged, type_of
from libs.testing.chaos.audit import Platform

Letter = tuple[str, str]
"""A consumer and the subject of what it must bury."""

Poison = Callable[[Platform], AsyncGenerator[Letter]]
"""Plants an event, and yields what must become of it."""

LISTENERS = ("search-index", "contributions-structures", "directory-exports", "notify-structures")
"""Those who hear what the directory says of structures."""


async def garbled(platform: Platform) -> AsyncGenerator[Letter]:
    """Publish what is no JSON among the directory's events."""
    subject = subject_of(type_of(StructureChanged), uuid4())
    async with platform.bus() as client:
        await client.jetstream().publish(subject, b"{", headers={"ce-type": type_of(StructureChanged).name})
    for listener in LISTENERS:
        yield listener, subject


async def too_large(platform: Platform) -> AsyncGenerator[Letter]:
    """Have the directory say something of 2 MB."""
    data = ImportCompleted(source="x" * 2_000_000, created=0, updated=0, unchanged=0, rejected=0)
    yield "directory-relay", await _say(platform, data)


async def refused(platform: Platform) -> AsyncGenerator[Letter]:
    """Have contributions approve a correction of a structure that does not exist; it is tried for six minutes."""
    data = ContributionApproved(
        contribution_id=uuid4(),
        kind="correction",
        structure_id=uuid4(),
        based_on_version=1,
        patch={"description": "Inventé"},
        name="Essai",
        approved_by=str(uuid4()),
    )
    yield "directory-contributions", await _say(platform, data)


async def _say(platform: Platform, data: EventData) -> str:
    about = uuid4()
    async with platform.connection(type_of(data).service) as connection, connection.transaction():
        await record(connection, NewEvent(data=data, aggregate_id=about))
    return subject_of(type_of(data), about)
