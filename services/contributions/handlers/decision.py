"""What moderators decide: approve, reject, or look at a correction again on the present record.

A decision holds the contribution's row, so that of two moderators one decides and the other is told who did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from libs.bus import NewEvent, record
from libs.contracts.contacts import internal_contacts
from libs.contracts.events import ContributionApproved, ContributionRejected, Reason
from libs.contracts.patch import Patch, difference, to_json
from libs.contracts.structure import StructureContent, departments_of, public_part
from libs.contracts.validation import LONG, N_, FieldError, InvalidContent, text_errors
from libs.identifiers import uuid7
from libs.telemetry.traces import continued
from libs.territories import department_name
from libs.web import Problem, Viewer
from libs.web.formatting import moment
from services.contributions import store
from services.contributions.domain.contribution import (
    Contribution,
    Difference,
    KnownStructure,
    differences,
    rebased,
)
from services.contributions.domain.intake import content_from
from services.contributions.domain.journey import Receipt
from services.contributions.handlers.case import Case, held, structure_of
from services.contributions.handlers.completing import completed
from services.contributions.handlers.places import departments_concerned, place_errors, settled
from services.contributions.handlers.submission import sealed_contact


class SpokenMoment:
    """A time that is put into words when shown, in the language of who reads."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def __str__(self) -> str:
        return moment(self._at)


async def approve(case: Case, *, edits: Patch, reason: str | None, seen_version: int | None = None) -> None:
    """Approve a contribution, changed by `edits` (a merge patch on the content that is proposed).

    `seen_version` is the version of the structure that the edits were made from, None for the present one.

    Raises:
        InvalidContent: the edits or the reason break rules.
        Problem: 403 or 404 as in `held`; 403 when the place would leave or enter a department that is not the
            viewer's; 409 when somebody decided already, when fields changed since the proposal or are about to, by
            another approval (`conflicts`, with both values), or when the structure is gone; 422 when nothing
            would change.
    """
    _check_reason(reason)
    async with case.pool.connection() as connection, connection.transaction():
        contribution = await held(connection, case, lock=True)
        _must_be_open(contribution)
        known: KnownStructure | None = None
        if contribution.kind == "correction":
            # Locked, so that of two approvals at once the second knows of the first.
            known = _must_exist(await structure_of(connection, contribution, lock=True))
        current = known.content if known else None
        edits = completed(edits, known)
        final = settled(current, content_from(contribution.content(current), edits, "edits", place_errors))
        _must_cover(case.viewer, contribution, known, final)
        changes, internal = differences(contribution, known, final), internal_contacts(final)
        if known is not None:
            _must_not_conflict(changes, known, edits, seen_version)
            _must_not_cross(changes, await store.under_way(connection, known.id))
            if not changes and not internal.fields:
                message = N_("Nothing would change: the record says this already. Reject this contribution instead.")
                raise Problem(422, "nothing-changes", message)
        structure_id = known.id if known else uuid7()
        now = datetime.now(UTC)
        await store.record_decision(
            connection,
            contribution.id,
            status="approved",
            structure_id=structure_id,
            decided_at=now,
            decided_by=str(case.viewer.id),
            decided_by_name=case.viewer.name,
            reason=_tidy(reason),
            edits=difference(settled(current, contribution.unedited(current)), public_part(final)),
            internal_contacts=internal,
            outcome=changes,
            departments=tuple(dict.fromkeys((*contribution.departments, *departments_of(final)))),
        )
        approved = ContributionApproved(
            contribution_id=contribution.id,
            kind=contribution.kind,
            structure_id=structure_id,
            based_on_version=known.version if known else 0,
            patch=difference(known.content, public_part(final)) if known else _stated(public_part(final)),
            name=final.name,
            approved_by=str(case.viewer.id),
            reason=_tidy(reason),
            department=contribution.department,
            contact=sealed_contact(case.sealer, contribution),
            internal_contacts=case.sealer.seal(internal, "directory") if internal.fields else None,
        )
        event = NewEvent(data=approved, aggregate_id=contribution.id, correlation_id=contribution.id)
        with continued("approve contribution", contribution.traceparent):
            (event_id,) = await record(connection, event)
        receipt = Receipt(service="contributions", step="approved", at=now)
        await store.add_receipts(connection, [(contribution.id, event_id, receipt)])


