"""Applies approved contributions: additions and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.bus import Event, NewEvent, Unsealer, record
from libs.contracts.contacts import InternalContacts, with_internal_contacts
from libs.contracts.events import ContributionApproved, ContributionConflicted
from libs.contracts.structure import StructureContent, content_of
from libs.contracts.validation import check_content
from libs.database import Connection
from libs.territories import relocated
from services.directory.domain.records import (
    CONTRIBUTION,
    NO_CONTENT,
    Change,
    Record,
    conflicts,
    corrected,
    create,
    revise,
)
from services.directory.domain.slugs import base_slug
from services.directory.handlers.announcing import announcement
from services.directory.normalising import normalise
from services.directory.store import structures
from services.directory.store.structures import Author


class CannotApply(Exception):  # noqa: N818 -- stored with the event it is about
    """An approved contribution that nothing can be done with: it becomes a dead letter."""


async def apply_approved(
    unsealer: Unsealer, connection: Connection, events: Sequence[Event[ContributionApproved]]
) -> None:
    """Apply approved contributions in order, once each.

    A correction of fields that changed since it was written is not applied, and said to be in conflict.
    An approval does not by itself verify the record: a moderator who agrees has not been there.

    Raises:
        CannotUnseal: the internal contacts were not sealed for the directory.
        CannotApply: an addition to a structure that exists, a correction of one that does not.
        InvalidContent, msgspec.ValidationError: the content that would result breaks the rules.
    """
    applied = await structures.applied_contributions(connection, [event.data.contribution_id for event in events])
    records = await structures.lock(connection, {event.data.structure_id for event in events})
    at = await structures.begin_change(connection)
    for event in events:
        approved = event.data
        if approved.contribution_id in applied:
            continue
        held = records.get(approved.structure_id)
        if approved.kind == "addition" and held is not None:
            raise CannotApply(f"structure {approved.structure_id} exists already")
        if approved.kind == "correction" and held is None:
            raise CannotApply(f"structure {approved.structure_id} does not exist")
        if held is not None and (fields := conflicts(held, approved.patch, approved.based_on_version)):
            await record(connection, _conflicted(event, fields))
            continue
        internal = InternalContacts()
        if approved.internal_contacts is not None:
            internal = unsealer.unseal(approved.internal_contacts, InternalContacts)
        content = _content(approved, internal, held)
        change = await _change(connection, approved.structure_id, content, held, at)
        author = Author(by=approved.approved_by, reason=approved.reason, contribution_id=approved.contribution_id)
        await structures.save(connection, [change], author)
        correlation_id = event.correlation_id or approved.contribution_id
        await record(connection, announcement(change, correlation_id=correlation_id, causation_id=event.id))
        records[approved.structure_id] = change.record
        applied.add(approved.contribution_id)


async def _change(
    connection: Connection, structure_id: UUID, content: StructureContent, held: Record | None, at: datetime
) -> Change:
    if held is None:
        wanted = base_slug(content.name, content.address.city)
        slugs = await structures.free_slugs(connection, {structure_id: wanted})
        return create(content, id=structure_id, slug=slugs[structure_id], at=at, origin=CONTRIBUTION)
    slug = held.structure.slug
    if content.name != held.structure.name:
        wanted = base_slug(content.name, content.address.city)
        slug = (await structures.free_slugs(connection, {structure_id: wanted}))[structure_id]
    return revise(held, content, slug=slug, at=at, origin=CONTRIBUTION)


def _content(approved: ContributionApproved, internal: InternalContacts, held: Record | None) -> StructureContent:
    before = NO_CONTENT if held is None else content_of(held.structure)
    after = with_internal_contacts(corrected(before, approved.patch), internal)
    content = normalise(relocated(before, after), {*approved.patch, *internal.fields})
    check_content(content)
    return content


def _conflicted(event: Event[ContributionApproved], fields: tuple[str, ...]) -> NewEvent:
    approved = event.data
    return NewEvent(
        data=ContributionConflicted(
            contribution_id=approved.contribution_id, structure_id=approved.structure_id, fields=fields
        ),
        aggregate_id=approved.contribution_id,
        correlation_id=event.correlation_id or approved.contribution_id,
        causation_id=event.id,
    )
