"""What administrators see: all accounts, a new one, and one to change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from libs.contracts.validation import InvalidContent
from libs.database import Pool
from libs.territories import department_name
from libs.web.pages import Page, page
from libs.web.problems import SENTENCES, Problem
from libs.web.security import require
from services.accounts import store
from services.accounts.domain.roles import ROLES, reach_of
from services.accounts.handlers import accounts
from services.accounts.handlers.credentials import Identity
from services.accounts.store import Account
from services.accounts.web.cursors import PAGE, after_of, next_of
from services.accounts.web.forms import departments_of, errors_of, read_form

ONLY = [require("administrator")]


class AccountForm(msgspec.Struct, kw_only=True):
    email: str = ""
    name: str = ""
    role: list[str] = []
    reach: str = ""
    departments: str = ""


@get("/compte/comptes", guards=ONLY, include_in_schema=False)
async def show_accounts(
    *,
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    identity: NamedDependency[Identity],
    q: FromQuery[str | None] = None,
    apres: FromQuery[str | None] = None,
    fait: FromQuery[str | None] = None,
) -> Page:
    words = (q or "").replace("\0", "").strip()[:100]
    async with pool.connection() as connection:
        found = await store.list_accounts(connection, words=words or None, after=after_of(apres), limit=PAGE + 1)
    return page(
        request,
        "comptes.html",
        identity=identity,
        accounts=found[:PAGE],
        next_accounts=next_of(found),
        is_first=apres is None,
        words=words,
        done=fait,
        reach_of=reach_of,
        department_name=department_name,
    )


def _show_form(
    request: Request[Any, Any, Any],
    form: AccountForm,
    *,
    account: Account | None = None,
    own: bool = False,
    status: int = 200,
    errors: list[tuple[str, str]] | None = None,
) -> Page:
    return page(
        request,
        "fiche_compte.html",
        status=status,
        form=form,
        account=account,
        own=own,
        errors=errors or [],
        roles=ROLES,
    )


@get("/compte/comptes/nouveau", guards=ONLY, include_in_schema=False)
async def show_new_account(request: Request[Any, Any, Any], identity: NamedDependency[Identity]) -> Page:  # noqa: ARG001 -- asking for it refuses credentials that were ended
    return _show_form(request, AccountForm())


@post("/compte/comptes/nouveau", guards=ONLY, status_code=303, include_in_schema=False)
async def create_account(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], identity: NamedDependency[Identity]
) -> Response[Any]:
    form = await read_form(request, AccountForm)
    try:
        async with pool.connection() as connection, connection.transaction():
            await accounts.create_account(
                connection,
                identity,
                email=form.email,
                name=form.name,
                roles=form.role,
                departments=departments_of(form.reach, form.departments),
            )
    except InvalidContent as invalid:
        return _show_form(request, form, status=422, errors=errors_of(request, invalid))
    return Redirect("/compte/comptes?fait=cree", status_code=303)


async def _find(pool: Pool, account_id: UUID) -> Account:
    async with pool.connection() as connection:
        account = await store.find_account(connection, account_id)
    if account is None:
        raise Problem(404, "not-found", SENTENCES[404])
    return account


@get("/compte/comptes/{account_id:uuid}", guards=ONLY, include_in_schema=False)
async def show_account(
    request: Request[Any, Any, Any],
    account_id: FromPath[UUID],
    pool: NamedDependency[Pool],
    identity: NamedDependency[Identity],
) -> Page:
    account = await _find(pool, account_id)
    reach = reach_of(account.grants)
    form = AccountForm(
        email=account.email,
        name=account.name,
        role=list(reach.roles),
        reach="all" if reach.departments is None else "some",
        departments=", ".join(reach.departments or ()),
    )
    return _show_form(request, form, account=account, own=account.id == identity.account_id)


@post("/compte/comptes/{account_id:uuid}", guards=ONLY, status_code=303, include_in_schema=False)
async def change_account(
    request: Request[Any, Any, Any],
    account_id: FromPath[UUID],
    pool: NamedDependency[Pool],
    identity: NamedDependency[Identity],
) -> Response[Any]:
    form = await read_form(request, AccountForm)
    try:
        async with pool.connection() as connection, connection.transaction():
            await accounts.change_account(
                connection,
                identity,
                account_id,
                name=form.name,
                roles=form.role,
                departments=departments_of(form.reach, form.departments),
            )
    except InvalidContent as invalid:
        account = await _find(pool, account_id)
        form.email = account.email
        own, errors = account_id == identity.account_id, errors_of(request, invalid)
        return _show_form(request, form, account=account, own=own, status=422, errors=errors)
    return Redirect("/compte/comptes?fait=change", status_code=303)


@post("/compte/comptes/{account_id:uuid}/desactiver", guards=ONLY, status_code=303, include_in_schema=False)
async def disable_account(
    account_id: FromPath[UUID], pool: NamedDependency[Pool], identity: NamedDependency[Identity]
) -> Redirect:
    async with pool.connection() as connection, connection.transaction():
        await accounts.set_disabled(connection, identity, account_id, disabled=True)
    return Redirect("/compte/comptes?fait=desactive", status_code=303)


@post("/compte/comptes/{account_id:uuid}/reactiver", guards=ONLY, status_code=303, include_in_schema=False)
async def enable_account(
    account_id: FromPath[UUID], pool: NamedDependency[Pool], identity: NamedDependency[Identity]
) -> Redirect:
    async with pool.connection() as connection, connection.transaction():
        await accounts.set_disabled(connection, identity, account_id, disabled=False)
    return Redirect("/compte/comptes?fait=reactive", status_code=303)


HANDLERS: list[HTTPRouteHandler] = [
    show_accounts,
    show_new_account,
    create_account,
    show_account,
    change_account,
    disable_account,
    enable_account,
]
