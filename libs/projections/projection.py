"""What rebuilds and audits need to know of a projection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, LiteralString, TypeAlias
from uuid import UUID

import msgspec

from libs.contracts.events import ServiceName, StructureChanged, StructureWithdrawn
from libs.database import Connection
from libs.projections.truth import Truth

Said: TypeAlias = StructureChanged | StructureWithdrawn
"""A state of a structure, as the directory says it."""

SAYINGS = (StructureChanged, StructureWithdrawn)
"""The types of these."""

Apply: TypeAlias = Callable[[Connection, Sequence[Said]], Awaitable[None]]
Step: TypeAlias = Callable[[Connection], Awaitable[None]]
Forget: TypeAlias = Callable[[Connection, Sequence[UUID]], Awaitable[None]]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A structure of which a projection does not hold what it should.

    It is missing, or held in an older version, or otherwise than the directory tells it, or held although the
    directory knows of none.
    """

    id: UUID
    kind: Literal["missing", "stale", "different", "extra"]
    department: str | None


async def _nothing(_: Connection) -> None:
    pass


async def _nothing_to_close() -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A service's copy of what the directory says of structures, in tables of the schema `public`.

    `tables` are exchanged by a rebuild, in the order in which queries read them; they have no identity columns.
    `scratch` are others that `apply` writes to, and that a rebuild leaves alone. `apply` takes states in, of each
    structure the newest, and says nothing of it; it names no schema. `forget` deletes structures whole.

    `hold`, in a transaction, keeps whoever else writes waiting for its end, where locks on `tables` do not suffice.
    `before_exchange` is called last, while unqualified names are the new tables.

    `compare` is a query by whose unqualified names are what should be held of a part of the structures, and by
    whose names in `public`, what is. It is given `after` and `until`, the bounds of the ids (null is no bound;
    `after` is not included), or `ids`, and returns a `Difference` a row.

    `close` gives back what was opened for the projection alone; whoever made it calls that when done.

    `consumer` feeds the projection from the directory's stream. `truth` reads what the directory tells, where the
    projection is in the directory's own database.
    """

    name: str
    service: ServiceName
    consumer: str
    tables: tuple[str, ...]
    scratch: tuple[str, ...] = ()
    apply: Apply
    forget: Forget
    compare: LiteralString
    hold: Step = _nothing
    before_exchange: Step = _nothing
    close: Callable[[], Awaitable[None]] = _nothing_to_close
    truth: Truth | None = None
