"""Where a request comes from, when proxies of our own handed it on."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from litestar.connection import ASGIConnection

from libs.runtime import Networks

_OF_ONE_CUSTOMER = 64
"""Bits of an IPv6 address that one customer of a network shares with nobody else."""

_NETWORK = "relais.network"


def client_of(peer: str, forwarded: str, trusted: Networks) -> str:
    """Return the address of the client of a request that came from `peer` with `forwarded` as X-Forwarded-For.

    Each proxy adds at the end whom it heard from. Read from there, the first that is no trusted proxy is the
    client; what stands before was said by the client itself, and counts for nothing.
    """
    said = forwarded.split(",")
    while said and (address := _address(peer)) is not None and address in trusted:
        before = said.pop().strip()
        if _address(before) is None:
            break
        peer = before
    return peer


def network_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the network to count a request for: the client's IPv4 address, or the /64 of its IPv6 address."""
    known: str | None = connection.scope.get(_NETWORK)  # type: ignore[assignment] -- a key of ours
    if known is None:
        known = connection.scope[_NETWORK] = _network_of(connection)  # type: ignore[typeddict-unknown-key] -- likewise
    return known


def _network_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    peer = connection.client.host if connection.client else ""
    forwarded = ",".join(connection.headers.getall("x-forwarded-for", []))
    client = client_of(peer, forwarded, connection.app.state.settings.trusted_proxies)
    address = _address(client)
    return str(IPv6Network((address, _OF_ONE_CUSTOMER), strict=False)) if isinstance(address, IPv6Address) else client


@lru_cache(maxsize=4_096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
