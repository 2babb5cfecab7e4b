"""The words of each e-mail, and the message made of them."""

from __future__ import annotations

import re
import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from libs.bus import Unsealer
from libs.contracts.events import Contact, Reason, SigninMessage
from libs.contracts.validation import is_email_address
from libs.web.formatting import moment
from libs.web.language import LANGUAGES, N_, Catalogues, direction, speak
from services.notify.store.messages import DueMessage

ROOT = Path(str(files("services.notify")))

LONGEST_NAME = 100

BAD_ADDRESS = N_("This is not an e-mail address.")

# A name that mail programs would turn into a link: whoever types an invented name must not be able to have
# us send their links to others.
_LINK = re.compile(r"\w\.[^\W\d_]{2}|://|@")


class BadAddress(Exception):  # noqa: N818 -- a fact about the recipient
    """The recipient's address cannot be one."""


class Letter(msgspec.Struct, kw_only=True, frozen=True):
    """An e-mail in words, as texts. `action` is what the one button says, and where it leads."""

    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    quote: str | None = None
    after_quote: str | None = None
    action: tuple[str, str] | None = None
    note: str


class Mail(msgspec.Struct, kw_only=True, frozen=True):
    """A message ready to be handed over: the envelope's two addresses, and what is inside."""

    sender: str
    recipient: str
    content: EmailMessage


def presentable(text: str | None) -> str | None:
    """Return a name as one line without invisible characters, None when it could pass for a link or is endless."""
    visible = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in text or "")
    line = " ".join(visible.split())
    return line if line and len(line) <= LONGEST_NAME and not _LINK.search(line) else None


class Letters:
    """Writes messages in the reader's language."""

    def __init__(self, unsealer: Unsealer, *, public_url: str, mail_from: str) -> None:
        self._unsealer = unsealer
        self._public_url = public_url
        self._sender = parseaddr(mail_from)
        self._catalogues = Catalogues([ROOT / "locale"])
        self._templates = Environment(
            loader=FileSystemLoader(ROOT / "templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def write(self, message: DueMessage) -> Mail:
        """Return the e-mail of a message.

        Raises:
            BadAddress: see there.
            CannotUnseal: what is sealed in it was not sealed for us.
        """
        if message.template == "signin":
            signin = self._unsealer.unseal(message.sealed, SigninMessage)
            language = self._speak(signin.language)
            return self._mail(message, signin.email, language, self._signin(signin))
        contact = self._unsealer.unseal(message.sealed, Contact)
        language = self._speak(contact.language)
        return self._mail(message, contact.email, language, self._about_contribution(message, contact))

    def _speak(self, language: str) -> str:
        language = language if language in LANGUAGES else LANGUAGES[0]
        speak(language)
        return language

    def _say(self, text: str, **parameters: Any) -> str:
        return self._catalogues.gettext(text) % parameters if parameters else self._catalogues.gettext(text)

    def _signin(self, signin: SigninMessage) -> Letter:
        return Letter(
            subject=self._say(N_("Your link to sign in to Relais")),
            greeting=self._say(N_("Hello,")),
            paragraphs=(
                self._say(
                    N_("Open this link to sign in. It works once, until %(time)s."), time=moment(signin.expires_at)
                ),
            ),
            action=(self._say(N_("Sign in")), signin.url),
            note=self._say(N_("You did not ask for it? Leave this message aside: without the link, nobody gets in.")),
        )

    def _about_contribution(self, message: DueMessage, contact: Contact) -> Letter:
        person = presentable(contact.name)
        greeting = self._say(N_("Hello %(person)s,"), person=person) if person else self._say(N_("Hello,"))
        place = presentable(message.place) or self._say(N_("a place"))
        note = self._say(
            N_(
                "You receive this message because this address was given with a suggestion on Relais. "
                "If that was not you, leave it aside."
            )
        )
        if message.template == "received":
            return self._received(message, greeting, place, note)
        if message.template == "published":
            return self._published(message, greeting, place, note)
        return self._rejected(message, greeting, place, note)

    def _received(self, message: DueMessage, greeting: str, place: str, note: str) -> Letter:
        return Letter(
            subject=self._say(N_("We have your suggestion: %(place)s"), place=place),
            greeting=greeting,
            paragraphs=(
                self._say(N_("Thank you for what you sent us about “%(place)s”."), place=place),
                self._say(
                    N_(
                        "Someone will read it with care, most often within a few days. We will write to you when "
                        "it is published, or to tell you why it is not."
                    )
                ),
            ),
            action=(self._say(N_("See where it stands")), f"{self._public_url}/contribuer/merci/{message.about}"),
            note=note,
        )

    def _published(self, message: DueMessage, greeting: str, place: str, note: str) -> Letter:
        return Letter(
            subject=self._say(N_("Published, thanks to you: %(place)s"), place=place),
            greeting=greeting,
            paragraphs=(
                self._say(N_("What you sent us about “%(place)s” is now published."), place=place),
                self._say(N_("People who look for help find it from now on, and so do our partners. Thank you.")),
            ),
            action=(self._say(N_("See the page")), f"{self._public_url}/structures/{message.slug}")
            if message.slug
            else None,
            note=note,
        )

    def _rejected(self, message: DueMessage, greeting: str, place: str, note: str) -> Letter:
        reason = self._unsealer.unseal(message.sealed_reason, Reason).text if message.sealed_reason else None
        decision = N_("We did not publish your suggestion. Here is why:") if reason else N_("We did not publish it.")
        return Letter(
            subject=self._say(N_("About your suggestion: %(place)s"), place=place),
            greeting=greeting,
            paragraphs=(
                self._say(N_("Thank you for taking the time to write to us about “%(place)s”."), place=place),
                self._say(decision),
            ),
            quote=reason,
            after_quote=self._say(N_("You can write to us again at any time: what you see on the spot matters.")),
            note=note,
        )

    def _mail(self, message: DueMessage, recipient: str, language: str, letter: Letter) -> Mail:
        if not is_email_address(recipient) or not recipient.isprintable():
            raise BadAddress(BAD_ADDRESS)
        name, address = self._sender
        content = EmailMessage(policy=SMTP)
        try:
            content["To"] = Address(addr_spec=recipient)
        except (ValueError, IndexError) as error:
            raise BadAddress(BAD_ADDRESS) from error
        content["From"] = Address(display_name=name, addr_spec=address)
        content["Subject"] = letter.subject
        content["Date"] = format_datetime(message.created_at)
        content["Message-ID"] = _message_identifier(message.id, address)
        content["Auto-Submitted"] = "auto-generated"
        context = {"letter": letter, "language": language, "direction": direction(), "public_url": self._public_url}
        plain = self._templates.get_template("letter.txt").render(context)
        html = self._templates.get_template("letter.html").render(context)
        content.set_content(plain, cte="quoted-printable")
        content.add_alternative(html, subtype="html", cte="quoted-printable")
        content["Content-Language"] = language
        return Mail(sender=address, recipient=recipient, content=content)


def _message_identifier(message_id: UUID, sender: str) -> str:
    """Return the Message-ID: one for all attempts, so that mailboxes may know a second copy for what it is."""
    return f"<{message_id}@{sender.rpartition('@')[2] or 'localhost'}>"
