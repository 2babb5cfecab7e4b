"""The API of webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from libs.database import Pool
from libs.web import Viewer, require
from libs.web.cursors import decode_cursor, encode_cursor
from libs.web.documentation import problem
from libs.web.idempotency import ANSWERS, IdempotencyKey
from services.notify.channels.endpoints import Gate
from services.notify.domain.webhooks import OFFERED, DeliveryStatus, DisabledReason, Webhook, delivery_id, message_id
from services.notify.handlers import webhooks as commands
from services.notify.store import deliveries, webhooks
from services.notify.store.deliveries import Attempt, Delivery

MOST = 200
T = TypeVar("T")
Limit = Annotated[int, QueryParameter(ge=1, le=MOST)]


class WebhookWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A webhook to create.

    `events` are `structure.changed` and `structure.withdrawn`; `departments` are codes such as 75 or 2A, null
    for as many as the asker's rights reach.
    """

    url: str
    events: list[str] = msgspec.field(default_factory=lambda: list(OFFERED))
    departments: list[str] | None = None


class NewWebhook(msgspec.Struct, kw_only=True):
    """A webhook just created; `secret` signs its deliveries, and is shown this once."""

    id: UUID
    secret: str


class WebhookItem(msgspec.Struct, kw_only=True):
    """A webhook. `departments` null means all.

    `failing_since` is when attempts began to fail, without a success since. A disabled one is not called:
    `gone` (it answered 410) or `failing` (for five days).
    """

    id: UUID
    owner: UUID
    url: str
    events: list[str]
    departments: list[str] | None
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None


class DeliveryItem(msgspec.Struct, kw_only=True):
    """One event for one webhook. `id` is the `webhook-id` header, the same for every attempt and replay.

    `pending` was not attempted yet, `failed` will be again at `next_attempt_at`, `abandoned` will not.
    `department` is the first of the structure's that the webhook covers; `correlation_id` is the contribution
    that the event follows from.
    """

    id: str
    event_id: UUID
    event_type: str
    structure_id: UUID | None
    department: str | None
    correlation_id: UUID | None
    status: DeliveryStatus
    created_at: datetime
    next_attempt_at: datetime | None
    attempts: list[Attempt]


class Position(msgspec.Struct):
    """Where a page of a list ends: the lists go by id, newest first."""

    id: UUID


class Listing(msgspec.Struct, Generic[T], kw_only=True):
    """A page of a list; `next` is given back as `after` to get the following one, null at the end."""

    items: list[T]
    next: str | None


def _webhook_item(webhook: Webhook) -> WebhookItem:
    return WebhookItem(
        id=webhook.id,
        owner=webhook.owner,
        url=webhook.url,
        events=list(webhook.events),
        departments=None if webhook.departments is None else list(webhook.departments),
        created_at=webhook.created_at,
        failing_since=webhook.failing_since,
        disabled_at=webhook.disabled_at,
        disabled_reason=webhook.disabled_reason,
    )


def _delivery_item(delivery: Delivery) -> DeliveryItem:
    return DeliveryItem(
        id=message_id(delivery.id),
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        structure_id=delivery.structure_id,
        department=delivery.department,
        correlation_id=delivery.correlation_id,
        status=delivery.status,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_attempt_at,
        attempts=list(delivery.attempts),
    )


def _after(cursor: str | None) -> UUID | None:
    return decode_cursor(cursor, Position).id if cursor else None


ALLOWED = {401: problem("No session or token."), 403: problem("Neither a partner nor an administrator.")}
FOUND = ALLOWED | {404: problem("There is no such thing among the asker's.")}
ENABLED = FOUND | {409: problem("The webhook is disabled.")}


@post("/", responses=ALLOWED | ANSWERS | {422: problem("A field is wrong; `errors` says which.")})
async def create_webhook(
    pool: NamedDependency[Pool],
    gate: NamedDependency[Gate],
    viewer: NamedDependency[Viewer],
    data: JSONBody[WebhookWish],
    idempotency_key: NamedDependency[IdempotencyKey | None],
) -> NewWebhook:
    """Create a webhook, called by the Standard Webhooks specification for each event that it asks for.

    The secret verifies `webhook-signature`; keep it, it is not shown again. 422 when the address leads to a
    network that is not called, or an event or department is unknown; 403 when the departments go beyond the
    asker's rights.
    """
    webhook_id, secret = await commands.create_webhook(
        pool, gate, viewer, url=data.url, events=data.events, departments=data.departments, key=idempotency_key
    )
    return NewWebhook(id=webhook_id, secret=secret)


