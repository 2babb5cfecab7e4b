"""Contributions on real servers: its database, its bus, its web application, its worker."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from libs.contracts.events import StructureChanged
from libs.contracts.structure import Structure
from libs.identifiers import uuid7
from libs.runtime.tasks import running
from libs.testing.services import ServiceUnderTest, under_test
from libs.testing.waiting import eventually
from libs.testing.web import bearer, make_settings
from services.contributions.service import service, work

API = "/api/v1/contributions"
MODERATION = "/api/v1/moderation/contributions"

# An invented place.
PLACE: dict[str, Any] = {
    "name": "Accueil de jour des Trois Ponts",
    "address": {
        "street": "12 rue Invention",
        "postcode": "75018",
        "city": "Paris",
        "department": "75",
        "latitude": 48.8867,
        "longitude": 2.3412,
    },
    "phones": [{"number": "+33143438475"}],
    "opening_hours": "Mo-Fr 09:00-12:00",
    "services": [{"id": "shower", "category": "shower"}],
}


class Desk(ServiceUnderTest):
    """Contributions under test, and the hands to work with it."""

    place = PLACE
    moderation = MODERATION

    def at_work(self) -> AbstractAsyncContextManager[None]:
        return running(work(self.settings))

    def moderator(self, *departments: str, name: str = "Camille Exemple") -> dict[str, str]:
        """Return the headers of an invented moderator, of all departments when none is named."""
        return bearer("moderator", departments=[*departments] or None, name=name)

    async def know(
        self, *, version: int = 1, changed: dict[str, int] | None = None, about: UUID | None = None, **content: Any
    ) -> Structure:
        """Have the directory say a structure, and wait until it is known here."""
        structure = make_structure(version=version, **content)
        data = StructureChanged(structure=structure, field_versions={"name": 1, **(changed or {})})
        await self.hear(data, about=about)

        async def known() -> bool:
            async with self.pool.connection() as connection:
                cursor = await connection.execute("select version from structure where id = %s", [structure.id])
                row = await cursor.fetchone()
                return row is not None and row[0] >= version

        await eventually(known)
        return structure

    async def propose(self, *, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        return await self.client.post(API, json={"kind": "addition", **body}, headers=headers)

    async def proposed(self, **body: Any) -> str:
        """Propose something right and return its id."""
        answer = await self.propose(**{"proposed": PLACE, **body})
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    async def corrected(self, structure: Structure, **proposed: Any) -> str:
        """Propose a correction of a known structure and return its id."""
        return await self.proposed(
            kind="correction", structure_id=str(structure.id), based_on_version=structure.version, proposed=proposed
        )

    async def detail(self, contribution_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"{MODERATION}/{contribution_id}", headers=self.moderator())
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def decide(
        self, contribution_id: str, verb: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        address = f"{MODERATION}/{contribution_id}/{verb}"
        return await self.client.post(address, json=body or {}, headers=headers or self.moderator())

    async def newest(self) -> dict[str, Any]:
        """Return the detail of the contribution that came last."""
        answer = await self.client.get(MODERATION, headers=self.moderator())
        return await self.detail(answer.json()["items"][0]["id"])

    @staticmethod
    def fields(page: httpx.Response) -> dict[str, list[str]]:
        """Return what a browser would send back of the page's form of a place: its names and values."""
        form = re.search(r'<form [^>]*id="(proposition|approbation)".*?</form>', page.text, re.DOTALL)
        assert form, page.text
        found: dict[str, list[str]] = {}
        for tag in re.findall(r"<input[^>]*>", form[0]):
            attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            if attributes.get("type") not in {"checkbox", "radio"} or re.search(r"\schecked\b", tag):
                found.setdefault(attributes["name"], []).append(html.unescape(attributes.get("value", "")))
        for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form[0], re.DOTALL):
            found[name] = [html.unescape(text)]
        for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form[0], re.DOTALL):
            selected = re.search(r'value="([^"]*)" selected', options)
            found[name] = [html.unescape(selected[1]) if selected else ""]
        return found

    @staticmethod
    def open_parts(page: httpx.Response) -> list[str]:
        """Return the ids of the parts that a page shows open."""
        summary = r"<summary>(?:(?!</summary>).)*</summary>"
        part = rf'<details class="part" open>\s*{summary}\s*<div class="part-body" id="([\w-]+)"'
        return re.findall(part, page.text, re.DOTALL)


def make_structure(version: int = 1, **content: Any) -> Structure:
    """Return an invented structure at a version."""
    now = datetime.now(UTC).isoformat()
    known: dict[str, Any] = {
        "id": str(uuid7()),
        "slug": "accueil-de-jour-des-trois-ponts",
        "version": version,
        "created_at": now,
        "updated_at": now,
    }
    return msgspec.convert({**known, **PLACE, **content}, Structure)


@pytest.fixture
async def desk(
    make_database: Callable[[str], Awaitable[str]],
    nats_url: str,
    clean_streams: None,  # noqa: ARG001 -- a fixture on which this one relies
) -> AsyncIterator[Desk]:
    settings = make_settings("contributions", await make_database("contributions"), nats_url)
    async with under_test(Desk, settings, service.web) as desk:
        yield desk


@pytest.fixture
def make() -> Callable[..., Structure]:
    """Return `make_structure`."""
    return make_structure
