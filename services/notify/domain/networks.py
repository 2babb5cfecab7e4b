"""Where requests may go when people give the address: the public Internet."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from libs.contracts.validation import N_, FieldError, InvalidContent

Address: TypeAlias = IPv4Address | IPv6Address

_LONGEST_URL = 2_000
_FIRST_UNPRIVILEGED_PORT = 1024
_WEB_PORTS = frozenset({80, 443})

# Addresses that carry an IPv4 address inside, which a gateway may unwrap and reach.
_WRAPPINGS = tuple(
    ip_network(text)
    for text in (
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
    )
)


def is_public(address: Address) -> bool:
    """Whether `address` is an ordinary address of the public Internet.

    Private, loopback, link-local, shared (CGNAT), multicast and reserved ones are not, nor those that wrap
    an IPv4 address (mapped, NAT64, 6to4, Teredo).
    """
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return not any(address in wrapping for wrapping in _WRAPPINGS)


def literal_address(host: str) -> Address | None:
    """Return the address that `host` spells, None when it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _refuse(message: str) -> InvalidContent:
    return InvalidContent([FieldError(field="url", message=message)])


def clean_url(url: str) -> str:
    """Return an endpoint's address in the form it is called: ASCII, with a path, without a fragment.

    Raises:
        InvalidContent: it is not an http or https address that may be called; names the field `url`.
    """
    text = url.strip()
    if not text:
        raise _refuse(N_("Please fill this in."))
    if len(text) > _LONGEST_URL or re.search(r"[\s\\<>\"'`{}|^\x00-\x1f\x7f]", text):
        raise _refuse(N_("This is not a web address. Example: https://example.org/relais"))
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname or ""
        spelled = literal_address(host)
        name = host if spelled else host.encode("idna").decode("ascii")
    except ValueError as error:
        raise _refuse(N_("This is not a web address. Example: https://example.org/relais")) from error
    if parts.scheme not in {"http", "https"} or not name or "%" in name:
        raise _refuse(N_("This is not a web address. Example: https://example.org/relais"))
    if parts.username is not None or parts.password is not None:
        raise _refuse(N_("Leave user names and passwords out of the address: each call is signed instead."))
    if port is not None and port not in _WEB_PORTS and port < _FIRST_UNPRIVILEGED_PORT:
        raise _refuse(N_("This port is not called. Use 443, 80, or one from 1024 up."))
    bracketed = f"[{name}]" if isinstance(spelled, IPv6Address) else name
    place = bracketed if port is None else f"{bracketed}:{port}"
    reserved = "/%:@!$&()*+,;=~-._?"
    return urlunsplit(
        (parts.scheme, place, quote(parts.path, safe=reserved) or "/", quote(parts.query, safe=reserved), "")
    )