@get("/", responses=ALLOWED)
async def list_webhooks(
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Listing[WebhookItem]:
    """The asker's webhooks, newest first; everybody's for administrators."""
    owner = commands.owner_scope(viewer)
    async with pool.connection() as connection:
        found = await webhooks.list_webhooks(connection, owner=owner, after=_after(after), most=limit + 1)
    more = encode_cursor(Position(found[limit - 1].id)) if len(found) > limit else None
    return Listing(items=[_webhook_item(webhook) for webhook in found[:limit]], next=more)


@get("/{webhook_id:uuid}", responses=FOUND)
async def read_webhook(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], webhook_id: FromPath[UUID]
) -> WebhookItem:
    """One webhook, without its secret."""
    async with pool.connection() as connection:
        return _webhook_item(await commands.find_webhook(connection, viewer, webhook_id))


@delete("/{webhook_id:uuid}", status_code=204, responses=FOUND)
async def delete_webhook(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], webhook_id: FromPath[UUID]
) -> None:
    """Delete a webhook. Deliveries that still waited are given up."""
    await commands.delete_webhook(pool, viewer, webhook_id)


@post("/{webhook_id:uuid}/enable", status_code=200, responses=FOUND)
async def enable_webhook(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], webhook_id: FromPath[UUID]
) -> WebhookItem:
    """Call a disabled webhook again, from now on. What it missed can be replayed, delivery by delivery."""
    return _webhook_item(await commands.enable_webhook(pool, viewer, webhook_id))


@post("/{webhook_id:uuid}/test", status_code=202, responses=ENABLED)
async def send_test(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], webhook_id: FromPath[UUID]
) -> DeliveryItem:
    """Send a test event, of type `ping`, in the same way as any other; answers with its delivery."""
    return _delivery_item(await commands.send_test(pool, viewer, webhook_id))


@get("/{webhook_id:uuid}/deliveries", responses=FOUND)
async def list_deliveries(
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    webhook_id: FromPath[UUID],
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Listing[DeliveryItem]:
    """The deliveries of a webhook, newest first, each with its attempts. Kept for 30 days."""
    async with pool.connection() as connection:
        await commands.find_webhook(connection, viewer, webhook_id)
        found = await deliveries.list_deliveries(connection, webhook_id, after=_after(after), most=limit + 1)
    more = encode_cursor(Position(found[limit - 1].id)) if len(found) > limit else None
    return Listing(items=[_delivery_item(delivery) for delivery in found[:limit]], next=more)


@post("/deliveries/{delivery:str}/replay", summary="Send a delivery again", status_code=202, responses=ENABLED)
async def replay(pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], delivery: FromPath[str]) -> DeliveryItem:
    """Send a delivery again, under the same id, with a new series of attempts."""
    return _delivery_item(await commands.replay(pool, viewer, delivery_id(delivery)))


@post(
    "/{webhook_id:uuid}/deliveries/{delivery:str}/replay",
    summary="Send its delivery again",
    status_code=202,
    responses=ENABLED,
)
async def replay_of_webhook(
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    webhook_id: FromPath[UUID],
    delivery: FromPath[str],
) -> DeliveryItem:
    """Send a delivery of this webhook again, as `/api/v1/webhooks/deliveries/{delivery}/replay` does."""
    return _delivery_item(await commands.replay(pool, viewer, delivery_id(delivery), webhook_id=webhook_id))


ROUTER = Router(
    path="/api/v1/webhooks",
    guards=[require("partner")],
    tags=["webhooks"],
    security=[{"bearer": []}],
    route_handlers=[
        create_webhook,
        list_webhooks,
        read_webhook,
        delete_webhook,
        enable_webhook,
        send_test,
        list_deliveries,
        replay,
        replay_of_webhook,
    ],
)
