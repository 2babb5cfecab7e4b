"""Tells whoever asks what the directory holds now: the truth that projections are compared with."""

from __future__ import annotations

from libs.contracts.events import StructureChanged
from libs.contracts.structure import public_part
from libs.database import Pool
from libs.projections.truth import Truth, TruthPage, TruthRequest
from services.directory.domain.records import Record
from services.directory.store import structures


def state_of(held: Record, origin: str, *, republished: bool = False) -> StructureChanged:
    """Return the state of a structure as its last change, of that origin, was told."""
    return StructureChanged(
        structure=public_part(held.structure), field_versions=held.versions, origin=origin, republished=republished
    )


def truth_of(pool: Pool) -> Truth:
    """Return what answers from the directory's tables."""

    async def tell(request: TruthRequest) -> TruthPage:
        async with pool.connection() as connection:
            page = await structures.page(connection, after=request.after, ids=request.ids, most=request.most)
            total, unsent = await structures.counts(connection)
        states = tuple(state_of(held, origin) for held, origin in page)
        until = states[-1].structure.id if len(states) == request.most else None
        return TruthPage(states=states, until=until, total=total, unsent=unsent)

    return tell
