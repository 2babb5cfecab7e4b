"""One's own account: who one is, one's sessions and tokens."""

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
from libs.runtime import Settings
from libs.territories import department_name
from libs.web.pages import PRIVATE, Page, page
from libs.web.security import TokenSigner
from services.accounts import store
from services.accounts.domain.roles import ROLES
from services.accounts.handlers import credentials
from services.accounts.handlers.credentials import Identity
from services.accounts.web.cookies import signed_out
from services.accounts.web.cursors import PAGE, after_of, next_of
from services.accounts.web.forms import departments_of, errors_of, read_form

LIVES = ("30", "90", "365")
"""Days a token may live, as the form offers them."""


class TokenForm(msgspec.Struct, kw_only=True):
    label: str = ""
    role: str = ""
    reach: str = ""
    departments: str = ""
    days: str = "90"


@get("/compte", include_in_schema=False)
async def show_account(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    identity: NamedDependency[Identity],
    fait: FromQuery[str | None] = None,
    apres: FromQuery[str | None] = None,
) -> Page:
    async with pool.connection() as connection:
        account_id, unowned = identity.account_id, identity.viewer.is_administrator
        sessions = await store.list_sessions(connection, account_id, after=None, limit=PAGE) if account_id else []
        tokens = await store.list_tokens(connection, account_id, unowned=unowned, after=after_of(apres), limit=PAGE + 1)
    return page(
        request,
        "compte.html",
        identity=identity,
        sessions=sessions,
        tokens=tokens[:PAGE],
        next_tokens=next_of(tokens),
        is_first=apres is None,
        done=fait,
        department_name=department_name,
    )


@post("/compte/sessions/{session_id:uuid}/terminer", status_code=303, include_in_schema=False)
async def end_session(
    session_id: FromPath[UUID],
    pool: NamedDependency[Pool],
    identity: NamedDependency[Identity],
    settings: NamedDependency[Settings],
) -> Redirect:
    async with pool.connection() as connection, connection.transaction():
        await credentials.end_session(connection, identity, session_id)
    if session_id == identity.viewer.credential_id:
        return Redirect("/connexion?fin=1", status_code=303, cookies=[signed_out(settings)])
    return Redirect("/compte?fait=session", status_code=303)


@post("/compte/sessions/terminer-les-autres", status_code=303, include_in_schema=False)
async def end_other_sessions(pool: NamedDependency[Pool], identity: NamedDependency[Identity]) -> Redirect:
    async with pool.connection() as connection, connection.transaction():
        await credentials.end_other_sessions(connection, identity)
    return Redirect("/compte?fait=sessions", status_code=303)


def _show_token_form(
    request: Request[Any, Any, Any],
    identity: Identity,
    form: TokenForm,
    *,
    status: int = 200,
    errors: list[tuple[str, str]] | None = None,
) -> Page:
    roles = ROLES if identity.viewer.is_administrator else identity.reach.roles
    return page(
        request,
        "jeton.html",
        status=status,
        form=form,
        errors=errors or [],
        roles=roles,
        own_departments=identity.reach.departments,
        lives=LIVES,
        department_name=department_name,
    )


@get("/compte/jetons/nouveau", include_in_schema=False)
async def show_token_form(request: Request[Any, Any, Any], identity: NamedDependency[Identity]) -> Page:
    own = identity.reach.roles
    return _show_token_form(request, identity, TokenForm(role=own[0] if own else "", reach="all"))


@post("/compte/jetons/nouveau", status_code=200, include_in_schema=False)
async def create_token(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    identity: NamedDependency[Identity],
    signer: NamedDependency[TokenSigner],
) -> Response[Any]:
    """Show the new token in the answer itself: it is kept nowhere that a redirection could lead to."""
    form = await read_form(request, TokenForm)
    try:
        async with pool.connection() as connection, connection.transaction():
            token, text = await credentials.create_token(
                connection,
                signer,
                identity,
                label=form.label,
                role=form.role,
                departments=departments_of(form.reach, form.departments),
                days=int(form.days) if form.days in LIVES else 0,
            )
    except InvalidContent as invalid:
        return _show_token_form(request, identity, form, status=422, errors=errors_of(request, invalid))
    headers = {"Cache-Control": PRIVATE}
    return page(request, "jeton_cree.html", headers=headers, token=token, text=text, department_name=department_name)


@post("/compte/jetons/{token_id:uuid}/revoquer", status_code=303, include_in_schema=False)
async def revoke_token(
    token_id: FromPath[UUID], pool: NamedDependency[Pool], identity: NamedDependency[Identity]
) -> Redirect:
    async with pool.connection() as connection, connection.transaction():
        await credentials.revoke_token(connection, identity, token_id)
    return Redirect("/compte?fait=jeton", status_code=303)


HANDLERS: list[HTTPRouteHandler] = [
    show_account,
    end_session,
    end_other_sessions,
    show_token_form,
    create_token,
    revoke_token,
]
