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


class Loss(NamedTuple):
    """One thing of a row that did not arrive as it was; `detail` is the text concerned."""

    kind: LossKind
    detail: str


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
