"""What happens to structures reaches the index, and says so. All places are invented."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from libs.contracts.events import StructureChanged, StructureWithdrawn
from libs.identifiers import uuid7

pytestmark = pytest.mark.usefixtures("clean_streams")


def changed(structure: Any) -> StructureChanged:
    return StructureChanged(structure=structure, field_versions={})


async def test_a_change_can_be_found_and_a_withdrawal_ends_that(search: Any):
    structure = search.a_structure("Bains du Pont", "shower")
    async with search.at_work():
        await search.hear(changed(structure))
        await search.until_total(1, q="pont")
        await search.hear(changed(msgspec.structs.replace(structure, name="Bains du Lac", version=2)))
        await search.until_total(1, q="lac")
        assert await search.total(q="pont") == 0
        await search.hear(StructureWithdrawn(structure_id=structure.id, version=3))
        await search.until_total(0, q="lac")


@pytest.mark.parametrize("hidden", [{"status": "offline"}, {"status": "closed"}, {"visibility": "professionals"}])
async def test_what_is_not_listed_is_not_found_and_can_come_back(search: Any, hidden: dict[str, Any]):
    structure = search.a_structure("Bains")
    async with search.at_work():
        await search.hear(changed(structure))
        await search.until_total(1)
        await search.hear(changed(msgspec.structs.replace(structure, version=2, **hidden)))
        await search.until_total(0)
        await search.hear(changed(msgspec.structs.replace(structure, version=3)))
        await search.until_total(1)


async def test_what_follows_from_a_contribution_gets_a_receipt_and_an_import_none(search: Any):
    contribution = uuid7()
    proposed, imported = search.a_structure("Proposé", version=4), search.a_structure("Importé")
    async with search.at_work():
        await search.hear(changed(imported))
        await search.hear(changed(proposed), about=contribution)
        await search.hear(StructureWithdrawn(structure_id=proposed.id, version=5), about=contribution)
        receipts = await search.wait_for_event("structure.indexed.v1", 2)
        await search.until_total(1)
    assert [receipt["version"] for receipt in receipts] == [4, 5]
    assert {receipt["structure_id"] for receipt in receipts} == {str(proposed.id)}
    assert {receipt["correlation"] for receipt in receipts} == {str(contribution)}


async def test_many_at_once_are_all_found_the_newest_of_each(search: Any):
    structures = [search.a_structure(f"Lieu {n}", "shower", department="75") for n in range(250)]
    async with search.at_work():
        for structure in structures:
            await search.hear(changed(structure))
            await search.hear(changed(msgspec.structs.replace(structure, name="Bains", version=2)))
        await search.until_total(250, q="bains")
    assert await search.total() == 250
