"""What a file becomes: a draft of a structure for each row, or the reason why there is none."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from libs.contracts.structure import Source, StructureContent, Verification

LossKind = Literal[
    "appointment kept as text",
    "commune not found",
    "contact person left out",
    "coordinates far from the commune",
    "coordinates from the commune",
    "coordinates not in France",
    "coordinates put right",
    "date not understood",
    "department from the coordinates",
    "detail left out",
    "doubtful hours kept as text",
    "doubtful hours left out",
    "e-mail in another field",
    "e-mail not understood",
    "fee kept as text",
    "hours kept as text",
    "hours read from prose",
    "label kept as text",
    "markup removed",
    "network not kept",
    "no department could be found",
    "phone not understood",
    "postcode not understood",
    "postcode of another town",
    "public broadened",
    "public kept as text",
    "public not known",
    "service without a category",
    "support kept as text",
    "text repaired",
    "text shortened",
    "type of structure left out",
    "value refused",
    "web address not understood",
    "web address repaired",
    "wrong INSEE code",
]
"""What was changed, guessed or left behind on the way from a row to a structure."""


_FIELDS: dict[LossKind, str] = {
    "appointment kept as text": "access",
    "commune not found": "address",
    "contact person left out": "services",
    "coordinates far from the commune": "address.latitude, address.longitude",
    "coordinates from the commune": "address.latitude, address.longitude",
    "coordinates not in France": "address.latitude, address.longitude",
    "coordinates put right": "address.latitude, address.longitude",
    "date not understood": "verified",
    "department from the coordinates": "address.department",
    "doubtful hours kept as text": "opening_hours",
    "doubtful hours left out": "opening_hours",
    "e-mail in another field": "emails",
    "e-mail not understood": "emails",
    "fee kept as text": "fee",
    "hours kept as text": "opening_hours",
    "hours read from prose": "opening_hours",
    "label kept as text": "labels",
    "network not kept": "network",
    "no department could be found": "address.department",
    "phone not understood": "phones",
    "postcode not understood": "address.postcode",
    "postcode of another town": "address.postcode",
    "public broadened": "publics",
    "public kept as text": "publics",
    "public not known": "publics",
    "service without a category": "services",
    "support kept as text": "services",
    "web address not understood": "websites",
    "web address repaired": "websites",
    "wrong INSEE code": "address.insee_code",
}
"""The field of a structure that each kind is about, where that is always the same."""


class Loss(NamedTuple):
    """One thing of a row that did not arrive as it was; `detail` is the text concerned."""

    kind: LossKind
    detail: str

    @property
    def field(self) -> str:
        """The field of a structure concerned, or nothing where the text alone tells."""
        return self.detail.partition(":")[0] if self.kind == "value refused" else _FIELDS.get(self.kind, "")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A structure as a row gives it; its content keeps every rule of `libs.contracts.validation`.

    `row` counts from 1, the header of a CSV file being row 1. `source` holds the publisher's code and the
    row's own id, which together are the same in every edition of the file. `verified` is None when the
    row has no date. `own_id` is its structure's, if Relais exported the row.
    """

    row: int
    content: StructureContent
    source: Source
    verified: Verification | None = None
    losses: tuple[Loss, ...] = ()
    own_id: UUID | None = None


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """A row that gives no structure, why, and what it held (as read)."""

    row: int
    reason: str
    raw: dict[str, Any]


class RowRefused(Exception):  # noqa: N818 -- a finding about the row
    """The row gives no structure; the message is a sentence for whoever keeps the file."""


class UnreadableFile(Exception):  # noqa: N818 -- a finding about the file
    """The file as a whole cannot be read; the message is one sentence that says why and what to do."""
