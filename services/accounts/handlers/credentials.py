"""Sessions and API tokens: who holds one, making a token, ending them everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from litestar.exceptions import NotAuthorizedException

from libs.bus import NewEvent, record
from libs.contracts.events import CredentialRevoked
from libs.contracts.validation import N_, FieldError, InvalidContent, text_errors
from libs.database import Connection
from libs.identifiers import uuid7
from libs.web.idempotency import IdempotencyKey, claim, gone
from libs.web.problems import Problem
from libs.web.security import Claims, TokenSigner, Viewer
from services.accounts import store
from services.accounts.domain.roles import Grant, Reach, make_grant, may_pass_on, read_role
from services.accounts.store import Account, Ended, Token

LONGEST_LABEL = 100
LONGEST_LIFE = 3_650
"""Most days a token may live."""


class Identity(msgspec.Struct, kw_only=True, frozen=True):
    """Who is asking, as accounts knows them now. `account` is None for a token made on the command line."""

    viewer: Viewer
    account: Account | None

    @property
    def account_id(self) -> UUID | None:
        return self.account.id if self.account else None

    @property
    def reach(self) -> Reach:
        departments = self.viewer.departments
        return Reach(
            roles=tuple(sorted(self.viewer.roles)),
            departments=None if departments is None else tuple(sorted(departments)),
        )


async def identify(connection: Connection, viewer: Viewer | None) -> Identity:
    """Return who holds a credential, looked up here rather than taken from it.

    Raises:
        NotAuthorizedException: nobody is signed in, or the credential has been ended.
    """
    found = await store.find_live_credential(connection, viewer.credential_id) if viewer else None
    if viewer is None or found is None:
        raise NotAuthorizedException
    account = await store.find_account(connection, found[0]) if found[0] else None
    return Identity(viewer=viewer, account=account)


async def record_revocations(connection: Connection, ended: Iterable[Ended]) -> None:
    """Tell every service to refuse these credentials."""
    await record(
        connection,
        *(
            NewEvent(
                data=CredentialRevoked(credential_id=credential.id, expires_at=credential.expires_at),
                aggregate_id=credential.id,
            )
            for credential in ended
        ),
    )


async def revoke_everything(connection: Connection, account_id: UUID) -> None:
    """End all sessions and tokens of an account that the transaction holds locked."""
    ended = await store.end_sessions(connection, account_id)
    ended += await store.revoke_tokens_of(connection, account_id)
    await record_revocations(connection, ended)


async def end_session(connection: Connection, identity: Identity, session_id: UUID) -> None:
    """End one of the asker's own sessions.

    Raises:
        Problem: 404, they have no such session.
    """
    account_id = identity.account_id
    ended = await store.end_session(connection, account_id, session_id) if account_id else None
    if ended is None:
        raise Problem(404, "not-found", N_("You have no such session open. It may have ended already."))
    await record_revocations(connection, [ended])


async def leave(connection: Connection, viewer: Viewer) -> None:
    """End the session somebody comes with, if that is what they come with and it is still open."""
    if viewer.kind == "session":
        ended = await store.end_session(connection, viewer.id, viewer.credential_id)
        await record_revocations(connection, [ended] if ended else [])


async def end_other_sessions(connection: Connection, identity: Identity) -> None:
    """End all of the asker's sessions but the one they come with."""
    if identity.account_id:
        ended = await store.end_sessions(connection, identity.account_id, but=identity.viewer.credential_id)
        await record_revocations(connection, ended)


async def issue_token(
    connection: Connection,
    signer: TokenSigner,
    *,
    account: Account | None,
    label: str,
    grant: Grant,
    days: int,
    token_id: UUID | None = None,
) -> tuple[Token, str]:
    """Store a new token and return it with its text, which is not kept."""
    token_id = token_id or uuid7()
    expires_at = (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)
    token = await store.insert_token(
        connection,
        token_id,
        account_id=account.id if account else None,
        label=label,
        grant=grant,
        expires_at=expires_at,
    )
    return token, _text_of(token, account, signer)


