"""How fresh a record is: one rule for every page that says it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal, Protocol

import msgspec

from libs.contracts.structure import Source, Verification, VerificationMethod

STALE = timedelta(days=183)
"""From when on what a record says is doubted."""

OLD = timedelta(days=365)
"""From when on it is said in full that it may no longer be true."""


class Dated(Protocol):
    """What tells how fresh a record is."""

    @property
    def verified(self) -> Verification | None: ...
    @property
    def sources(self) -> Sequence[Source]: ...
    @property
    def created_at(self) -> datetime | None: ...


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """Since when what a record says is known to be true (`at`, None when nothing tells), and from what.

    `basis` is how it was last checked; of a record that nobody has checked, `read`: its sources said so
    then, or `proposed`: somebody did. `is_stale` and `is_old` say how much to doubt it.
    """

    basis: VerificationMethod | Literal["read", "proposed"]
    at: datetime | None
    is_stale: bool
    is_old: bool

    @property
    def is_checked(self) -> bool:
        return self.basis not in {"read", "proposed"}


def freshness_of(record: Dated, now: datetime) -> Freshness:
    """Return how fresh a record is at an aware moment.

    Of several sources the one that was read last counts.
    """
    at, basis = _known_since(record)
    age = now - at if at else timedelta()
    return Freshness(basis=basis, at=at, is_stale=at is None or age > STALE, is_old=age > OLD)


def _known_since(record: Dated) -> tuple[datetime | None, VerificationMethod | Literal["read", "proposed"]]:
    if record.verified is not None:
        return record.verified.at, record.verified.method
    if not record.sources:
        return record.created_at, "proposed"
    days = [source.retrieved_on for source in record.sources if source.retrieved_on is not None]
    return (datetime.combine(max(days), time(), UTC) if days else None), "read"
