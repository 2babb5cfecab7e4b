"""Mail through an SMTP server."""

from __future__ import annotations

import socket
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from libs.runtime import MissingSetting
from libs.runtime.tasks import endable
from libs.web.language import N_

TIMEOUT = 30.0
"""Seconds for each step of the conversation."""

NO_SERVER = N_("The mail server does not answer.")
NOT_NOW = N_("The mail server could not take the message now.")
REFUSED_ADDRESS = N_("The mail server refused the address.")
REFUSED_MESSAGE = N_("The mail server refused the message.")


class NotSent(Exception):  # noqa: N818 -- it says why, in a marked sentence
    """A message was not taken; `permanent` when another try would end the same.

    What the server said is left out: it often repeats the recipient's address.
    """

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent


class MailServer:
    """The server at `url`: `smtp://[user:password@]host[:port]`, upgraded to TLS where offered, or `smtps://…`."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise MissingSetting("RELAIS_SMTP_URL is not an address such as smtp://user:password@mail.example.org:587")
        self._host = parts.hostname
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 25)
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._timeout = timeout

    async def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand `message` over for `recipient`.

        Raises:
            NotSent: see there.
        """
        sending = aiosmtplib.send(
            message,
            sender=sender,
            recipients=[recipient],
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._tls,
            local_hostname=socket.gethostname(),
            timeout=self._timeout,
        )
        try:
            await endable(sending)  # else who stops us waits for a server that may be silent
        except aiosmtplib.SMTPRecipientsRefused as error:
            permanent = all(refusal.code >= 500 for refusal in error.recipients)
            raise NotSent(REFUSED_ADDRESS if permanent else NOT_NOW, permanent=permanent) from error
        except aiosmtplib.SMTPDataError as error:
            permanent = error.code >= 500
            raise NotSent(REFUSED_MESSAGE if permanent else NOT_NOW, permanent=permanent) from error
        except aiosmtplib.SMTPResponseException as error:
            raise NotSent(NOT_NOW) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotSent(NO_SERVER) from error
