"""What accounts adds to the command line: `relais token` and `relais signin-link`."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, TypeAlias

import psycopg
from cyclopts import App, Parameter

from libs.contracts.validation import FieldError, InvalidContent
from libs.database import Connection
from libs.runtime import Settings, read_settings
from libs.web.security import TokenSigner
from services.accounts.domain.roles import Grant, make_grant, read_role
from services.accounts.domain.signin import normal_address
from services.accounts.handlers.credentials import issue_token, token_errors
from services.accounts.handlers.signin import make_link_for

YEAR = 365

token_command = App(name="token")
signin_link_command = App(name="signin-link")
COMMANDS = (token_command, signin_link_command)

Departments: TypeAlias = Annotated[list[str] | None, Parameter(negative=())]
AllDepartments: TypeAlias = Annotated[bool, Parameter(negative=())]


@asynccontextmanager
async def _transaction() -> AsyncGenerator[tuple[Settings, Connection]]:
    """Open a transaction on accounts' database; whatever is wrong becomes a sentence and an exit code."""
    try:
        settings = read_settings("accounts")
        async with await psycopg.AsyncConnection.connect(settings.database_url, connect_timeout=5) as connection:
            yield settings, connection
    except InvalidContent as invalid:
        sys.stderr.writelines(f"{error.message % error.parameters}\n" for error in invalid.errors)
        raise SystemExit(2) from invalid
    except psycopg.OperationalError as error:
        sys.stderr.write(f"The database of accounts does not answer; is Relais running? ({error})\n")
        raise SystemExit(1) from error


def _grant(role: str, departments: Sequence[str] | None, *, all_departments: bool) -> Grant:
    """Return the grant asked for: whoever makes a moderator says where, for nobody should get all of France unsaid."""
    grant = make_grant(read_role(role), departments or None)
    if all_departments and grant.departments:
        raise _wrong("Give either --department or --all-departments.")
    if grant.role == "moderator" and not grant.departments and not all_departments:
        raise _wrong("Say where the moderator works: --department CODE (may be repeated), or --all-departments.")
    return grant


def _wrong(sentence: str) -> InvalidContent:
    return InvalidContent([FieldError(field="departments", message=sentence)])


@token_command.default
async def token(
    *,
    role: str,
    department: Departments = None,
    all_departments: AllDepartments = False,
    label: str | None = None,
    days: int = YEAR,
) -> None:
    """Print a new API token, and nothing else. It is shown this once; administrators can revoke it.

    Args:
        role: administrator, moderator or partner.
        department: code of a department the token is limited to, such as 75 or 2A; may be repeated.
        all_departments: do not limit it. Moderators need this or --department; for the other roles it goes unsaid.
        label: what the token is for, as lists of tokens show it, and moderation pages whoever decides with it.
        days: how long it lives.
    """
    async with _transaction() as (settings, connection):
        grant = _grant(role, department, all_departments=all_departments)
        label = (
            label if label is not None else f"command line: {' '.join([grant.role, *(grant.departments or ())])}"[:100]
        )
        if errors := list(token_errors(label, days)):
            raise InvalidContent(errors)
        signer = TokenSigner(settings.signing_private_key or "", settings.signing_public_key)
        _, text = await issue_token(connection, signer, account=None, label=label, grant=grant, days=days)
    sys.stdout.write(f"{text}\n")


@signin_link_command.default
async def signin_link(
    *,
    role: str,
    email: str | None = None,
    department: Departments = None,
    all_departments: AllDepartments = False,
) -> None:
    """Print a link that signs in once. The account is created, or given the role, if need be.

    The first link of an account is good for 24 hours; once somebody has signed in, later ones for 20 minutes.

    Args:
        role: administrator, moderator or partner.
        email: the account's address. Without it the account is the role's own on this machine, such as
            administrator@relais.localhost.
        department: code of a department the role is limited to, such as 75 or 2A; may be repeated.
        all_departments: do not limit it. Moderators need this or --department; for the other roles it goes unsaid.
    """
    async with _transaction() as (settings, connection):
        grant = _grant(role, department, all_departments=all_departments)
        address = normal_address(email) if email is not None else _local_address(grant)
        link = await make_link_for(connection, email=address, grant=grant, public_url=settings.public_url)
    sys.stdout.write(f"{link}\n")


def _local_address(grant: Grant) -> str:
    return "-".join([grant.role, *(code.lower() for code in grant.departments or ())]) + "@relais.localhost"
