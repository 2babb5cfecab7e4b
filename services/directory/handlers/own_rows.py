"""Rows that Relais exported, imported again: what differs from the export is what somebody changed in the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from libs.contracts.structure import Structure, StructureContent, Verification, content_of, public_part
from services.directory.domain.restating import restated
from services.directory.imports import Draft, Loss
from services.directory.imports.data_inclusion import own_copy


class Returned(msgspec.Struct, frozen=True):
    """What a row comes to on the record it was exported from.

    `content` is the public part of the record with what the row says otherwise, and `verified` the row's date
    where it is later than the record's last change. `losses` are those that the export itself does not have.
    """

    content: StructureContent
    verified: Verification | None = None
    losses: tuple[Loss, ...] = ()


def returned(structure: Structure, draft: Draft) -> Returned:
    """Compare a row with the export of the structure as it is now.

    A row with an earlier date than the export's says nothing: it is an older copy.
    """
    held = public_part(content_of(structure))
    copy = own_copy(structure)
    if not isinstance(copy, Draft) or _is_older(draft, copy):
        return Returned(held)
    said = draft.verified
    return Returned(
        restated(held, copy.content, _without_hours_of(held, draft.content)),
        said if said is not None and said.at.date() > structure.updated_at.date() else None,
        _beyond(copy.losses, draft.losses),
    )


def _beyond(known: Iterable[Loss], losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Return the losses that are more, of their kind, than those known."""
    spare = Counter(loss.kind for loss in known)
    more: list[Loss] = []
    for loss in losses:
        if spare[loss.kind]:
            spare[loss.kind] -= 1
        else:
            more.append(loss)
    return tuple(more)


def _without_hours_of(held: StructureContent, said: StructureContent) -> StructureContent:
    """Return `said` without the hours of services that the export filled in with those of the place."""
    services = tuple(
        msgspec.structs.replace(service, opening_hours=None) if service.opening_hours == held.opening_hours else service
        for service in said.services
    )
    return msgspec.structs.replace(said, services=services)


def _is_older(draft: Draft, copy: Draft) -> bool:
    return draft.verified is not None and copy.verified is not None and draft.verified.at < copy.verified.at
