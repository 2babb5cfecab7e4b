"""The pages where partners look after their webhooks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from libs.contracts.validation import FieldError, InvalidContent
from libs.database import Pool
from libs.territories import department_name
from libs.web import Problem, Viewer, require
from libs.web.cursors import decode_cursor, encode_cursor
from libs.web.pages import PRIVATE, Page, page, translate
from services.notify.channels.endpoints import Gate
from services.notify.domain.webhooks import OFFERED, delivery_id, message_id
from services.notify.handlers import webhooks as commands
from services.notify.store import deliveries, webhooks
from services.notify.web.api import Position

HOME = "/partenaires/webhooks"
PAGE = 50


class WebhookForm(msgspec.Struct, kw_only=True):
    """What was typed. `reach` is `all` or `some`; `departments` are codes with commas between them."""

    url: str = ""
    events: list[str] = msgspec.field(default_factory=lambda: list(OFFERED))
    reach: str = "all"
    departments: str = ""

    @property
    def codes(self) -> list[str] | None:
        if self.reach != "some":
            return None
        return self.departments.upper().replace(",", " ").replace(";", " ").split()


async def _read_form(request: Request[Any, Any, Any]) -> WebhookForm:
    sent = await request.form()
    return WebhookForm(
        url=str(sent.get("url", "")),
        events=[str(event) for event in sent.getall("events", [])],
        reach=str(sent.get("reach", "all")),
        departments=str(sent.get("departments", "")),
    )


def _after(cursor: str | None) -> UUID | None:
    return decode_cursor(cursor, Position).id if cursor else None


@get("/")
async def show_webhooks(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    fait: FromQuery[str | None] = None,
    apres: FromQuery[str | None] = None,
) -> Page:
    async with pool.connection() as connection:
        owner = commands.owner_scope(viewer)
        found = await webhooks.list_webhooks(connection, owner=owner, after=_after(apres), most=PAGE + 1)
    return page(
        request,
        "webhooks.html",
        webhooks=found[:PAGE],
        next=encode_cursor(Position(found[PAGE - 1].id)) if len(found) > PAGE else None,
        is_first=apres is None,
        done=fait,
        department_name=department_name,
    )


def _show_form(
    request: Request[Any, Any, Any],
    viewer: Viewer,
    form: WebhookForm,
    *,
    status: int = 200,
    errors: list[FieldError] | None = None,
) -> Page:
    # An error of one of several codes or events is shown beside the whole field.
    said = [(error.field.split(".")[0], translate(request, error.message, error.parameters)) for error in errors or []]
    return page(
        request,
        "webhook_form.html",
        status=status,
        form=form,
        errors=said,
        own_departments=viewer.scope,
        department_name=department_name,
    )


@get("/nouveau")
async def show_form(request: Request[Any, Any, Any], viewer: NamedDependency[Viewer]) -> Page:
    return _show_form(request, viewer, WebhookForm())


@post("/nouveau", status_code=200)
async def create_webhook(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    gate: NamedDependency[Gate],
    viewer: NamedDependency[Viewer],
) -> Response[Any]:
    """Show the secret in the answer itself: no address leads to it later."""
    form = await _read_form(request)
    try:
        webhook_id, secret = await commands.create_webhook(
            pool, gate, viewer, url=form.url, events=form.events, departments=form.codes
        )
    except InvalidContent as invalid:
        return _show_form(request, viewer, form, status=422, errors=invalid.errors)
    except Problem as problem:
        error = FieldError(field="departments", message=problem.message, parameters=problem.parameters)
        return _show_form(request, viewer, form, status=problem.status, errors=[error])
    return page(
        request, "webhook_created.html", headers={"Cache-Control": PRIVATE}, webhook_id=webhook_id, secret=secret
    )


@get("/{webhook_id:uuid}")
async def show_webhook(
    request: Request[Any, Any, Any],
    *,
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    webhook_id: FromPath[UUID],
    fait: FromQuery[str | None] = None,
    apres: FromQuery[str | None] = None,
) -> Page:
    async with pool.connection() as connection:
        webhook = await commands.find_webhook(connection, viewer, webhook_id)
        found = await deliveries.list_deliveries(connection, webhook_id, after=_after(apres), most=PAGE + 1)
    return page(
        request,
        "webhook.html",
        webhook=webhook,
        host=urlsplit(webhook.url).hostname,
        deliveries=found[:PAGE],
        next=encode_cursor(Position(found[PAGE - 1].id)) if len(found) > PAGE else None,
        is_first=apres is None,
        done=fait,
        department_name=department_name,
        message_id=message_id,
        said_of={
            attempt.error: translate(request, attempt.error)
            for delivery in found
            for attempt in delivery.attempts
            if attempt.error
        },
    )


@post("/{webhook_id:uuid}/essai", status_code=303)
async def send_test(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], webhook_id: FromPath[UUID]
) -> Redirect:
    await commands.send_test(pool, viewer, webhook_id)
    return Redirect(f"{HOME}/{webhook_id}?fait=essai", status_code=303)


@post("/{webhook_id:uuid}/livraisons/{delivery:str}/renvoyer", status_code=303)
async def replay(
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    webhook_id: FromPath[UUID],
    delivery: FromPath[str],
) -> Redirect:
    await commands.replay(pool, viewer, delivery_id(delivery), webhook_id=webhook_id)
    return Redirect(f"{HOME}/{webhook_id}?fait=renvoi", status_code=303)


@post("/{webhook_id:uuid}/reactiver", status_code=303)
async def enable(pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], webhook_id: FromPath[UUID]) -> Redirect:
    await commands.enable_webhook(pool, viewer, webhook_id)
    return Redirect(f"{HOME}/{webhook_id}?fait=reactivation", status_code=303)


@get("/{webhook_id:uuid}/supprimer")
async def confirm_deletion(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    webhook_id: FromPath[UUID],
) -> Page:
    async with pool.connection() as connection:
        webhook = await commands.find_webhook(connection, viewer, webhook_id)
    return page(request, "webhook_delete.html", webhook=webhook)


@post("/{webhook_id:uuid}/supprimer", status_code=303)
async def delete(pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], webhook_id: FromPath[UUID]) -> Redirect:
    await commands.delete_webhook(pool, viewer, webhook_id)
    return Redirect(f"{HOME}?fait=suppression", status_code=303)


@get("/partenaires", include_in_schema=False)
async def partners() -> Redirect:
    return Redirect(HOME, status_code=303)


ROUTER = Router(
    path=HOME,
    guards=[require("partner")],
    include_in_schema=False,
    route_handlers=[
        show_webhooks,
        show_form,
        create_webhook,
        show_webhook,
        send_test,
        replay,
        enable,
        confirm_deletion,
        delete,
    ],
)