async def reject(case: Case, *, reason: str) -> None:
    """Refuse a contribution; whoever made it is told why, if they gave an address.

    Raises:
        InvalidContent: the reason is missing, or breaks rules.
        Problem: 403, 404 or 409 as in `approve`.
    """
    _check_reason(reason, required=True)
    async with case.pool.connection() as connection, connection.transaction():
        contribution = await held(connection, case, lock=True)
        _must_be_open(contribution)
        known = await structure_of(connection, contribution)
        after: StructureContent | None = None
        if contribution.kind == "addition" or known is not None:
            current = known.content if known and contribution.kind == "correction" else None
            after = settled(current, contribution.unedited(current))
        await store.record_decision(
            connection,
            contribution.id,
            status="rejected",
            structure_id=contribution.structure_id,
            decided_at=datetime.now(UTC),
            decided_by=str(case.viewer.id),
            decided_by_name=case.viewer.name,
            reason=reason.strip(),
            edits={},
            internal_contacts=contribution.internal_contacts,
            outcome=differences(contribution, known, after) if after else (),
            departments=contribution.departments,
        )
        contact = sealed_contact(case.sealer, contribution)
        rejected = ContributionRejected(
            contribution_id=contribution.id,
            kind=contribution.kind,
            name=contribution.name,
            department=contribution.department,
            contact=contact,
            reason=case.sealer.seal(Reason(text=reason.strip()), "notify") if contact else None,
        )
        event = NewEvent(data=rejected, aggregate_id=contribution.id, correlation_id=contribution.id)
        with continued("reject contribution", contribution.traceparent):
            await record(connection, event)


async def rebase(case: Case, *, fields: Sequence[str] | None) -> None:
    """Anchor a correction on the present version of its structure.

    Of the fields in conflict, those named keep the proposer's value (None: all), the others the present one.

    Raises:
        InvalidContent: a name that is not a field of the correction.
        Problem: 403, 404 or 409 as in `approve`; 422 when nothing would be left, or for an addition.
    """
    async with case.pool.connection() as connection, connection.transaction():
        contribution = await held(connection, case, lock=True)
        _must_be_open(contribution)
        if contribution.kind == "addition":
            raise Problem(
                422, "not-a-correction", N_("A new place is based on no version: there is nothing to update.")
            )
        known = _must_exist(await structure_of(connection, contribution))
        changed = {*contribution.proposed, *contribution.edits, *contribution.internal_contacts.fields}
        unknown = [field for field in fields or () if field not in changed]
        if unknown:
            message = N_("This contribution does not change this field.")
            raise InvalidContent([FieldError(field=f"fields.{field[:80]}", message=message) for field in unknown])
        current = known.content
        correction = rebased(contribution, known, settled(current, contribution.content(current)), fields)
        if not correction.base and not contribution.internal_contacts.fields:
            message = N_("Nothing would be left of this contribution. Reject it instead.")
            raise Problem(422, "nothing-changes", message)
        anchored = msgspec.structs.replace(contribution, proposed=correction.proposed, edits=correction.edits)
        await store.rebase(
            connection,
            contribution.id,
            proposed=correction.proposed,
            edits=correction.edits,
            base=correction.base,
            based_on_version=known.version,
            departments=departments_concerned(known, settled(current, anchored.content(current))),
        )


def _tidy(text: str | None) -> str | None:
    return (text or "").strip() or None


