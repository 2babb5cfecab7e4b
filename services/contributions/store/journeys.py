"""The receipts of approved changes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from libs.database import Connection, fetch_all
from services.contributions.domain.journey import Receipt
from services.contributions.store.rows import SQL, json


async def add_receipts(connection: Connection, receipts: Sequence[tuple[UUID, UUID, Receipt]]) -> None:
    """Keep receipts, as (contribution, event, receipt); those of unknown contributions are left out."""
    if not receipts:
        return
    await connection.execute(
        SQL["insert_steps"],
        {
            "contribution_ids": [contribution for contribution, _, _ in receipts],
            "event_ids": [event for _, event, _ in receipts],
            "services": [receipt.service for _, _, receipt in receipts],
            "steps": [receipt.step for _, _, receipt in receipts],
            "times": [receipt.at for _, _, receipt in receipts],
            "details": [json(receipt.detail) for _, _, receipt in receipts],
        },
    )


async def receipts_of(connection: Connection, contribution_id: UUID) -> list[Receipt]:
    return await fetch_all(connection, Receipt, SQL["steps_of"], {"id": contribution_id})
