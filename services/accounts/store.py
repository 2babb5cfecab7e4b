"""The tables of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from libs.database import Connection, Queries, fetch_all, fetch_one
from libs.identifiers import uuid7
from services.accounts.domain.roles import Grant, Role

SQL = Queries("services.accounts")


class Account(msgspec.Struct, kw_only=True, frozen=True):
    """Somebody who may sign in, with their roles."""

    id: UUID
    email: str
    name: str
    created_at: datetime
    signed_in_at: datetime | None = None
    disabled_at: datetime | None = None
    grants: tuple[Grant, ...] = ()


class Session(msgspec.Struct, kw_only=True, frozen=True):
    id: UUID
    device: str
    created_at: datetime
    expires_at: datetime


class Token(msgspec.Struct, kw_only=True, frozen=True):
    """An API token without its text, which is not kept. Without `account_id` it was made on the command line."""

    id: UUID
    account_id: UUID | None
    label: str
    role: Role
    departments: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime


class Ended(msgspec.Struct, kw_only=True, frozen=True):
    """A credential that was just ended, and when it would have ended by itself."""

    id: UUID
    expires_at: datetime


class PendingSignin(msgspec.Struct, kw_only=True, frozen=True):
    account_id: UUID
    email: str
    destination: str | None


class UsedSignin(msgspec.Struct, kw_only=True, frozen=True):
    account_id: UUID
    destination: str | None


class Attempts(msgspec.Struct, kw_only=True, frozen=True):
    """Requests for a link: of one address in a quarter of an hour, of everybody in a minute."""

    of_address: int
    of_everybody: int


async def _value(connection: Connection, query: str, parameters: dict[str, Any]) -> Any:
    cursor = await connection.execute(SQL[query], parameters)
    row = await cursor.fetchone()
    return row[0] if row else None


# accounts ----------------------------------------------------------------------------------------------


async def find_account(connection: Connection, account_id: UUID) -> Account | None:
    return await fetch_one(connection, Account, SQL["account"], {"id": account_id})


async def find_account_id(connection: Connection, email: str) -> UUID | None:
    return await _value(connection, "account_id_by_email", {"email": email})


async def lock_account(connection: Connection, account_id: UUID) -> Account | None:
    """Hold an account until the transaction ends, and return it."""
    await connection.execute(SQL["lock_account"], {"id": account_id})
    return await find_account(connection, account_id)


async def list_accounts(connection: Connection, *, words: str | None, after: UUID | None, limit: int) -> list[Account]:
    """Return accounts, newest first, whose name or address holds `words`, after the one with id `after`."""
    parameters = {"words": words, "after": after, "limit": limit}
    return await fetch_all(connection, Account, SQL["accounts_newest_first"], parameters)


async def insert_account(connection: Connection, *, email: str, name: str) -> UUID | None:
    """Return the id of the new account, or None when the address has one already."""
    return await _value(connection, "insert_account", {"id": uuid7(), "email": email, "name": name})


async def rename_account(connection: Connection, account_id: UUID, name: str) -> None:
    await connection.execute(SQL["rename_account"], {"id": account_id, "name": name})


async def replace_grants(connection: Connection, account_id: UUID, grants: Sequence[Grant]) -> None:
    await connection.execute(SQL["delete_grants"], {"account_id": account_id})
    for grant in grants:
        departments = None if grant.departments is None else list(grant.departments)
        parameters = {"account_id": account_id, "role": grant.role, "departments": departments}
        await connection.execute(SQL["insert_grant"], parameters)


async def set_disabled(connection: Connection, account_id: UUID, *, disabled: bool) -> None:
    await connection.execute(SQL["set_disabled"], {"id": account_id, "disabled": disabled})


async def note_signin(connection: Connection, account_id: UUID) -> bool:
    """Hold the account and note that its owner signed in; return False when it is disabled."""
    return await _value(connection, "note_signin", {"id": account_id}) is not None


# sessions and tokens -----------------------------------------------------------------------------------


async def find_live_credential(connection: Connection, credential_id: UUID) -> tuple[UUID | None] | None:
    """Return the account id of a session or token that is still good, in a tuple; None when it is not."""
    cursor = await connection.execute(SQL["live_credential"], {"id": credential_id})
    row = await cursor.fetchone()
    return None if row is None else (row[0],)


async def insert_session(
    connection: Connection, session_id: UUID, *, account_id: UUID, device: str, expires_at: datetime
) -> None:
    parameters = {"id": session_id, "account_id": account_id, "device": device, "expires_at": expires_at}
    await connection.execute(SQL["insert_session"], parameters)


async def list_sessions(connection: Connection, account_id: UUID, *, after: UUID | None, limit: int) -> list[Session]:
    """Return the open sessions of an account, newest first, after the one with id `after`."""
    parameters = {"account_id": account_id, "after": after, "limit": limit}
    return await fetch_all(connection, Session, SQL["sessions"], parameters)


async def end_session(connection: Connection, account_id: UUID, session_id: UUID) -> Ended | None:
    """End one open session of the account; None when it has no such."""
    return await fetch_one(connection, Ended, SQL["end_session"], {"account_id": account_id, "id": session_id})


async def end_sessions(connection: Connection, account_id: UUID, *, but: UUID | None = None) -> list[Ended]:
    """End the account's open sessions, except the one with id `but`."""
    return await fetch_all(connection, Ended, SQL["end_sessions_but"], {"account_id": account_id, "kept": but})


