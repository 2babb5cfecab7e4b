"""How far an approved change has come, added up from receipts in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from libs.contracts.events import ServiceName

ReceiptStep = Literal[
    "approved", "applied", "indexed", "exported", "webhooks_scheduled", "webhook", "contributor_notified"
]
StepName = Literal["approved", "applied", "indexed", "exported", "webhooks", "contributor_notified"]
State = Literal["done", "under_way", "failed", "not_asked"]

SETTLED: frozenset[State] = frozenset({"done", "failed", "not_asked"})
STEPS: tuple[StepName, ...] = ("approved", "applied", "indexed", "exported", "webhooks", "contributor_notified")
_SINGLE: tuple[Literal["applied", "indexed", "exported"], ...] = ("applied", "indexed", "exported")


class Receipt(msgspec.Struct, kw_only=True, frozen=True):
    """What one event says of a change's journey.

    `detail` of `webhooks_scheduled`: {"total"}; of `webhook` and `contributor_notified`: {"outcome":
    "delivered" | "failed" | "retrying"}, with "next_attempt_at" (ISO 8601) when retrying; of `webhook` also
    {"attempt", "delivery_id"}.
    """

    service: ServiceName
    step: ReceiptStep
    at: datetime
    detail: dict[str, Any] = {}


class Step(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A station that the change has reached, or where it was tried. The counts are those of `webhooks`.

    A delivery whose last attempt failed counts in `failed`; if it will be tried again also in `retrying`, and
    `next_attempt_at` is when the first of these will be.
    """

    service: ServiceName
    step: StepName
    at: datetime
    state: State
    delivered: int | None = None
    failed: int | None = None
    retrying: int | None = None
    total: int | None = None
    next_attempt_at: datetime | None = None


class Journey(msgspec.Struct, kw_only=True, frozen=True):
    """The stations in their order; `complete` once each was reached or tried, though some may be tried again."""

    steps: tuple[Step, ...]
    complete: bool


def journey_of(receipts: Iterable[Receipt], *, wants_answer: bool) -> Journey:
    """Return the journey that `receipts` tell, the same whatever their order and however often each comes.

    A change approved again after a conflict starts anew: only its last approval counts.
    """
    by_step: dict[ReceiptStep, list[Receipt]] = {}
    for receipt in receipts:
        by_step.setdefault(receipt.step, []).append(receipt)
    approvals = by_step.get("approved", [])
    if not approvals:
        return Journey(steps=(), complete=False)
    approved_at = max(receipt.at for receipt in approvals)
    steps = [Step(service="contributions", step="approved", at=approved_at, state="done")]
    for name in _SINGLE:
        if name in by_step:
            first = min(by_step[name], key=lambda receipt: receipt.at)
            steps.append(Step(service=first.service, step=name, at=first.at, state="done"))
    steps.extend(_webhooks(by_step.get("webhooks_scheduled", []), by_step.get("webhook", [])))
    if wants_answer:
        steps.extend(_answer(by_step.get("contributor_notified", [])))
    else:
        steps.append(Step(service="notify", step="contributor_notified", at=approved_at, state="not_asked"))
    complete = len(steps) == len(STEPS) and all(step.state in SETTLED for step in steps)
    return Journey(steps=tuple(steps), complete=complete)


def _progress(receipt: Receipt) -> tuple[int, int, datetime]:
    """Order the receipts of one delivery: a later attempt counts, and within one its outcome."""
    rank = {"retrying": 0, "failed": 1, "delivered": 2}[receipt.detail["outcome"]]
    return receipt.detail.get("attempt", 0), rank, receipt.at


def _webhooks(scheduled: list[Receipt], attempts: list[Receipt]) -> list[Step]:
    last: dict[UUID | str, Receipt] = {}
    for receipt in attempts:
        delivery = receipt.detail["delivery_id"]
        if delivery not in last or _progress(receipt) > _progress(last[delivery]):
            last[delivery] = receipt
    if not scheduled and not last:
        return []
    total = max((receipt.detail["total"] for receipt in scheduled), default=None)
    outcomes = [receipt.detail["outcome"] for receipt in last.values()]
    delivered, failed = outcomes.count("delivered"), len(outcomes) - outcomes.count("delivered")
    state: State = "under_way" if total is None or len(outcomes) < total else "failed" if failed else "done"
    return [
        Step(
            service="notify",
            step="webhooks",
            at=max(receipt.at for receipt in (*last.values(), *scheduled)),
            state=state,
            delivered=delivered,
            failed=failed,
            retrying=outcomes.count("retrying"),
            total=total,
            next_attempt_at=_next_attempt(last.values()),
        )
    ]


def _answer(receipts: list[Receipt]) -> list[Step]:
    if not receipts:
        return []
    last = max(receipts, key=_progress)
    return [
        Step(
            service="notify",
            step="contributor_notified",
            at=last.at,
            state="done" if last.detail["outcome"] == "delivered" else "failed",
            next_attempt_at=_next_attempt([last]),
        )
    ]


def _next_attempt(last: Iterable[Receipt]) -> datetime | None:
    """Return when the first of the deliveries that failed is tried again, given the last attempt of each."""
    return min((_retried_at(receipt) for receipt in last if receipt.detail["outcome"] == "retrying"), default=None)


def _retried_at(receipt: Receipt) -> datetime:
    """Return when a delivery is tried again; receipts of before do not say it."""
    text = receipt.detail.get("next_attempt_at")
    return datetime.fromisoformat(text) if text else receipt.at
