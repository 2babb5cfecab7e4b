"""Rebuilds of the index on Meilisearch, on the double of a server: searches go on, and nothing is lost.

All places are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from libs.runtime.tasks import running
from libs.testing.meilisearch import Double, double
from libs.testing.waiting import eventually
from services.search.domain.text import fold
from services.search.engines.meilisearch import keeping, settings

if TYPE_CHECKING:
    from conftest import Platform

KEY, INDEX = "an-invented-key", "relais_structures"
ACTIONS = frozenset(
    {
        *("search", "documents.add", "documents.delete", "indexes.create", "indexes.get", "indexes.delete"),
        *("indexes.swap", "settings.update", "tasks.get"),
    }
)


@pytest.fixture
def server() -> Iterator[Double]:
    with double() as server:
        server.keys = {KEY: ACTIONS}
        yield server


@pytest.fixture
def search_settings(server: Double, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(keeping, "LOOK_EVERY", 0.2)
    return {"search_engine": "meilisearch", "meilisearch_url": server.url, "meilisearch_key": KEY}


def indexed(server: Double) -> dict[UUID, tuple[int, str]]:
    """Return the version and the folded name of each structure in the index."""
    with server.state.lock:
        if INDEX not in server.state.indexes:
            return {}
        documents = server.state.indexes[INDEX].documents.values()
        return {UUID(one["id"]): (one["version"], one["name"]) for one in documents}


async def same(platform: Platform, server: Double) -> bool:
    truth = await platform.truth()
    return indexed(server) == {place: (version, fold(name)) for place, (version, name) in truth.items()}


def swaps(server: Double) -> int:
    return server.asked.count(("POST", "/swap-indexes"))


async def total(platform: Platform, **parameters: str) -> int:
    answer = await platform.owner("search").client.get("/api/v1/search", params=parameters)
    return answer.raise_for_status().json()["total"]


@pytest.mark.usefixtures("small_steps")
async def test_the_index_is_built_anew_beside_the_old_one_while_people_search(
    platform: Platform, server: Double
) -> None:
    async with platform.at_work():
        places = await platform.make(12)
        await eventually(lambda: _yes(INDEX in server.state.indexes))
        answers: list[int] = []

        async def ask() -> None:
            while True:
                answers.append(await total(platform, q="accueil"))

        async with running(ask()):
            before = swaps(server)
            for number in range(3):
                await platform.correct(places[number], name=f"Accueil renommé {number}")
                await platform.rebuild("search")
        await platform.settled()
        assert await same(platform, server)
    assert swaps(server) >= before + 3
    assert f"{INDEX}_next" not in server.state.indexes
    assert len(answers) > 3
    assert set(answers) == {len(places)}


async def _yes(whether: bool) -> bool:  # noqa: FBT001 -- it passes on what it is given
    return whether


async def test_new_settings_have_the_index_built_anew(
    platform: Platform, server: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with platform.at_work():
        await platform.make(3)
        await eventually(lambda: same(platform, server))
        before = swaps(server)
        monkeypatch.setattr(settings, "CUTOFF_MS", 321)

        async def rebuilt() -> bool:
            return server.state.indexes[INDEX].settings["searchCutoffMs"] == 321

        await eventually(rebuilt)
        assert await same(platform, server)
    assert swaps(server) == before + 1


async def test_an_index_that_was_lost_is_built_again_and_searches_are_answered_meanwhile(
    platform: Platform, server: Double
) -> None:
    async with platform.at_work():
        await platform.make(3)
        await eventually(lambda: same(platform, server))
        with server.state.lock:
            server.state.indexes.clear()
        assert await total(platform, q="accueil") == 3
        await eventually(lambda: same(platform, server))
        assert await total(platform, q="accueil") == 3


async def test_an_audit_leaves_the_index_alone_and_a_repair_mends_it(platform: Platform, server: Double) -> None:
    async with platform.at_work():
        place, _ = await platform.make(2)
        await eventually(lambda: same(platform, server))
        before = len(server.state.tasks)
        await platform.audit("search")
        assert len(server.state.tasks) == before
        await platform.run("search", "update document set name = 'faux' where id = %s", place)
        with server.state.lock:
            del server.state.indexes[INDEX].documents[str(place)]
        assert (await platform.audit("search", repair=True)).audit.repaired == 1
        assert await same(platform, server)
