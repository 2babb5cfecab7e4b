"""Networks that a setting names."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network


class Networks:
    """Ranges of IP addresses, written as `10.0.0.0/8, fd00::/8`; `in` tells whether an address is in one of them.

    Raises:
        ValueError: at construction, when a part of the text is not a network.
    """

    def __init__(self, text: str = "") -> None:
        self._networks = tuple(_network(part.strip()) for part in text.split(",") if part.strip())

    def __contains__(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)

    def __repr__(self) -> str:
        return f"Networks({', '.join(map(str, self._networks))!r})"


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a network, such as 10.0.0.0/8") from error
