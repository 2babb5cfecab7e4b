"""Pages of lists that go by id, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from libs.web.cursors import decode_cursor, encode_cursor

PAGE = 50


class Position(msgspec.Struct):
    """Where a page of a list ends."""

    id: UUID


class Row(Protocol):
    @property
    def id(self) -> UUID: ...


def after_of(cursor: str | None) -> UUID | None:
    """Return the id to go on after."""
    return decode_cursor(cursor, Position).id if cursor else None


def next_of(found: Sequence[Row]) -> str | None:
    """Return the cursor of what follows, given up to one row more than a page holds."""
    return encode_cursor(Position(found[PAGE - 1].id)) if len(found) > PAGE else None