def _text_of(token: Token, account: Account | None, signer: TokenSigner) -> str:
    """Return the text of a token: signing the same claims again gives the same."""
    claims = Claims(
        sub=account.id if account else token.id,
        jti=token.id,
        name=f"{account.name} ({token.label})" if account else token.label,
        kind="token",
        roles=[token.role],
        departments=None if token.departments is None else list(token.departments),
        exp=int(token.expires_at.timestamp()),
    )
    return signer.sign(claims)


def token_errors(label: str, days: int) -> Iterator[FieldError]:
    """Yield what is wrong with a token's label and its life in days."""
    if not label.strip():
        yield FieldError(field="label", message=N_("Say what the token is for."))
    yield from text_errors("label", label, longest=LONGEST_LABEL)
    if not 1 <= days <= LONGEST_LIFE:
        message = N_("A token lives from 1 to %(longest)s days.")
        yield FieldError(field="days", message=message, parameters={"longest": LONGEST_LIFE})


def _grant_for_token(own: Reach, role: str, departments: Sequence[str] | None) -> Grant:
    known = read_role(role)
    if departments is None and known != "administrator" and "administrator" not in own.roles:
        departments = own.departments
    grant = make_grant(known, departments)
    if may_pass_on(own, grant):
        return grant
    if known not in own.roles:
        raise InvalidContent([FieldError(field="role", message=N_("You do not have this role yourself."))])
    message = N_("You work in these departments only: %(departments)s.")
    parameters = {"departments": ", ".join(own.departments or ())}
    raise InvalidContent([FieldError(field="departments", message=message, parameters=parameters)])


async def create_token(
    connection: Connection,
    signer: TokenSigner,
    identity: Identity,
    *,
    label: str,
    role: str,
    departments: Sequence[str] | None,
    days: int,
    key: IdempotencyKey | None = None,
) -> tuple[Token, str]:
    """Make a token for the asker, who cannot give it more than they have; no departments: as many as theirs.

    The same key and request give the first token again.

    Raises:
        Problem: 403, a token asks for a further one and is not an administrator's; 410, the token that the key
            made was revoked; and as in `claim`.
        InvalidContent: a field is wrong, or goes beyond the asker's own role.
    """
    if identity.viewer.kind == "token" and not identity.viewer.is_administrator:
        raise Problem(403, "forbidden", N_("A token cannot make further tokens. Please sign in to make one."))
    token_id = uuid7()
    if first := await claim(connection, key, token_id):
        token = await store.find_token(connection, first)
        if token is None:
            raise gone()
        return token, _text_of(token, identity.account, signer)
    errors = list(token_errors(label, days))
    try:
        grant = _grant_for_token(identity.reach, role, departments)
    except InvalidContent as invalid:
        raise InvalidContent(errors + invalid.errors) from invalid
    if errors:
        raise InvalidContent(errors)
    if identity.account:
        # Whoever takes this account's rights away at this moment either waits for the token or comes first.
        await store.lock_account(connection, identity.account.id)
        identity = await identify(connection, identity.viewer)
    return await issue_token(
        connection,
        signer,
        account=identity.account,
        label=label.strip(),
        grant=grant,
        days=days,
        token_id=token_id,
    )


async def revoke_token(connection: Connection, identity: Identity, token_id: UUID) -> None:
    """Revoke one of the asker's tokens; an administrator also those made on the command line.

    Raises:
        Problem: 404, there is no such token for them.
    """
    unowned = identity.viewer.is_administrator
    ended = await store.revoke_token(connection, identity.account_id, token_id, unowned=unowned)
    if ended is None:
        raise Problem(404, "not-found", N_("You have no such token. It may have been revoked already."))
    await record_revocations(connection, [ended])
