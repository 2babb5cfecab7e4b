"""Telephone numbers, e-mail and web addresses of a row: several in a field, in many forms."""

from __future__ import annotations

import re

from libs.contracts.structure import Email, Phone, Website
from libs.contracts.validation import is_email_address, is_web_address
from libs.territories import e164
from services.directory.imports.drafts import Loss

_BETWEEN_PHONES = re.compile(r"\s*(?:[;,|\n]|\s/\s|/(?=\s*0)|\bou\b|\bet\b|\s-\s(?=\s*[0+]))\s*")
_NUMBER_THEN_WORDS = re.compile(r"(\+?[\d\s.\-()]{10,}?)\s*(\(?[^\W\d_].*)", re.DOTALL)
_BETWEEN_ADDRESSES = re.compile(r"[;,\s|]+|\s+-\s+")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[/?#].*)?", re.IGNORECASE)


def phones(text: str | None, department: str | None, losses: list[Loss]) -> tuple[Phone, ...]:
    """Return the telephone numbers of a field, words after a number being its label."""
    if not text or not (text := text.strip()):
        return ()
    whole = e164(text, department)
    if whole is not None:
        return (Phone(number=whole),)
    found: dict[str, Phone] = {}
    for part in _BETWEEN_PHONES.split(text):
        if not part:
            continue
        number, label = e164(part, department), None
        if number is None and (match := _NUMBER_THEN_WORDS.fullmatch(part)):
            number, label = e164(match[1], department), match[2].strip(" ()") or None
        if number is None:
            losses.append(Loss("phone not understood", part))
        else:
            found.setdefault(number, Phone(number=number, label=label))
    return tuple(found.values())


def emails(text: str | None, losses: list[Loss]) -> tuple[Email, ...]:
    """Return the e-mail addresses of a field."""
    found: dict[str, Email] = {}
    for part in _parts(text):
        address = part.removeprefix("mailto:").strip("<>.")
        if is_email_address(address):
            found.setdefault(address.casefold(), Email(address=address))
        else:
            losses.append(Loss("e-mail not understood", part))
    return tuple(found.values())


def websites(text: str | None, losses: list[Loss], *, label: str | None = None) -> tuple[Website, ...]:
    """Return the web addresses of a field; one without its https:// gets it."""
    found: dict[str, Website] = {}
    for part in _parts(text):
        url = _web_address(part)
        if url is None:
            losses.append(Loss("web address not understood", part))
            continue
        if url != part:
            losses.append(Loss("web address repaired", part))
        found.setdefault(url.rstrip("/").casefold(), Website(url=url, label=label))
    return tuple(found.values())


def split_emails(text: str | None, losses: list[Loss]) -> tuple[str | None, tuple[Email, ...]]:
    """Return what a field of another kind holds besides e-mail addresses, and those."""
    if not text or "@" not in text:
        return text, ()
    found = {part: Email(address=part) for part in _parts(text) if is_email_address(part)}
    if not found:
        return text, ()
    losses.append(Loss("e-mail in another field", text))
    for part in found:
        text = text.replace(part, " ")
    return text.strip(" -,;\n") or None, tuple(found.values())


def _parts(text: str | None) -> list[str]:
    return [part for part in _BETWEEN_ADDRESSES.split(text.strip()) if part not in {"", "-"}] if text else []


def _web_address(text: str) -> str | None:
    if is_web_address(text):
        return text
    bare = re.sub(r"^https?:?/*", "", text, flags=re.IGNORECASE)
    url = f"https://{bare}"
    return url if _DOMAIN.fullmatch(bare) and is_web_address(url) else None
