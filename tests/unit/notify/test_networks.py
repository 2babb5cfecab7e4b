"""Which addresses are called, and how endpoint addresses are read."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.validation import InvalidContent
from libs.runtime import Networks
from services.notify.channels.endpoints import PLAIN, REFUSED, UNRESOLVED, Gate, Unreachable
from services.notify.domain.networks import clean_url, is_public


@pytest.mark.parametrize("text", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2001:4860:4860::8888", "100.128.0.1"])
def test_ordinary_addresses_of_the_internet_are_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",  # noqa: S104 -- an address to refuse
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::8.8.8.8",
        "::ffff:8.8.8.8",
        "::ffff:10.0.0.1",
        "::ffff:0:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:0a00:0001::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_all_others_are_not(text: str) -> None:
    assert not is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_no_wrapping_of_an_ipv4_address_is_public(address: object) -> None:
    for prefix in ("::ffff:", "64:ff9b::", "::"):
        assert not is_public(ip_address(f"{prefix}{address}"))


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("https://example.org", "https://example.org/"),
        (" https://Example.ORG/a?b=c#d ", "https://example.org/a?b=c"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/"),
        ("https://[2606:4700::1111]:8443/", "https://[2606:4700::1111]:8443/"),
        ("https://épicerie.example/é", "https://xn--picerie-9xa.example/%C3%A9"),
    ],
)
def test_an_address_is_brought_into_the_form_it_is_called_in(url: str, cleaned: str) -> None:
    assert clean_url(url) == cleaned
    assert clean_url(cleaned) == cleaned


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///x",
        "//example.org",
        "ftp://example.org",
        "file:///etc/passwd",
        "https://a b/",
        "https://u@example.org/",
        "https://:p@example.org/",
        "https://example.org:22/",
        "https://example.org:99999/",
        "https://example.org\\@10.0.0.1/",
        "https://[fe80::1%25eth0]/",
        "https://exa\tmple.org/",
        "https://[::1/",
    ],
)
def test_what_is_no_such_address_is_refused_naming_the_field(url: str) -> None:
    with pytest.raises(InvalidContent) as refusal:
        clean_url(url)
    assert [error.field for error in refusal.value.errors] == ["url"]


async def _check(url: str, *found: str, networks: str = "") -> str | None:
    async def resolve(_host: str, _port: int) -> list[object]:
        return [ip_address(text) for text in found]

    gate = Gate(Networks(networks), resolve=resolve)  # type: ignore[arg-type] -- a double
    try:
        await gate.check(url)
    except Unreachable as refusal:
        return refusal.sentence
    return None


async def test_a_public_name_is_called_by_https_only() -> None:
    assert await _check("https://partner.example/", "93.184.215.14", "2606:4700::1111") is None
    assert await _check("http://partner.example/", "93.184.215.14") == PLAIN


async def test_one_address_that_is_not_public_is_enough_to_refuse() -> None:
    assert await _check("https://partner.example/", "93.184.215.14", "10.0.0.1") == REFUSED
    assert await _check("https://partner.example/", "::ffff:93.184.215.14") == REFUSED


async def test_named_networks_may_be_called_also_by_http() -> None:
    networks = "10.0.0.0/8, fd00::/8"
    assert await _check("http://partner.example/", "10.0.0.1", "fd00::1", networks=networks) is None
    assert await _check("https://partner.example/", "10.0.0.1", "93.184.215.14", networks=networks) is None
    assert await _check("http://partner.example/", "10.0.0.1", "93.184.215.14", networks=networks) == PLAIN
    assert await _check("https://partner.example/", "10.0.0.1", "192.168.0.1", networks=networks) == REFUSED
    assert await _check("https://partner.example/", "::ffff:10.0.0.1", networks=networks) == REFUSED


async def test_a_name_without_address_is_refused() -> None:
    assert await _check("https://partner.example/") == UNRESOLVED
