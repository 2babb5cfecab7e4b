"""Signing in: ask for a link, be told to look at one's mail, confirm, and signing out."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from libs.bus import Sealer
from libs.contracts.validation import InvalidContent
from libs.database import Pool
from libs.runtime import Settings
from libs.web.language import language_of
from libs.web.pages import PRIVATE, Page, page, translate
from libs.web.problems import Problem
from libs.web.security import TokenSigner, Viewer
from services.accounts import store
from services.accounts.domain.signin import digest, local_path
from services.accounts.handlers.credentials import Identity, identify, leave
from services.accounts.handlers.signin import request_link, sign_in
from services.accounts.web.cookies import signed_in, signed_out
from services.accounts.web.forms import errors_of, read_form

ANSWER_AFTER = 0.25
"""Seconds a request for a link takes at least: longer than its work, so that time does not tell who is known."""

_PRIVATE = {"Cache-Control": PRIVATE}


class SigninForm(msgspec.Struct, kw_only=True):
    email: str = ""
    suite: str = ""


def _show_form(
    request: Request[Any, Any, Any],
    form: SigninForm,
    *,
    template: str = "connexion.html",
    status: int = 200,
    errors: list[tuple[str, str]] | None = None,
    refusal: str | None = None,
    headers: dict[str, str] | None = None,
    signed_in_as: str | None = None,
    just_left: bool = False,
) -> Page:
    return page(
        request,
        template,
        status=status,
        headers=_PRIVATE | (headers or {}),
        form=form,
        errors=errors or [],
        refusal=refusal,
        signed_in_as=signed_in_as,
        just_left=just_left,
    )


async def _current(pool: Pool, viewer: Viewer | None) -> Identity | None:
    try:
        async with pool.connection() as connection:
            return await identify(connection, viewer)
    except NotAuthorizedException:
        return None


@get("/connexion", include_in_schema=False)
async def show_signin(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer | None],
    suite: FromQuery[str | None] = None,
    fin: FromQuery[str | None] = None,
) -> Page:
    current = await _current(pool, viewer)
    return _show_form(
        request,
        SigninForm(suite=local_path(suite) or ""),
        signed_in_as=current.viewer.name if current else None,
        just_left=fin is not None and current is None,
    )


@post("/connexion", status_code=303, include_in_schema=False)
async def ask_for_link(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    settings: NamedDependency[Settings],
    sealer: NamedDependency[Sealer],
) -> Response[Any]:
    """Answer the same whether or not the address has an account."""
    clock = asyncio.get_running_loop()
    started = clock.time()
    form = await read_form(request, SigninForm)
    form.suite = local_path(form.suite) or ""
    try:
        async with pool.connection() as connection, connection.transaction():
            await request_link(
                connection,
                email=form.email,
                destination=form.suite,
                language=language_of(request),
                public_url=settings.public_url,
                sealer=sealer,
            )
    except InvalidContent as invalid:
        return _show_form(request, form, status=422, errors=errors_of(request, invalid))
    except Problem as problem:
        refusal = translate(request, problem.message, problem.parameters)
        return _show_form(request, form, status=problem.status, refusal=refusal, headers=problem.headers)
    await asyncio.sleep(max(0, ANSWER_AFTER - (clock.time() - started)))
    query = f"?{urlencode({'suite': form.suite})}" if form.suite else ""
    return Redirect(f"/connexion/envoye{query}", status_code=303, headers=_PRIVATE)


@get("/connexion/envoye", include_in_schema=False)
async def show_sent(request: Request[Any, Any, Any], suite: FromQuery[str | None] = None) -> Page:
    return page(request, "envoye.html", headers=_PRIVATE, suite=local_path(suite) or "")


def _show_expired(request: Request[Any, Any, Any]) -> Page:
    return _show_form(request, SigninForm(), template="perime.html", status=410)


@get("/connexion/{secret:str}", include_in_schema=False)
async def show_confirmation(
    request: Request[Any, Any, Any], secret: FromPath[str], pool: NamedDependency[Pool]
) -> Page:
    """Ask for the click that signs in: programs that open the links of an e-mail do not use this one up."""
    async with pool.connection() as connection:
        pending = await store.find_pending_signin(connection, digest(secret))
    if pending is None:
        return _show_expired(request)
    return page(request, "confirmer.html", headers=_PRIVATE, email=pending.email)


@post("/connexion/{secret:str}", status_code=303, include_in_schema=False)
async def confirm(
    *,
    request: Request[Any, Any, Any],
    secret: FromPath[str],
    pool: NamedDependency[Pool],
    settings: NamedDependency[Settings],
    signer: NamedDependency[TokenSigner],
    viewer: NamedDependency[Viewer | None],
) -> Response[Any]:
    async with pool.connection() as connection, connection.transaction():
        done = await sign_in(
            connection,
            signer,
            secret=secret,
            user_agent=request.headers.get("user-agent", ""),
            previous=viewer,
        )
    if done is None:
        return _show_expired(request)
    return Redirect(done.path, status_code=303, cookies=[signed_in(settings, done.credential)], headers=_PRIVATE)


@post("/compte/deconnexion", status_code=303, include_in_schema=False)
async def sign_out(
    pool: NamedDependency[Pool],
    settings: NamedDependency[Settings],
    viewer: NamedDependency[Viewer | None],
) -> Redirect:
    """End the session, if it has not ended already, and take the cookie back in any case."""
    if viewer is not None:
        async with pool.connection() as connection, connection.transaction():
            await leave(connection, viewer)
    return Redirect("/connexion?fin=1", status_code=303, cookies=[signed_out(settings)], headers=_PRIVATE)


HANDLERS: list[HTTPRouteHandler] = [show_signin, ask_for_link, show_sent, show_confirmation, confirm, sign_out]
