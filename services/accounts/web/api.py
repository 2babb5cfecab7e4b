"""The API of accounts: who one is, one's sessions and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from libs.database import Pool
from libs.runtime import Settings
from libs.web.documentation import problem
from libs.web.idempotency import ANSWERS, IdempotencyKey
from libs.web.pages import PRIVATE
from libs.web.security import Role, TokenSigner
from services.accounts import store
from services.accounts.handlers import credentials
from services.accounts.handlers.credentials import Identity
from services.accounts.store import Session, Token
from services.accounts.web.cookies import signed_out
from services.accounts.web.cursors import PAGE, after_of, next_of

T = TypeVar("T")


class Who(msgspec.Struct, kw_only=True):
    """Who is asking. `departments` null means all; a token made on the command line has no `email`.

    `credential_id` is the session or token the request came with.
    """

    id: UUID
    name: str
    email: str | None
    roles: list[Role]
    departments: list[str] | None
    kind: Literal["session", "token"]
    credential_id: UUID


class SessionItem(msgspec.Struct, kw_only=True):
    """An open session. `device` names browser and system; `current` is the one that is asking."""

    id: UUID
    device: str
    created_at: datetime
    expires_at: datetime
    current: bool


class TokenItem(msgspec.Struct, kw_only=True):
    """A good token. `departments` null means all; `owned` is false for those made on the command line."""

    id: UUID
    label: str
    role: Role
    departments: list[str] | None
    created_at: datetime
    expires_at: datetime
    owned: bool


class TokenWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A token to make. `departments` null means as many as the asker's; `days` is how long it lives."""

    label: str
    role: str
    departments: list[str] | None = None
    days: int = 365


class NewToken(TokenItem, kw_only=True):
    """A token just made; `token` is its text, shown this once."""

    token: str


class Listing(msgspec.Struct, Generic[T], kw_only=True):
    """A page of a list; `next` is given back as `after` to get the following one, null at the end."""

    items: list[T]
    next: str | None


def _session_item(session: Session, identity: Identity) -> SessionItem:
    return SessionItem(
        id=session.id,
        device=session.device,
        created_at=session.created_at,
        expires_at=session.expires_at,
        current=session.id == identity.viewer.credential_id,
    )


def _token_item(token: Token) -> TokenItem:
    return TokenItem(
        id=token.id,
        label=token.label,
        role=token.role,
        departments=None if token.departments is None else list(token.departments),
        created_at=token.created_at,
        expires_at=token.expires_at,
        owned=token.account_id is not None,
    )


SIGN_IN = {401: problem("No session or token, or one that was ended.")}
NOT_FOUND = SIGN_IN | {404: problem("The asker has no such thing.")}


@get("/", summary="Tell who asks", responses=SIGN_IN)
async def who(identity: NamedDependency[Identity]) -> Who:
    """Who is asking, with their roles and the departments these reach."""
    reach = identity.reach
    return Who(
        id=identity.viewer.id,
        name=identity.viewer.name,
        email=identity.account.email if identity.account else None,
        roles=list(reach.roles),
        departments=None if reach.departments is None else list(reach.departments),
        kind=identity.viewer.kind,
        credential_id=identity.viewer.credential_id,
    )


@get("/sessions", summary="List sessions", responses=SIGN_IN)
async def sessions(
    pool: NamedDependency[Pool], identity: NamedDependency[Identity], after: FromQuery[str | None] = None
) -> Listing[SessionItem]:
    """The asker's open sessions, newest first."""
    found: list[Session] = []
    if identity.account_id:
        async with pool.connection() as connection:
            found = await store.list_sessions(connection, identity.account_id, after=after_of(after), limit=PAGE + 1)
    items = [_session_item(session, identity) for session in found[:PAGE]]
    return Listing(items=items, next=next_of(found))


@delete("/sessions/{session_id:uuid}", status_code=204, responses=NOT_FOUND)
async def end_session(
    session_id: FromPath[UUID],
    pool: NamedDependency[Pool],
    identity: NamedDependency[Identity],
    settings: NamedDependency[Settings],
) -> Response[None]:
    """End one of the asker's sessions: every service refuses it within a second."""
    async with pool.connection() as connection, connection.transaction():
        await credentials.end_session(connection, identity, session_id)
    own = session_id == identity.viewer.credential_id
    return Response(None, status_code=204, cookies=[signed_out(settings)] if own else [])


@get("/tokens", summary="List tokens", responses=SIGN_IN)
async def tokens(
    pool: NamedDependency[Pool], identity: NamedDependency[Identity], after: FromQuery[str | None] = None
) -> Listing[TokenItem]:
    """The asker's good tokens, newest first; for administrators also those made on the command line."""
    async with pool.connection() as connection:
        unowned = identity.viewer.is_administrator
        found = await store.list_tokens(
            connection, identity.account_id, unowned=unowned, after=after_of(after), limit=PAGE + 1
        )
    items = [_token_item(token) for token in found[:PAGE]]
    return Listing(items=items, next=next_of(found))


@post(
    "/tokens",
    status_code=201,
    responses=SIGN_IN
    | ANSWERS
    | {
        403: problem("Asked with a token that is not an administrator's."),
        422: problem("A field is wrong, or goes beyond the asker's own role."),
    },
)
async def create_token(
    data: JSONBody[TokenWish],
    pool: NamedDependency[Pool],
    identity: NamedDependency[Identity],
    signer: NamedDependency[TokenSigner],
    idempotency_key: NamedDependency[IdempotencyKey | None],
) -> NewToken:
    """Make a token. It can do no more than the asker; its text is in this answer only, and kept nowhere."""
    async with pool.connection() as connection, connection.transaction():
        token, text = await credentials.create_token(
            connection,
            signer,
            identity,
            label=data.label,
            role=data.role,
            departments=data.departments,
            days=data.days,
            key=idempotency_key,
        )
    return NewToken(**msgspec.structs.asdict(_token_item(token)), token=text)


@delete("/tokens/{token_id:uuid}", status_code=204, responses=NOT_FOUND)
async def revoke_token(
    token_id: FromPath[UUID], pool: NamedDependency[Pool], identity: NamedDependency[Identity]
) -> None:
    """Revoke a token: every service refuses it within a second."""
    async with pool.connection() as connection, connection.transaction():
        await credentials.revoke_token(connection, identity, token_id)


async def _no_store(response: Response[object]) -> Response[object]:
    response.headers.setdefault("Cache-Control", PRIVATE)
    return response


API = Router(
    "/api/v1/account",
    route_handlers=[who, sessions, end_session, tokens, create_token, revoke_token],
    after_request=_no_store,
    security=[{"bearer": []}],
    tags=["account"],
)
