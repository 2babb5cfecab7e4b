"""Takes proposals in, once each."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from libs.bus import NewEvent, Sealer, record
from libs.contracts.contacts import internal_contacts, without_internal_contacts
from libs.contracts.events import Contact, ContributionKind, ContributionSubmitted
from libs.contracts.patch import Patch, to_json
from libs.contracts.structure import StructureContent, public_part
from libs.contracts.validation import N_, FieldError, InvalidContent
from libs.database import Connection, Pool
from libs.identifiers import uuid7
from libs.telemetry.traces import traceparent
from libs.web import Problem
from libs.web.idempotency import IdempotencyKey, claim
from services.contributions import store
from services.contributions.domain.contribution import Contribution, KnownStructure
from services.contributions.domain.intake import ProposedContact, contact_errors, content_from
from services.contributions.handlers.completing import completed
from services.contributions.handlers.places import departments_concerned, place_errors, settled

CATCH_UP_SECONDS = 2.0
"""How long a correction of a version that is not known here waits for it: the directory's news may be on its way."""


class Draft(msgspec.Struct, kw_only=True, frozen=True):
    """A proposal at the door. `structure_id` and `based_on_version` are those of a correction."""

    kind: ContributionKind
    proposed: Patch
    structure_id: UUID | None = None
    based_on_version: int | None = None
    contact: ProposedContact | None = None
    comment: str | None = None
    language: str = "fr"


async def submit(pool: Pool, sealer: Sealer, draft: Draft, key: IdempotencyKey | None = None) -> UUID:
    """Keep a proposal for the moderators and return its id; the same key and body give the first id again.

    Raises:
        InvalidContent: what is wrong, field by field.
        Problem: 422 when nothing would change; and as in `claim`.
    """
    contribution_id = uuid7()
    await _catch_up(pool, draft)
    async with pool.connection() as connection, connection.transaction():
        if first := await claim(connection, key, contribution_id):
            return first
        contribution = await _admit(connection, draft, contribution_id)
        await store.insert(connection, contribution)
        submitted = ContributionSubmitted(
            contribution_id=contribution.id,
            kind=contribution.kind,
            name=contribution.name,
            department=contribution.department,
            structure_id=contribution.structure_id,
            contact=sealed_contact(sealer, contribution),
        )
        event = NewEvent(data=submitted, aggregate_id=contribution.id, correlation_id=contribution.id)
        await record(connection, event)
    return contribution_id


async def _catch_up(pool: Pool, draft: Draft) -> None:
    """Wait until the version that a correction was made from is known here, for `CATCH_UP_SECONDS` at most."""
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while draft.structure_id is not None and draft.based_on_version is not None and time.monotonic() < deadline:
        async with pool.connection() as connection:
            known = await store.structure_by_id(connection, draft.structure_id)
        if known is None or known.withdrawn or draft.based_on_version <= known.version:
            return
        await asyncio.sleep(0.1)


def sealed_contact(sealer: Sealer, contribution: Contribution) -> str | None:
    """Return whom to tell about a contribution, sealed for notify, or None when nobody asked."""
    if contribution.contact_email is None:
        return None
    return sealer.seal(
        Contact(
            email=contribution.contact_email,
            name=contribution.contact_name,
            language=contribution.contact_language,
        ),
        "notify",
    )


async def _admit(connection: Connection, draft: Draft, contribution_id: UUID) -> Contribution:
    """Return the contribution that a draft makes.

    All that is wrong is said at once: the sender corrects it in one go.
    """
    errors = contact_errors(draft.contact, draft.comment)
    known: KnownStructure | None = None
    if draft.kind == "correction":
        known, found = await _known(connection, draft)
        errors += found
    draft = msgspec.structs.replace(draft, proposed=completed(draft.proposed, known))
    content: StructureContent | None = None
    if draft.kind == "addition" or known is not None:
        try:
            current = known.content if known else None
            content = settled(current, content_from(current, draft.proposed, "proposed", place_errors))
        except InvalidContent as invalid:
            errors += invalid.errors
    if errors or content is None:
        raise InvalidContent(errors)
    internal = internal_contacts(content)
    proposed, base = _changes(draft, known, content)
    if not proposed and not internal.fields:
        message = N_("Nothing would change: the record says this already.")
        raise Problem(422, "nothing-changes", message)
    contact = draft.contact or ProposedContact()
    return Contribution(
        id=contribution_id,
        kind=draft.kind,
        status="pending",
        structure_id=known.id if known else None,
        based_on_version=draft.based_on_version or 0,
        proposed=proposed,
        internal_contacts=internal,
        base=base,
        name=known.state.name if known else content.name.strip(),
        departments=departments_concerned(known, content),
        contact_email=(contact.email or "").strip() or None,
        contact_name=(contact.name or "").strip() or None,
        contact_role=(contact.role or "").strip() or None,
        contact_language=draft.language,
        wants_answer=bool((contact.email or "").strip()),
        comment=(draft.comment or "").strip() or None,
        submitted_at=datetime.now(UTC),
        traceparent=traceparent(),
    )


async def _known(connection: Connection, draft: Draft) -> tuple[KnownStructure | None, list[FieldError]]:
    errors: list[FieldError] = []
    if draft.based_on_version is None or draft.based_on_version < 1:
        message = N_("Say which version of the record you saw: its “version”, a number from 1.")
        errors.append(FieldError(field="based_on_version", message=message))
    if draft.structure_id is None:
        message = N_("Say which structure this corrects.")
        return None, [*errors, FieldError(field="structure_id", message=message)]
    known = await store.structure_by_id(connection, draft.structure_id)
    if known is None:
        message = N_("There is no structure with this identifier. If it was added just now, try again in a minute.")
        errors.append(FieldError(field="structure_id", message=message))
    elif known.withdrawn:
        message = N_("This structure was withdrawn from the directory. It cannot be corrected any more.")
        return None, [*errors, FieldError(field="structure_id", message=message)]
    elif draft.based_on_version is not None and draft.based_on_version > known.version:
        message = N_("The record is at version %(version)s: nobody has seen a later one. Read it again.")
        errors.append(FieldError(field="based_on_version", message=message, parameters={"version": known.version}))
    return known, errors


def _changes(draft: Draft, known: KnownStructure | None, content: StructureContent) -> tuple[Patch, dict[str, Any]]:
    """Return the parts of the proposal that change something in public, and what the record says there now."""
    proposed = without_internal_contacts(draft.proposed)
    if known is None:
        return proposed, {}
    old, new = to_json(known.content), to_json(public_part(content))
    changed = [field for field in proposed if old[field] != new[field]]
    return {field: proposed[field] for field in changed}, {field: old[field] for field in changed}
