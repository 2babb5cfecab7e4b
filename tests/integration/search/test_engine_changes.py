"""How every engine takes in changes: by version, whole transactions, and as time goes by. All places are invented."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from libs.contracts.structure import Override, Phone
from libs.database import Connection
from services.search.domain.documents import COMPUTED_AHEAD, document_of
from services.search.domain.requests import Point

if TYPE_CHECKING:
    from conftest import Index

PARIS = Point(48.8566, 2.3522)
NORTH = {"latitude": 48.8656, "longitude": 2.3522}  # 1 km from PARIS


async def test_a_newer_version_replaces_all_of_the_older(index: Index):
    old = index.a_structure("Ancien", "shower", opening_hours="24/7", **NORTH)
    await index.add(old)
    new = index.a_structure("Nouveau", "laundry", id=old.id, slug="nouveau", version=2, phones=(Phone(number="115"),))
    await index.add(new)
    assert await index.names("ancien") == []
    assert await index.names("douche") == []
    assert await index.names(open_at=index.now) == []
    assert await index.names(near=PARIS, radius=10_000.0) == []
    (found,) = (await index.search("nouveau")).found
    assert (found.card.slug, found.card.phones) == ("nouveau", (Phone(number="115"),))


async def test_an_older_version_changes_nothing(index: Index):
    new = index.a_structure("Nouveau", version=3)
    await index.add(new)
    await index.add(msgspec.structs.replace(new, name="Ancien", version=2))
    assert await index.names() == ["Nouveau"]


async def test_the_newest_of_several_in_one_batch_counts(index: Index):
    one = index.a_structure("Un", version=1)
    versions = [msgspec.structs.replace(one, name=name, version=v) for name, v in (("Trois", 3), ("Deux", 2))]
    await index.add(one, *versions)
    assert await index.names() == ["Trois"]


async def test_what_is_removed_is_not_found(index: Index):
    gone, kept = index.a_structure("Bains", "shower"), index.a_structure("Bains", "laundry")
    await index.add(gone, kept)
    await index.remove((gone.id, 2))
    result = await index.search("bains")
    assert [found.card.id for found in result.found] == [kept.id]
    assert (result.total, result.categories) == (1, {"laundry": 1})


async def test_an_older_version_brings_nothing_back(index: Index):
    structure = index.a_structure("Bains")
    await index.remove((structure.id, 2))
    await index.add(structure)
    await index.add(msgspec.structs.replace(structure, version=2))
    assert await index.names() == []


async def test_an_older_removal_removes_nothing(index: Index):
    structure = index.a_structure("Bains", version=3)
    await index.add(structure)
    await index.remove((structure.id, 2))
    assert await index.names() == ["Bains"]


async def test_a_newer_version_lists_again(index: Index):
    structure = index.a_structure("Bains")
    await index.add(structure)
    await index.remove((structure.id, 2))
    await index.add(msgspec.structs.replace(structure, version=3))
    assert await index.names("bains") == ["Bains"]


async def test_the_same_twice_is_the_same_once(index: Index):
    structure = index.a_structure("Bains")
    await index.add(structure)
    await index.add(structure, structure)
    assert (await index.search()).total == 1


async def test_nothing_is_found_before_the_commit_nor_after_a_rollback(index: Index):
    document = document_of(index.a_structure("Bains"), index.now)

    async def fail(connection: Connection) -> None:
        async with connection.transaction():
            await index.engine.index(connection, [document])
            assert await index.names() == []
            raise RuntimeError

    async with index.pool.connection() as connection:
        with pytest.raises(RuntimeError):
            await fail(connection)
    assert await index.names() == []


async def test_of_updates_at_once_the_newest_stays(index: Index):
    structure = index.a_structure("Bains", department="75")
    versions = [msgspec.structs.replace(structure, name=f"Bains {v}", version=v) for v in range(1, 13)]
    await asyncio.gather(*(index.add(version) for version in reversed(versions)))
    assert await index.names() == ["Bains 12"]


async def test_batches_that_share_structures_and_words_do_not_block_each_other(index: Index):
    structures = [index.a_structure(f"Mot{chr(97 + n)} partage", "shower", department="75") for n in range(20)]
    ordered = sorted(structures, key=lambda one: one.id)
    again = [msgspec.structs.replace(one, version=2) for one in reversed(ordered)]
    for _ in range(3):
        async with asyncio.timeout(10):
            await asyncio.gather(index.add(*ordered), index.add(*again))
    assert (await index.search("partage")).total == 20


async def test_openings_that_run_out_are_computed_again(index: Index):
    await index.add(index.a_structure("Bains", opening_hours="Mo-Su 09:00-17:00", department="75"))
    later = index.now + COMPUTED_AHEAD + timedelta(days=5)
    assert await index.names(open_at=later) == []
    assert await index.engine.refresh_openings(later) == 1
    assert await index.names(open_at=later) == ["Bains"]
    assert await index.engine.refresh_openings(later) == 0


async def test_what_was_removed_or_changed_meanwhile_stays_so(index: Index):
    gone = index.a_structure("Parti", opening_hours="24/7")
    closed = index.a_structure("Fermé", opening_hours="24/7")
    await index.add(gone, closed)
    await index.remove((gone.id, 2))
    closure = Override(id="1", kind="closure", starts_on=date(2026, 1, 1))
    await index.add(msgspec.structs.replace(closed, version=2, overrides=(closure,)))
    later = index.now + timedelta(days=12)
    await index.engine.refresh_openings(later)
    assert await index.names(open_at=later) == []
