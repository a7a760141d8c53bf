"""Tests of moderation/webhook_addresses: where an address leads, and which ones are refused."""

import ipaddress
import socket
from typing import Any

import pytest

from moderation.webhook_addresses import BadAddress, is_public, locate


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """A name server of our own: {name: addresses}; the real one leaves the building."""
    known: dict[str, list[str]] = {}

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror("Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::808:808"])
def test_an_address_anybody_can_ask_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"]
    + ["255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1"]
    + ["64:ff9b::7f00:1", "2002:7f00:1::", "2001::1"],
)
def test_an_address_that_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


def test_a_public_https_address_is_taken_with_all_it_says(names: dict[str, list[str]]) -> None:
    names["hook.test"] = ["93.184.216.34", "93.184.216.35"]
    target = locate("https://hook.test:8443/ä b?q=1 2", allow_private=False)
    assert (target.host, target.port, target.path) == ("hook.test", 8443, "/%C3%A4%20b?q=1%202")
    assert target.addresses == ("93.184.216.34", "93.184.216.35")


def test_one_private_address_among_public_ones_refuses_the_name(names: dict[str, list[str]]) -> None:
    names["hook.test"] = ["93.184.216.34", "10.0.0.7"]
    with pytest.raises(BadAddress, match="not public"):
        locate("https://hook.test/", allow_private=False)
    assert locate("https://hook.test/", allow_private=True).addresses == ("93.184.216.34", "10.0.0.7")


def test_plain_http_is_refused_outside_a_private_network(names: dict[str, list[str]]) -> None:
    names["hook.test"] = ["93.184.216.34"]
    with pytest.raises(BadAddress, match="https"):
        locate("http://hook.test/", allow_private=False)


@pytest.mark.parametrize(
    "url",
    ["", "hook", "ftp://hook.test/", "file:///etc/passwd", "https://", "https://[::1", "https://hook.test:99999/"]
    + ["https://hook.test:x/", "https://a:b@hook.test/", "https://unknown.test/", f"https://{'a' * 70}.test/", "//"],
)
def test_an_odd_address_is_refused_with_a_sentence(names: dict[str, list[str]], url: str) -> None:
    names["hook.test"] = ["93.184.216.34"]
    with pytest.raises(BadAddress):
        locate(url, allow_private=True)


def test_a_label_too_long_for_the_resolver_is_refused() -> None:
    with pytest.raises(BadAddress, match="cannot be found"):
        locate(f"https://{'a' * 70}.test/", allow_private=True)


def test_a_number_that_spells_localhost_is_refused() -> None:
    with pytest.raises(BadAddress):
        locate("https://2130706433/", allow_private=False)