async def insert_token(
    connection: Connection, token_id: UUID, *, account_id: UUID | None, label: str, grant: Grant, expires_at: datetime
) -> Token:
    parameters = {
        "id": token_id,
        "account_id": account_id,
        "label": label,
        "role": grant.role,
        "departments": None if grant.departments is None else list(grant.departments),
        "expires_at": expires_at,
    }
    return (await fetch_all(connection, Token, SQL["insert_token"], parameters))[0]


async def find_token(connection: Connection, token_id: UUID) -> Token | None:
    """Return a token that is still good."""
    return await fetch_one(connection, Token, SQL["token"], {"id": token_id})


async def list_tokens(
    connection: Connection, account_id: UUID | None, *, unowned: bool, after: UUID | None, limit: int
) -> list[Token]:
    """Return the good tokens of an account, newest first, and those of no account when `unowned`."""
    parameters = {"account_id": account_id, "unowned": unowned, "after": after, "limit": limit}
    return await fetch_all(connection, Token, SQL["tokens"], parameters)


async def revoke_token(
    connection: Connection, account_id: UUID | None, token_id: UUID, *, unowned: bool
) -> Ended | None:
    """Revoke a token that `list_tokens` would list; None when there is no such."""
    parameters = {"account_id": account_id, "id": token_id, "unowned": unowned}
    return await fetch_one(connection, Ended, SQL["revoke_token"], parameters)


async def revoke_tokens_of(connection: Connection, account_id: UUID) -> list[Ended]:
    return await fetch_all(connection, Ended, SQL["revoke_tokens_of"], {"account_id": account_id})


async def list_revoked(connection: Connection) -> list[Ended]:
    """Return the credentials that must be refused although their time is not over."""
    return await fetch_all(connection, Ended, SQL["revoked_credentials"])


# sign-in -----------------------------------------------------------------------------------------------


async def count_attempts(connection: Connection, address_hash: bytes) -> Attempts:
    """Return how many requests for a link there were lately; others wait until the transaction ends."""
    await connection.execute(SQL["lock_attempts"])
    return (await fetch_all(connection, Attempts, SQL["recent_attempts"], {"address_hash": address_hash}))[0]


async def insert_attempt(connection: Connection, address_hash: bytes) -> None:
    await connection.execute(SQL["insert_attempt"], {"id": uuid7(), "address_hash": address_hash})


async def find_account_to_sign_in(connection: Connection, email: str) -> UUID | None:
    """Return the id of the account with this address, None when there is none or it is disabled."""
    return await _value(connection, "account_to_sign_in", {"email": email})


async def insert_signin(
    connection: Connection,
    signin_id: UUID,
    *,
    account_id: UUID,
    secret_hash: bytes,
    destination: str | None,
    expires_at: datetime,
) -> None:
    parameters = {
        "id": signin_id,
        "account_id": account_id,
        "secret_hash": secret_hash,
        "destination": destination,
        "expires_at": expires_at,
    }
    await connection.execute(SQL["insert_signin"], parameters)


async def find_pending_signin(connection: Connection, secret_hash: bytes) -> PendingSignin | None:
    return await fetch_one(connection, PendingSignin, SQL["pending_signin"], {"secret_hash": secret_hash})


async def use_signin(connection: Connection, secret_hash: bytes) -> UsedSignin | None:
    """Use a link up; None when it was used, is too old or never was."""
    return await fetch_one(connection, UsedSignin, SQL["use_signin"], {"secret_hash": secret_hash})


async def clean(connection: Connection) -> None:
    """Delete links, counted requests, sessions and tokens whose time is over."""
    await connection.execute(SQL["clean"])
