"""What search makes of the structures it is told of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from libs.contracts.events import StructureChanged
from libs.contracts.structure import Address, Structure
from libs.identifiers import uuid7
from services.search.domain.documents import Document
from services.search.engines import Engine
from services.search.handlers import apply

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class _Kept:
    """An engine that keeps the documents which it is given."""

    documents: tuple[Document, ...] = ()

    async def index(self, _: Any, documents: list[Document]) -> None:
        self.documents = tuple(documents)


async def test_of_records_that_say_the_same_that_of_the_larger_town_is_more_prominent():
    towns = (Address(city="Toulouse", postcode="31000"), Address(city="Mende", postcode="48000"), Address())
    said = [
        StructureChanged(
            structure=Structure(
                id=uuid7(), slug=f"lieu-{at}", version=1, name="Lieu", address=one, created_at=NOW, updated_at=NOW
            ),
            field_versions={},
        )
        for at, one in enumerate(towns)
    ]
    kept = _Kept()
    await apply(cast("Engine", kept), cast("Any", None), said)
    toulouse, mende, nowhere = (one.prominence for one in kept.documents)
    assert 1 >= toulouse > mende > nowhere == 0
