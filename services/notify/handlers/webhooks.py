"""What owners do with their webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from libs.contracts.validation import FieldError, InvalidContent
from libs.database import Connection, Pool
from libs.identifiers import uuid7
from libs.territories import departments as known_departments
from libs.web import Problem, Viewer
from libs.web.idempotency import IdempotencyKey, claim, gone
from libs.web.language import N_
from services.notify.channels.endpoints import Gate, Unreachable
from services.notify.domain.networks import clean_url
from services.notify.domain.news import ping
from services.notify.domain.webhooks import PING, Webhook, make_secret, subscription_errors
from services.notify.handlers.outcomes import abandon
from services.notify.store import deliveries, webhooks
from services.notify.store.deliveries import Delivery

NO_WEBHOOK = N_("There is no such webhook among yours.")
NO_DELIVERY = N_("There is no such delivery among yours.")
NOT_COVERED = N_("Your rights do not reach these departments: %(codes)s.")
DISABLED = N_("This webhook is disabled. Enable it first.")


def owner_scope(viewer: Viewer) -> UUID | None:
    """Return whose webhooks `viewer` may see: their own, or everybody's (None) for an administrator."""
    return None if viewer.is_administrator else viewer.id


async def create_webhook(
    pool: Pool,
    gate: Gate,
    viewer: Viewer,
    *,
    url: str,
    events: Sequence[str],
    departments: Sequence[str] | None,
    key: IdempotencyKey | None = None,
) -> tuple[UUID, str]:
    """Create a webhook and return its id and its secret; the same key and request give the first ones again.

    A partner limited to some departments gets these where `departments` is None.

    Raises:
        InvalidContent: an event, a department or the address cannot be accepted.
        Problem: 403, `departments` has some that the partner's rights do not reach; 410, the webhook that the
            key made was deleted; and as in `claim`.
    """
    errors = subscription_errors(events, departments, known_departments())
    try:
        address = clean_url(url)
        await gate.check(address)
    except InvalidContent as error:
        raise InvalidContent([*error.errors, *errors]) from error
    except Unreachable as error:
        raise InvalidContent([FieldError(field="url", message=error.sentence), *errors]) from error
    if errors:
        raise InvalidContent(errors)
    if departments is None:
        departments = viewer.scope
    elif beyond := [code for code in departments if not viewer.covers(code)]:
        raise Problem(403, "forbidden", NOT_COVERED, parameters={"codes": ", ".join(beyond)})
    webhook_id, secret = uuid7(), make_secret()
    async with pool.connection() as connection, connection.transaction():
        if first := await claim(connection, key, webhook_id):
            known = await webhooks.find_webhook(connection, first, owner=viewer.id)
            if known is None:
                raise gone()
            return known.id, known.secret
        await webhooks.insert_webhook(
            connection,
            webhook_id=webhook_id,
            owner=viewer.id,
            url=address,
            events=list(dict.fromkeys(events)),
            departments=None if departments is None else sorted(set(departments)),
            secret=secret,
        )
    return webhook_id, secret


async def find_webhook(connection: Connection, viewer: Viewer, webhook_id: UUID) -> Webhook:
    """Return one of the viewer's webhooks.

    Raises:
        Problem: 404.
    """
    found = await webhooks.find_webhook(connection, webhook_id, owner=owner_scope(viewer))
    if found is None:
        raise Problem(404, "not-found", NO_WEBHOOK)
    return found


async def _lock(connection: Connection, viewer: Viewer, webhook_id: UUID) -> Webhook:
    found = await webhooks.lock_webhook(connection, webhook_id, owner=owner_scope(viewer))
    if found is None:
        raise Problem(404, "not-found", NO_WEBHOOK)
    return found


async def delete_webhook(pool: Pool, viewer: Viewer, webhook_id: UUID) -> None:
    """Stop calling a webhook for good. What it still waited for is given up.

    Raises:
        Problem: 404.
    """
    async with pool.connection() as connection, connection.transaction():
        webhook = await find_webhook(connection, viewer, webhook_id)
        await abandon(connection, webhook.id)
        await webhooks.delete_webhook(connection, webhook.id)


async def enable_webhook(pool: Pool, viewer: Viewer, webhook_id: UUID) -> Webhook:
    """Call a disabled webhook again, from now on.

    Raises:
        Problem: 404.
    """
    async with pool.connection() as connection, connection.transaction():
        await _lock(connection, viewer, webhook_id)
        await webhooks.enable_webhook(connection, webhook_id)
        return await find_webhook(connection, viewer, webhook_id)


async def send_test(pool: Pool, viewer: Viewer, webhook_id: UUID) -> Delivery:
    """Schedule a test event for a webhook.

    Raises:
        Problem: 404; 409 when the webhook is disabled.
    """
    delivery_id = uuid7()
    async with pool.connection() as connection, connection.transaction():
        webhook = await _lock(connection, viewer, webhook_id)
        if webhook.disabled_at is not None:
            raise Problem(409, "disabled", DISABLED)
        await deliveries.insert_delivery(
            connection,
            delivery_id=delivery_id,
            webhook_id=webhook.id,
            event_id=delivery_id,
            event_type=PING,
            body=ping(webhook.id, datetime.now(UTC)),
        )
        await deliveries.wake_dispatcher(connection)
        return await _delivery(connection, webhook.id, delivery_id)


async def replay(pool: Pool, viewer: Viewer, delivery_id: UUID | None, *, webhook_id: UUID | None = None) -> Delivery:
    """Send a delivery again, under the same id, with a new series of attempts.

    Raises:
        Problem: 404, also when it is not of `webhook_id` (if given); 409 when the webhook is disabled.
    """
    async with pool.connection() as connection, connection.transaction():
        found = await deliveries.webhook_of_delivery(connection, delivery_id) if delivery_id else None
        if delivery_id is None or found is None or webhook_id not in (None, found):
            raise Problem(404, "not-found", NO_DELIVERY)
        # The delivery before the webhook, as everywhere.
        await deliveries.lock_delivery(connection, delivery_id)
        webhook = await webhooks.lock_webhook(connection, found, owner=owner_scope(viewer))
        if webhook is None:
            raise Problem(404, "not-found", NO_DELIVERY)
        if webhook.disabled_at is not None:
            raise Problem(409, "disabled", DISABLED)
        await deliveries.replay_delivery(connection, delivery_id)
        await deliveries.wake_dispatcher(connection)
        return await _delivery(connection, webhook.id, delivery_id)


async def _delivery(connection: Connection, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    found = await deliveries.find_delivery(connection, webhook_id, delivery_id)
    if found is None:
        raise Problem(404, "not-found", NO_DELIVERY)
    return found
