"""Signing in: asking for a link, following it, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from libs.bus import NewEvent, Sealer, record
from libs.contracts.events import SigninMessage, SigninRequested
from libs.contracts.validation import N_, FieldError, InvalidContent
from libs.database import Connection
from libs.identifiers import uuid7
from libs.web.problems import Problem
from libs.web.security import Claims, TokenSigner, Viewer
from services.accounts import store
from services.accounts.domain.devices import device_name
from services.accounts.domain.roles import Grant, reach_of
from services.accounts.domain.signin import (
    FIRST_LINK_LIFE,
    LINK_LIFE,
    SESSION_LIFE,
    digest,
    landing,
    local_path,
    new_secret,
    normal_address,
)
from services.accounts.handlers.credentials import leave, revoke_everything

MOST_OF_ADDRESS = 5
"""Links one address may ask for in a quarter of an hour."""

MOST_OF_EVERYBODY = 120
"""Links that may be asked for in a minute, by all addresses together."""


class SignedIn(msgspec.Struct, kw_only=True, frozen=True):
    """A new session: its signed credential, and the path to go to."""

    credential: str
    path: str


async def _make_link(
    connection: Connection, account_id: UUID, *, destination: str | None, life: timedelta, public_url: str
) -> tuple[UUID, str, datetime]:
    """Store a new link; return its id, its address, and until when it is good."""
    secret, secret_hash = new_secret()
    signin_id, expires_at = uuid7(), datetime.now(UTC) + life
    await store.insert_signin(
        connection,
        signin_id,
        account_id=account_id,
        secret_hash=secret_hash,
        destination=destination,
        expires_at=expires_at,
    )
    return signin_id, f"{public_url}/connexion/{secret}", expires_at


async def request_link(
    connection: Connection, *, email: str, destination: str | None, language: str, public_url: str, sealer: Sealer
) -> None:
    """Have a link sent to an address, if it is an account's; nothing tells the caller whether it is.

    Raises:
        InvalidContent: it is no address.
        Problem: 429, it was asked for too often.
    """
    address = normal_address(email)
    attempts = await store.count_attempts(connection, digest(address))
    if attempts.of_address >= MOST_OF_ADDRESS:
        message = N_("Several links were already asked for. Look among your unwanted mail, or wait 15 minutes.")
        raise Problem(429, "too-many", message, headers={"Retry-After": "900"})
    if attempts.of_everybody >= MOST_OF_EVERYBODY:
        message = N_("Many people are signing in right now. Please try again in a minute.")
        raise Problem(429, "too-many", message, headers={"Retry-After": "60"})
    await store.insert_attempt(connection, digest(address))
    account_id = await store.find_account_to_sign_in(connection, address)
    if account_id is None:
        return
    signin_id, url, expires_at = await _make_link(
        connection, account_id, destination=local_path(destination), life=LINK_LIFE, public_url=public_url
    )
    message = SigninMessage(email=address, url=url, expires_at=expires_at, language=language)
    data = SigninRequested(signin_id=signin_id, message=sealer.seal(message, "notify"))
    await record(connection, NewEvent(data=data, aggregate_id=signin_id))


async def make_link_for(connection: Connection, *, email: str, grant: Grant, public_url: str) -> str:
    """Return a link for the account with this address and at least this grant, both made if need be.

    It is good for a day while nobody has ever signed in to the account, else as long as one sent by e-mail.

    Raises:
        InvalidContent: the account is disabled.
    """
    name = email.partition("@")[0]
    await store.insert_account(connection, email=email, name=name)
    account_id = await store.find_account_id(connection, email)
    account = await store.lock_account(connection, account_id) if account_id else None
    if account is None or account.disabled_at:
        message = N_("The account %(email)s is disabled: an administrator must enable it first.")
        raise InvalidContent([FieldError(field="email", message=message, parameters={"email": email})])
    if grant not in account.grants:
        kept = [other for other in account.grants if other.role != grant.role]
        await store.replace_grants(connection, account.id, [*kept, grant])
        await revoke_everything(connection, account.id)
    life = LINK_LIFE if account.signed_in_at else FIRST_LINK_LIFE
    _, url, _ = await _make_link(connection, account.id, destination=None, life=life, public_url=public_url)
    return url


async def sign_in(
    connection: Connection, signer: TokenSigner, *, secret: str, user_agent: str, previous: Viewer | None
) -> SignedIn | None:
    """Use a link up and open a session; None when the link is good no more, or its account is disabled.

    The session has an id of its own, whatever the browser came with; a session it came with ends.
    """
    used = await store.use_signin(connection, digest(secret))
    if used is None or not await store.note_signin(connection, used.account_id):
        return None
    account = await store.find_account(connection, used.account_id)
    if account is None:
        return None
    if previous is not None:
        await leave(connection, previous)
    reach = reach_of(account.grants)
    session_id = uuid7()
    expires_at = (datetime.now(UTC) + SESSION_LIFE).replace(microsecond=0)
    await store.insert_session(
        connection, session_id, account_id=account.id, device=device_name(user_agent), expires_at=expires_at
    )
    claims = Claims(
        sub=account.id,
        jti=session_id,
        name=account.name,
        kind="session",
        roles=list(reach.roles),
        departments=None if reach.departments is None else list(reach.departments),
        exp=int(expires_at.timestamp()),
    )
    return SignedIn(credential=signer.sign(claims), path=landing(used.destination, reach.roles))
