"""Sign-in by a link that arrives by e-mail: its secret, its life, where it leads."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from datetime import timedelta

from libs.contracts.validation import N_, FieldError, InvalidContent, is_email_address

LINK_LIFE = timedelta(minutes=20)
FIRST_LINK_LIFE = timedelta(hours=24)
"""How long a link made on the command line lives for an account nobody has signed in to yet."""

SESSION_LIFE = timedelta(hours=12)

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def new_secret() -> tuple[str, bytes]:
    """Return a new secret for a link (256 bits, fit for a URL), and what is stored of it."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


def digest(text: str) -> bytes:
    """Return the SHA-256 of `text`: what is kept of a secret, or of an address that is only counted."""
    return hashlib.sha256(text.encode(errors="replace")).digest()


def normal_address(text: str) -> str:
    """Return an e-mail address in the one form that is stored: without spaces around it, in lower case.

    Raises:
        InvalidContent: it cannot be an address.
    """
    address = text.strip().lower()
    if not address:
        raise InvalidContent([FieldError(field="email", message=N_("Please write your e-mail address."))])
    if not is_email_address(address) or not address.isprintable():
        message = N_("This e-mail address cannot be right: “%(address)s”. It looks like name@example.org.")
        raise InvalidContent([FieldError(field="email", message=message, parameters={"address": address[:80]})])
    return address


def local_path(text: str | None) -> str | None:
    """Return `text` if it is a path on this platform where somebody may be sent after sign-in, else None.

    Browsers read two slashes or backslashes, or a path with control characters in it, as another site.
    """
    if text is None or not text.startswith("/") or text.startswith("//") or len(text) > 2_000 or _UNSAFE.search(text):
        return None
    path = text.partition("?")[0].partition("#")[0]
    return None if f"{path}/".startswith("/connexion/") else text


def landing(destination: str | None, roles: Collection[str]) -> str:
    """Return the path where somebody with `roles` arrives after sign-in."""
    return local_path(destination) or ("/moderation" if "moderator" in roles else "/compte")
