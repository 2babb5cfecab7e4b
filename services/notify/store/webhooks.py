"""Webhooks, as stored."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from libs.database import Connection, fetch_all, fetch_one
from services.notify.domain.webhooks import PATIENCE, Webhook
from services.notify.store import SQL, fetch_column


async def insert_webhook(
    connection: Connection,
    *,
    webhook_id: UUID,
    owner: UUID,
    url: str,
    events: Sequence[str],
    departments: Sequence[str] | None,
    secret: str,
) -> None:
    parameters = {
        "id": webhook_id,
        "owner": owner,
        "url": url,
        "events": list(events),
        "departments": None if departments is None else list(departments),
        "secret": secret,
    }
    await connection.execute(SQL["insert_webhook"], parameters)


async def find_webhook(connection: Connection, webhook_id: UUID, *, owner: UUID | None) -> Webhook | None:
    """Return a webhook that is not deleted; only of `owner`, unless that is None."""
    return await fetch_one(connection, Webhook, SQL["webhook"], {"id": webhook_id, "owner": owner})


async def lock_webhook(connection: Connection, webhook_id: UUID, *, owner: UUID | None) -> Webhook | None:
    """Like `find_webhook`, and hold it until the transaction ends."""
    return await fetch_one(connection, Webhook, SQL["lock_webhook"], {"id": webhook_id, "owner": owner})


async def list_webhooks(
    connection: Connection, *, owner: UUID | None, after: UUID | None = None, most: int
) -> list[Webhook]:
    """Return webhooks, newest first, after the one with id `after`; only of `owner`, unless that is None."""
    parameters = {"owner": owner, "after": after, "most": most}
    return await fetch_all(connection, Webhook, SQL["webhooks_newest_first"], parameters)


async def any_webhook(connection: Connection) -> bool:
    """Whether anybody wants to be told of anything."""
    return (await fetch_column(connection, "any_webhook"))[0]


async def delete_webhook(connection: Connection, webhook_id: UUID) -> None:
    await connection.execute(SQL["delete_webhook"], {"id": webhook_id})


async def enable_webhook(connection: Connection, webhook_id: UUID) -> None:
    await connection.execute(SQL["enable_webhook"], {"id": webhook_id})


async def note_success(connection: Connection, webhook_id: UUID) -> None:
    await connection.execute(SQL["note_success"], {"id": webhook_id})


async def note_failure(connection: Connection, webhook_id: UUID, *, gone: bool) -> bool:
    """Note that an attempt failed; disable the endpoint when it is gone, or has long only failed.

    Returns whether it was disabled by this.
    """
    if gone:
        return bool(await fetch_column(connection, "disable_if_gone", {"id": webhook_id}))
    await connection.execute(SQL["note_failure"], {"id": webhook_id})
    return bool(await fetch_column(connection, "disable_if_failing", {"id": webhook_id, "patience": PATIENCE}))