def _check_reason(reason: str | None, *, required: bool = False) -> None:
    if required and not _tidy(reason):
        message = N_("Say why you reject it: whoever proposed it reads this.")
        raise InvalidContent([FieldError(field="reason", message=message)])
    if errors := list(text_errors("reason", reason, longest=LONG)):
        raise InvalidContent(errors)


def _stated(content: StructureContent) -> Patch:
    """Return the fields that a new content says something in."""
    empty = to_json(StructureContent(name=""))
    return {name: value for name, value in to_json(content).items() if value != empty[name]}


def _must_be_open(contribution: Contribution) -> None:
    if contribution.is_open or contribution.decided_at is None:
        return
    message = (
        N_("%(who)s rejected this on %(when)s.")
        if contribution.status == "rejected"
        else N_("%(who)s approved this on %(when)s.")
    )
    parameters = {"who": contribution.decided_by_name or "?", "when": SpokenMoment(contribution.decided_at)}
    decision = {
        "status": contribution.status,
        "decided_at": contribution.decided_at.isoformat(),
        "decided_by": contribution.decided_by_name,
    }
    raise Problem(409, "already-decided", message, parameters=parameters, extra={"decision": decision})


def _must_exist(known: KnownStructure | None) -> KnownStructure:
    if known is None or known.withdrawn:
        message = N_("This structure was withdrawn from the directory. Reject this contribution, and say why.")
        raise Problem(409, "structure-gone", message)
    return known


def _must_cover(
    viewer: Viewer, contribution: Contribution, known: KnownStructure | None, final: StructureContent
) -> None:
    """Refuse to take a place out of a department, or into one, that the viewer has no right on."""
    before = departments_of(known.state) if known else contribution.departments
    moved = sorted({*before} ^ {*departments_of(final)})
    if (not before or viewer.covers_any(before)) and all(viewer.covers(code) for code in moved):
        return
    message = N_("The place would change departments: approving this takes the right on %(departments)s.")
    concerned = dict.fromkeys((*before, *departments_of(final)))
    names = ", ".join(f"{department_name(code) or ''} ({code})".strip() for code in concerned)
    raise Problem(403, "forbidden", message, parameters={"departments": names})


def _must_not_conflict(
    changes: Sequence[Difference], known: KnownStructure, edits: Patch, seen_version: int | None
) -> None:
    """Refuse to overwrite what changed since it was seen: by the proposer, or by the moderator who edits."""
    seen = known.version if seen_version is None else seen_version

    def overwrites(change: Difference) -> bool:
        if change.field in edits:
            return known.field_versions.get(change.field, 0) > seen
        return change.conflict

    conflicts = [(change.field, change.before, change.after) for change in changes if overwrites(change)]
    if conflicts:
        raise _conflict(
            N_("The record has changed since this was proposed. Compare both values, and choose."), conflicts
        )


def _must_not_cross(changes: Sequence[Difference], under_way: Sequence[Difference]) -> None:
    """Refuse to change what another approved change, which is not known here to be applied, changes otherwise."""
    going = {change.field: change.after for change in under_way}
    conflicts = [
        (change.field, going[change.field], change.after)
        for change in changes
        if change.field in going and going[change.field] != change.after
    ]
    if conflicts:
        message = N_(
            "Another approved change of this is on its way to the record. Look at this page again in a moment, compare "
            "both values, and choose."
        )
        raise _conflict(message, conflicts)


def _conflict(message: str, conflicts: Sequence[tuple[str, Any, Any]]) -> Problem:
    """Return the problem of fields of which the record says, or is about to say, something else: both values."""
    sentence = N_("This field has changed in the meantime.")
    values = [{"field": field, "current": current, "proposed": proposed} for field, current, proposed in conflicts]
    errors = [FieldError(field=f"proposed.{field}", message=sentence) for field, _, _ in conflicts]
    return Problem(409, "conflict", message, errors=errors, extra={"conflicts": msgspec.to_builtins(values)})
