"""A partner's webhook and its deliveries, by the Standard Webhooks specification."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

import msgspec

from libs.contracts.validation import N_, FieldError

WebhookEvent = Literal["structure.changed", "structure.withdrawn"]
OFFERED: tuple[WebhookEvent, ...] = get_args(WebhookEvent)
"""The events a webhook may ask for."""

PING = "ping"
"""The type of a test event."""

DisabledReason = Literal["gone", "failing"]
DeliveryStatus = Literal["pending", "delivered", "failed", "abandoned"]

PATIENCE = timedelta(days=5)
"""An endpoint that has only failed for this long is called no more. One event's attempts end after three days:
it takes failures of several."""

_SECRET_PREFIX = "whsec_"  # noqa: S105 -- the specification's prefix, not a secret
_SECRET_BYTES = 32
_DELIVERY_PREFIX = "msg_"
MOST_DEPARTMENTS = 120


class Webhook(msgspec.Struct, kw_only=True, frozen=True):
    """Where a partner wants to be told. `departments` None means all; times are UTC.

    `failing_since` is when the attempts began to fail without a success in between.
    """

    id: UUID
    owner: UUID
    url: str
    events: tuple[str, ...]
    departments: tuple[str, ...] | None
    secret: str
    created_at: datetime
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: DisabledReason | None = None


def make_secret() -> str:
    """Return a new signing secret: `whsec_` and 32 random bytes in base64."""
    return _SECRET_PREFIX + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Whether `make_secret` may have made `text`."""
    try:
        key = b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except ValueError:
        return False
    return text.startswith(_SECRET_PREFIX) and len(key) == _SECRET_BYTES


def sign(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """Return the `webhook-signature` of a request sent at `timestamp` (Unix seconds)."""
    key = b64decode(secret.removeprefix(_SECRET_PREFIX))
    digest = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{b64encode(digest).decode()}"


def message_id(delivery: UUID) -> str:
    """Return the `webhook-id` of a delivery: the same for every attempt and replay."""
    return _DELIVERY_PREFIX + delivery.hex


def delivery_id(text: str) -> UUID | None:
    """Return the delivery that a `webhook-id` names, None when it is none."""
    try:
        return UUID(text.removeprefix(_DELIVERY_PREFIX))
    except ValueError:
        return None


def subscription_errors(
    events: Sequence[str], departments: Sequence[str] | None, known: Container[str]
) -> list[FieldError]:
    """Return what is wrong with the events and departments somebody asks for; `known` are all codes there are."""
    errors: list[FieldError] = []
    if not events:
        errors.append(FieldError(field="events", message=N_("Choose at least one event.")))
    for index, event in enumerate(events):
        if event not in OFFERED:
            message = N_("This event is not offered: “%(event)s”. Offered: %(offered)s.")
            parameters = {"event": event[:80], "offered": ", ".join(OFFERED)}
            errors.append(FieldError(field=f"events.{index}", message=message, parameters=parameters))
    if departments is not None and not departments:
        message = N_("Name at least one department, or leave this out to hear of all.")
        errors.append(FieldError(field="departments", message=message))
    if len(departments or ()) > MOST_DEPARTMENTS:
        message = N_("There are too many items: %(count)s, and the most is %(most)s.")
        parameters = {"count": len(departments or ()), "most": MOST_DEPARTMENTS}
        return [*errors, FieldError(field="departments", message=message, parameters=parameters)]
    for index, code in enumerate(departments or ()):
        if code not in known:
            message = N_("This is not the code of a department: “%(code)s”. Examples: 75, 2A, 974.")
            errors.append(
                FieldError(field=f"departments.{index}", message=message, parameters={"code": code[:80]}),
            )
    return errors
