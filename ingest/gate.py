"""The address gate: no fetch connects anywhere but to a public address of an allowed host."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from ingest.urls import canonical, ip_of, same_site

Lookup: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

# Global to the standard library, yet not for us: Azure's metadata service, protocol assignments (Oracle's metadata lies
# among them), the 6to4 relays, and the documentation range of RFC 9637.
_UNWANTED = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# The one range of IPv6 that rightly carries public IPv4 addresses: RFC 6052, as networks without IPv4 have it.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Blocked(OSError):
    """Raised to the HTTP client, and never beyond the fetcher, when a name has no address that may be connected to."""


async def system_lookup(host: str, port: int) -> Sequence[str]:
    """The addresses of a host by the machine's own resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def may_connect(address: str, allow_loopback: bool = False) -> bool:
    """Whether an IP address is public unicast, or loopback where asked for. IPv4 in the wrappings of IPv6 is not."""
    ip = ip_of(address)
    if ip is None:
        return False
    if ip in _NAT64:
        return _is_public(IPv4Address(int(ip) & 0xFFFFFFFF))
    return _is_public(ip) or (allow_loopback and ip.is_loopback)


def is_loopback(url: str) -> bool:
    """Whether an address names this machine itself."""
    host = urlsplit(url).hostname or ""
    ip = ip_of(host)
    return host == "localhost" or (ip is not None and ip.is_loopback)


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    tunnelled = isinstance(ip, IPv6Address) and (ip not in _GLOBAL_UNICAST or ip.teredo or ip.sixtofour)
    return ip.is_global and not ip.is_multicast and not tunnelled and not any(ip in each for each in _UNWANTED)


class Gate(AbstractResolver):
    """Decides by name before any lookup, and by address before any connection.

    It is the resolver of the HTTP client, so what was checked is what is connected to: there is no second lookup that
    could answer otherwise.
    """

    def __init__(self, hosts: Iterable[str], allow_loopback: bool = False, lookup: Lookup = system_lookup) -> None:
        self._hosts = frozenset(hosts)
        self._allow_loopback = allow_loopback
        self._lookup = lookup

    def refusal(self, url: str) -> str | None:
        """Why an address may not be fetched, judged without the network, or None."""
        if not url or canonical(url) != url:
            return "it is no canonical http(s) address"
        if not same_site(url, self._hosts):
            return "its host is not among those of the seeds"
        host = urlsplit(url).hostname or ""
        if ip_of(host) is not None and not may_connect(host, self._allow_loopback):
            return f"{host} is not a public address"
        return None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of ``host`` that may be connected to; Blocked if there is none."""
        found = await self._lookup(host, port)
        admitted = [each for each in found if may_connect(each, self._allow_loopback)]
        if not admitted:
            raise Blocked(f"{host} has no public address, only {', '.join(found) or 'none at all'}")
        return [_result(host, port, address) for address in dict.fromkeys(admitted)]

    async def close(self) -> None:
        """Nothing is held open."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
