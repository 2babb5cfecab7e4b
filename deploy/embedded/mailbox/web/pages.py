"""The messages as JSON, and as a list and a page each."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter
from markupsafe import Markup, escape

from deploy.embedded.mailbox.store import Message, find, newest
from libs.database import Pool
from libs.web import Page, Problem, page
from libs.web.problems import SENTENCES

_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
_PER_PAGE = 50


class MessageView(msgspec.Struct, kw_only=True):
    """An e-mail; `to` holds addresses with commas between them, `text` and `html` its two forms."""

    id: UUID
    to: str
    sender: str = msgspec.field(name="from")
    subject: str
    sent_at: datetime
    text: str
    html: str | None

    @classmethod
    def of(cls, message: Message) -> MessageView:
        return cls(
            id=message.id,
            to=message.recipients,
            sender=message.sender,
            subject=message.subject,
            sent_at=message.sent_at,
            text=message.plain,
            html=message.html,
        )


class MessageList(msgspec.Struct, kw_only=True):
    """Messages, newest first; `next` is the cursor of the older ones."""

    items: list[MessageView]
    next: UUID | None


async def _newest(pool: Pool, after: UUID | None, per_page: int) -> tuple[list[Message], UUID | None]:
    async with pool.connection() as connection:
        messages = await newest(connection, before=after, limit=per_page + 1)
    return messages[:per_page], messages[per_page - 1].id if len(messages) > per_page else None


def paragraphs(text: str) -> list[list[Markup]]:
    """Return the lines of each paragraph of `text`, as markup in which web addresses are links."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return [[_with_links(line) for line in block.splitlines()] for block in blocks]


def _with_links(line: str) -> Markup:
    parts: list[Markup] = []
    position = 0
    for found in _LINK.finditer(line):
        parts += [escape(line[position : found.start()]), Markup('<a href="{0}">{0}</a>').format(found.group())]
        position = found.end()
    return Markup("").join([*parts, escape(line[position:])])


@get("/api/v1/mailbox", tags=["mailbox"])
async def list_messages(
    pool: NamedDependency[Pool],
    after: FromQuery[UUID | None] = None,
    per_page: Annotated[int, QueryParameter(ge=1, le=200)] = _PER_PAGE,
) -> MessageList:
    """The e-mail that this machine's Relais has sent, newest first; `after` is a `next` of an earlier answer."""
    messages, following = await _newest(pool, after, per_page)
    return MessageList(items=[MessageView.of(message) for message in messages], next=following)


@get("/boite", include_in_schema=False)
async def show_messages(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], after: FromQuery[UUID | None] = None
) -> Page:
    messages, following = await _newest(pool, after, _PER_PAGE)
    return page(request, "mailbox/list.html", messages=messages, next=following, headers={"Cache-Control": "no-store"})


@get("/boite/{identifier:uuid}", include_in_schema=False)
async def show_message(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], identifier: FromPath[UUID]
) -> Page:
    async with pool.connection() as connection:
        message = await find(connection, identifier)
    if message is None:
        raise Problem(404, "not-found", SENTENCES[404])
    return page(
        request,
        "mailbox/message.html",
        message=message,
        paragraphs=paragraphs(message.plain),
        headers={"Cache-Control": "no-store"},
    )


HANDLERS: list[HTTPRouteHandler] = [list_messages, show_messages, show_message]
