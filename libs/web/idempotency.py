"""`Idempotency-Key`: a request that is sent again makes nothing again (docs/decisions/0009).

A handler that makes something asks for `idempotency_key`, and claims it in the transaction that makes it.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.params import HeaderParameter
from psycopg.errors import LockNotAvailable

from libs.contracts.validation import FieldError, InvalidContent
from libs.database import Connection, Queries
from libs.web.documentation import problem
from libs.web.language import N_
from libs.web.problems import Problem
from libs.web.security import Viewer

SQL = Queries("libs.web")

LONGEST = 200
PATIENCE = 5
"""Seconds that a request waits for another with its key."""

Header = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A text of your own choice, new for each thing you make. Sent again within 24 hours with the same "
        "body, the request makes nothing again, and the first answer comes back.",
    ),
]


ANSWERS = {
    409: problem("The first request with this Idempotency-Key is still being answered."),
    410: problem("What was made with this Idempotency-Key was deleted since."),
}
"""The answers to document where a key is claimed; 422 also for a key that came with another body before."""


class IdempotencyKey(msgspec.Struct, kw_only=True, frozen=True):
    """A key, in a digest with who sent it and where; and the digest of what came with it."""

    digest: bytes
    request: bytes


async def provide_idempotency_key(
    request: Request[Any, Any, Any], viewer: NamedDependency[Viewer | None], key: Header = None
) -> IdempotencyKey | None:
    """Return the key of a request, None when it has none.

    Raises:
        InvalidContent: it is too long, or empty.
    """
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST:
        message = N_("An Idempotency-Key has 1 to %(longest)s characters.")
        raise InvalidContent([FieldError(field="Idempotency-Key", message=message, parameters={"longest": LONGEST})])
    whose = msgspec.json.encode([request.method, request.url.path, viewer and viewer.id, key])
    body = await request.body()
    return IdempotencyKey(digest=hashlib.sha256(whose).digest(), request=hashlib.sha256(body).digest())


async def claim(connection: Connection, key: IdempotencyKey | None, made: UUID) -> UUID | None:
    """Tie a key to the id of what this transaction makes; return the id of what was made under it before, if any.

    While another transaction makes it, wait for that one. Should this one fail, the key is free again.

    Raises:
        Problem: 422, the key was used for something else; 409, the other takes too long.
    """
    if key is None:
        return None
    await connection.execute(SQL["forget_keys"])
    await connection.execute("select set_config('lock_timeout', %s, true)", [f"{PATIENCE}s"])
    parameters = {"digest": key.digest, "request": key.request, "made": made}
    try:
        claimed = await connection.execute(SQL["claim_key"], parameters)
    except LockNotAvailable as error:
        message = N_("The first request with this Idempotency-Key is still being answered. Send it again in a moment.")
        raise Problem(409, "in-progress", message, headers={"Retry-After": str(PATIENCE)}) from error
    await connection.execute("set local lock_timeout to default")
    if claimed.rowcount:
        return None
    found = await (await connection.execute(SQL["claimed_key"], parameters)).fetchone()
    if found is None or bytes(found[0]) != key.request:
        message = N_("This Idempotency-Key was used for another request. Choose a new one.")
        raise Problem(422, "idempotency-key", message)
    return found[1]


def gone() -> Problem:
    """Return the answer for a key whose thing was deleted since."""
    message = N_("What was made with this Idempotency-Key does not exist any more. Choose a new one to make another.")
    return Problem(410, "idempotency-key", message)
