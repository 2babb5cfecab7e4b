"""What administrators do with accounts: create, change, disable, enable."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog

from libs.contracts.validation import N_, FieldError, InvalidContent, text_errors
from libs.database import Connection
from libs.web.problems import Problem
from services.accounts import store
from services.accounts.domain.roles import Grant, Role, make_grant, read_role
from services.accounts.domain.signin import normal_address
from services.accounts.handlers.credentials import Identity, revoke_everything
from services.accounts.store import Account

log = structlog.get_logger()

LONGEST_NAME = 100


def _read_grants(roles: Sequence[str], departments: Sequence[str] | None) -> list[Grant]:
    if not roles:
        raise InvalidContent([FieldError(field="role", message=N_("Choose at least one role."))])
    known: list[Role] = [read_role(role) for role in dict.fromkeys(roles)]
    return [make_grant(role, None if role == "administrator" else departments) for role in known]


def _read(
    name: str, roles: Sequence[str], departments: Sequence[str] | None, email: str | None = None
) -> tuple[str, list[Grant], str]:
    """Return name, grants and address as they are stored, or raise InvalidContent with all that is wrong."""
    errors: list[FieldError] = []
    address, grants = "", list[Grant]()
    if email is not None:
        try:
            address = normal_address(email)
        except InvalidContent as invalid:
            errors += invalid.errors
    if not name.strip():
        errors.append(FieldError(field="name", message=N_("Write the name of the person or the organisation.")))
    errors += text_errors("name", name, longest=LONGEST_NAME)
    try:
        grants = _read_grants(roles, departments)
    except InvalidContent as invalid:
        errors += invalid.errors
    if errors:
        raise InvalidContent(errors)
    return name.strip(), grants, address


async def create_account(
    connection: Connection,
    actor: Identity,
    *,
    email: str,
    name: str,
    roles: Sequence[str],
    departments: Sequence[str] | None,
) -> UUID:
    """Create an account whose owner can then sign in; the departments limit every role but administrator's.

    Raises:
        InvalidContent: a field is wrong, or the address has an account.
    """
    name, grants, address = _read(name, roles, departments, email)
    account_id = await store.insert_account(connection, email=address, name=name)
    if account_id is None:
        message = N_("There is already an account with this address.")
        raise InvalidContent([FieldError(field="email", message=message)])
    await store.replace_grants(connection, account_id, grants)
    log.info("account_created", account=str(account_id), by=str(actor.viewer.id))
    return account_id


async def _hold(connection: Connection, account_id: UUID) -> Account:
    account = await store.lock_account(connection, account_id)
    if account is None:
        raise Problem(404, "not-found", N_("There is no such account."))
    return account


async def change_account(
    connection: Connection,
    actor: Identity,
    account_id: UUID,
    *,
    name: str,
    roles: Sequence[str],
    departments: Sequence[str] | None,
) -> None:
    """Change the name and roles of an account. If its roles change, its sessions and tokens end.

    Raises:
        InvalidContent: a field is wrong, or administrators would change their own roles.
        Problem: 404, there is no such account.
    """
    name, grants, _ = _read(name, roles, departments)
    account = await _hold(connection, account_id)
    if name != account.name:
        await store.rename_account(connection, account_id, name)
    if set(grants) == set(account.grants):
        return
    if account_id == actor.account_id:
        message = N_("You cannot change your own roles. Another administrator can.")
        raise InvalidContent([FieldError(field="role", message=message)])
    await store.replace_grants(connection, account_id, grants)
    await revoke_everything(connection, account_id)
    log.info("account_roles_changed", account=str(account_id), by=str(actor.viewer.id))


async def set_disabled(connection: Connection, actor: Identity, account_id: UUID, *, disabled: bool) -> None:
    """Disable an account, which ends its sessions and tokens, or enable it again.

    Raises:
        Problem: 404, there is no such account; 409, it is the administrator's own.
    """
    await _hold(connection, account_id)
    if account_id == actor.account_id:
        raise Problem(409, "own-account", N_("You cannot disable your own account. Another administrator can."))
    await store.set_disabled(connection, account_id, disabled=disabled)
    if disabled:
        await revoke_everything(connection, account_id)
    log.info("account_disabled" if disabled else "account_enabled", account=str(account_id), by=str(actor.viewer.id))
