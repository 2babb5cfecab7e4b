"""What partners are told of an event: partners see the public directory.

A change to a listed structure is `structure.changed`, with all of its public content. What is no longer public
(gone, merged, taken offline, kept for professionals, or moved out of the departments a webhook covers) is
`structure.withdrawn`, with the reason.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from libs.contracts.events import StructureChanged, StructureWithdrawn
from libs.contracts.structure import departments_of, is_listed, public_part
from services.notify.domain.webhooks import PING, WebhookEvent

Reason = Literal["removed", "merged", "not-public", "moved"]


class News(msgspec.Struct, kw_only=True, frozen=True):
    """A payload and who gets it: webhooks that ask for `type` and cover one of `departments`.

    With `still_in`, only those limited to departments of which it has none: for the others the structure is
    still there. `body` is the JSON that is sent.
    """

    type: WebhookEvent
    structure_id: UUID
    version: int
    departments: tuple[str, ...]
    still_in: tuple[str, ...] | None = None
    body: str


def _body(kind: str, at: datetime, data: dict[str, Any]) -> str:
    return msgspec.json.encode({"type": kind, "timestamp": at, "data": data}).decode()


def _withdrawn(
    structure_id: UUID,
    *,
    version: int,
    at: datetime,
    reason: Reason,
    departments: tuple[str, ...],
    still_in: tuple[str, ...] | None = None,
    replaced_by: UUID | None = None,
) -> News:
    data = {"structure_id": structure_id, "version": version, "reason": reason, "replaced_by": replaced_by}
    return News(
        type="structure.withdrawn",
        structure_id=structure_id,
        version=version,
        departments=departments,
        still_in=still_in,
        body=_body("structure.withdrawn", at, data),
    )


def news_of_change(data: StructureChanged, at: datetime) -> list[News]:
    """Return what partners are told of a change that the directory recorded at `at`."""
    structure = public_part(data.structure)
    departments = departments_of(structure)
    news: list[News] = []
    if data.left_departments:
        news.append(
            _withdrawn(
                structure.id,
                version=structure.version,
                at=at,
                reason="moved",
                departments=data.left_departments,
                still_in=departments,
            )
        )
    if is_listed(structure):
        content = {"structure": structure, "version": structure.version, "fields": data.fields, "origin": data.origin}
        news.append(
            News(
                type="structure.changed",
                structure_id=structure.id,
                version=structure.version,
                departments=departments,
                body=_body("structure.changed", at, content),
            )
        )
    elif structure.version > 1 and {"status", "visibility"} & set(data.fields):
        # It has just left the public directory; later changes of what is not public concern nobody outside.
        news.append(
            _withdrawn(structure.id, version=structure.version, at=at, reason="not-public", departments=departments)
        )
    return news


def news_of_withdrawal(data: StructureWithdrawn, at: datetime) -> list[News]:
    return [
        _withdrawn(
            data.structure_id,
            version=data.version,
            at=at,
            reason="merged" if data.replaced_by else "removed",
            departments=data.departments,
            replaced_by=data.replaced_by,
        )
    ]


def ping(webhook: UUID, at: datetime) -> str:
    """Return the payload of a test event."""
    return _body(PING, at, {"webhook_id": webhook})
