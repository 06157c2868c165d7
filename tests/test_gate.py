"""The address gate: whatever a page, a name server or a redirect says, nothing connects to what is not public."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gate import Blocked, Gate, is_loopback, may_connect

PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "1.1.1.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.1.1",
    "2606:2800:220:1::1",
    "2a00:1450::1",
]
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8",
    "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "168.63.129.16", "192.0.0.1",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.51.100.1",
    "203.0.113.9",     "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
    "2001::1", "2001:10::1", "3fff::1",
]  # fmt: skip
WRAPPINGS = ["::ffff:{}", "::{}", "::ffff:0:{}", "64:ff9b::{}"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_connected_to(address: str) -> None:
    assert may_connect(address)


@pytest.mark.parametrize(
    "address", [*NOT_PUBLIC, "", "localhost", "1.2.3", "2130706433", "0x7f000001", "1.2.3.4.5", "::g"]
)
def test_others_may_not(address: str) -> None:
    assert not may_connect(address)


@pytest.mark.parametrize("address", [each for each in NOT_PUBLIC if ":" not in each])
def test_nor_in_any_wrapping(address: str) -> None:
    number = int(ipaddress.IPv4Address(address))
    wrapped = [each.format(address) for each in WRAPPINGS]
    wrapped.append(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1)))
    wrapped.append(str(ipaddress.IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))))
    assert [each for each in wrapped if may_connect(each)] == []


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "169.254.169.254", "192.168.1.1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0", "::"]
)
def test_loopback_asked_for_opens_nothing_else(address: str) -> None:
    assert not may_connect(address, allow_loopback=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_is_open_only_when_asked_for(address: str) -> None:
    assert may_connect(address, allow_loopback=True)
    assert not may_connect(address)


@pytest.mark.parametrize(
    ("host", "own"),
    [("localhost", True), ("127.0.0.1:8900", True), ("[::1]", True), ("example.org", False), ("8.8.8.8", False)],
)
def test_this_machine_is_known_by_its_name_and_numbers(host: str, own: bool) -> None:
    assert is_loopback(f"http://{host}/") is own


@given(st.ip_addresses(v=4) | st.ip_addresses(network="2000::/3"))
def test_what_may_be_connected_to_is_global(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if may_connect(str(ip)):
        assert ip.is_global
        assert not (ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved)


@given(st.ip_addresses(v=6).filter(lambda ip: ip not in ipaddress.ip_network("2000::/3")))
def test_beyond_global_unicast_only_translated_public_ipv4_is_open(ip: ipaddress.IPv6Address) -> None:
    translated = ip in ipaddress.ip_network("64:ff9b::/96")
    assert may_connect(str(ip)) is (translated and may_connect(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))))


def test_translated_public_ipv4_is_open() -> None:
    assert may_connect("64:ff9b::8.8.8.8")


def test_hosts_come_first_then_addresses_written_out() -> None:
    gate = Gate(["example.org", "10.0.0.5", "127.0.0.1:80"])
    assert gate.refusal("https://www.example.org/a") is None
    assert Gate(["93.184.216.34"]).refusal("http://93.184.216.34/") is None
    assert "seeds" in str(gate.refusal("https://example.com/"))
    assert "seeds" in str(gate.refusal("http://169.254.169.254/latest/meta-data/"))
    assert "seeds" in str(gate.refusal("https://example.org:8443/"))
    assert "not a public address" in str(gate.refusal("http://10.0.0.5/"))


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "gopher://example.org/", "HTTP://example.org/", "http://example.org@10.0.0.1/"]
)
def test_only_canonical_web_addresses_pass(url: str) -> None:
    assert Gate(["example.org", "10.0.0.1"]).refusal(url) is not None


def test_of_several_addresses_only_public_ones_are_connected_to() -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        return ["10.0.0.1", "93.184.216.34", "::ffff:127.0.0.1", "93.184.216.34"]

    found = asyncio.run(Gate(["example.org"], lookup=lookup).resolve("example.org", 443))
    assert [(each["host"], each["family"], each["port"]) for each in found] == [("93.184.216.34", socket.AF_INET, 443)]


@pytest.mark.parametrize("answers", [[], ["127.0.0.1"], ["::1", "fe80::1", "169.254.169.254"]])
def test_a_name_without_a_public_address_is_blocked(answers: list[str]) -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        return answers

    with pytest.raises(Blocked, match="no public address"):
        asyncio.run(Gate(["example.org"], lookup=lookup).resolve("example.org", 443))
