"""A mail server under test: it keeps the messages it takes, and answers as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP

from libs.testing.waiting import eventually


@dataclass
class Mail:
    """One e-mail that the server took."""

    sender: str
    recipients: list[str]
    content: EmailMessage

    @property
    def plain(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.content.get_body((kind,))
        return "" if part is None else part.get_content().replace("\r\n", "\n")


class Sink:
    """A mail server on a loopback port.

    `answers` are what it says to the next messages (250 takes it), then it takes all; `recipient_answer` is
    what it says to recipients. Messages, except those to `let_through`, wait until `held` is set, if there is
    such.
    """

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.answers: list[str] = []
        self.recipient_answer = "250 OK"
        self.held: asyncio.Event | None = None
        self.let_through = ""
        self.port = 0
        self._server: asyncio.Server | None = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- likewise
        if self.held is not None and self.let_through not in envelope.rcpt_tos:
            await self.held.wait()
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            content = BytesParser(policy=policy.default).parsebytes(envelope.content)
            self.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), content))
        return answer

    async def start(self) -> None:
        """Listen, at the port of last time if there was one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="sink.test", loop=loop, enable_SMTPUTF8=True), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def got(self, count: int) -> list[Mail]:
        """Wait until as many messages have been taken, and return all."""

        async def enough() -> bool:
            return len(self.mails) >= count

        await eventually(enough)
        return self.mails
