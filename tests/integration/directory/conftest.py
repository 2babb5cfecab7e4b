"""The directory on real servers: its database, its bus, its web application, its worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest

from libs.bus import Sealer
from libs.contracts.contacts import internal_contacts, without_internal_contacts
from libs.contracts.events import ContributionApproved
from libs.contracts.structure import StructureContent
from libs.identifiers import uuid7
from libs.runtime.tasks import running
from libs.testing.services import ServiceUnderTest, under_test
from libs.testing.web import SEALING_PUBLIC_KEYS, bearer, make_settings
from services.directory.service import build_web, work

SEALER = Sealer(SEALING_PUBLIC_KEYS)


class Directory(ServiceUnderTest):
    """A directory under test, and the hands to work it with."""

    def at_work(self) -> AbstractAsyncContextManager[None]:
        return running(work(self.settings))

    async def approve(self, **approved: Any) -> ContributionApproved:
        """Have contributions say that it approved something, the internal contacts of the patch sealed."""
        known: dict[str, Any] = {
            "contribution_id": uuid7(),
            "kind": "addition",
            "structure_id": uuid7(),
            "based_on_version": 0,
            "name": "Accueil inventé",
            "approved_by": "11111111-1111-7111-8111-111111111111",
        }
        content = msgspec.convert({"name": "", **approved["patch"]}, StructureContent)
        if internal_contacts(content).fields:
            approved["patch"] = without_internal_contacts(approved["patch"])
            approved["internal_contacts"] = SEALER.seal(internal_contacts(content), "directory")
        data = ContributionApproved(**{**known, **approved})
        await self.hear(data, about=data.contribution_id)
        return data

    def as_moderator(self, *departments: str) -> dict[str, str]:
        """Return the headers of an invented moderator of these departments."""
        return bearer("moderator", departments=[*departments])


@pytest.fixture
async def directory(
    make_database: Callable[[str], Awaitable[str]],
    nats_url: str,
    clean_streams: None,  # noqa: ARG001 -- a fixture on which this one relies
) -> AsyncIterator[Directory]:
    settings = make_settings("directory", await make_database("directory"), nats_url)
    async with under_test(Directory, settings, build_web) as directory:
        yield directory
