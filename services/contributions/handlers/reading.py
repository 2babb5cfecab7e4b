"""What moderators look at before they decide, and after."""

from __future__ import annotations

from uuid import UUID

import msgspec

from libs.contracts.patch import apply_patch
from libs.contracts.structure import StructureContent
from libs.database import Connection
from libs.web import Viewer
from services.contributions import store
from services.contributions.domain.contribution import Contribution, Difference, KnownStructure, differences
from services.contributions.domain.duplicates import PossibleDuplicate
from services.contributions.domain.journey import Journey, journey_of
from services.contributions.handlers.decision import held, structure_of


class Review(msgspec.Struct, kw_only=True, frozen=True):
    """A contribution with all that helps to decide on it.

    `current` is the structure as the directory tells it, None before an addition is applied; `proposed`
    the content that would result, or that was approved. `difference` is, once decided, what was decided on.
    """

    contribution: Contribution
    current: KnownStructure | None
    proposed: StructureContent | None
    difference: tuple[Difference, ...]
    possible_duplicates: tuple[PossibleDuplicate, ...]


async def review(connection: Connection, contribution_id: UUID, viewer: Viewer) -> Review:
    """Return a contribution ready to be decided on.

    Raises:
        Problem: 403 or 404, as in `held`.
    """
    contribution = await held(connection, contribution_id, viewer)
    known = await structure_of(connection, contribution)
    proposed: StructureContent | None = None
    if contribution.kind == "addition" or known is not None:
        proposed = contribution.content(known.content if known else None)
        if contribution.edits:
            proposed = apply_patch(proposed, contribution.edits)
    found: list[Difference] = []
    duplicates: list[PossibleDuplicate] = []
    if proposed is not None and contribution.is_open:
        found = differences(contribution, known, proposed)
        if contribution.kind == "addition" or {"name", "address", "phones"} & contribution.proposed.keys():
            duplicates = await store.possible_duplicates(connection, proposed, but=contribution.structure_id)
    return Review(
        contribution=contribution,
        current=known,
        proposed=proposed,
        difference=tuple(found) if contribution.is_open else contribution.outcome or (),
        possible_duplicates=tuple(duplicates),
    )


async def journey(connection: Connection, contribution_id: UUID, viewer: Viewer) -> tuple[Contribution, Journey]:
    """Return how far an approved contribution has come.

    Raises:
        Problem: 403 or 404, as in `held`.
    """
    contribution = await held(connection, contribution_id, viewer)
    receipts = await store.receipts_of(connection, contribution_id)
    return contribution, journey_of(receipts, wants_answer=contribution.wants_answer)
