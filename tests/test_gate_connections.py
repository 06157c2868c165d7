"""Every shape of address that leads inside, against the sockets of this very process: none of them is connected to."""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_gate import NOT_PUBLIC, WRAPPINGS
from website import Website, html, redirect, run
from yarl import URL

from ingest.fetch import Fetcher, Outcome
from ingest.gate import system_lookup
from ingest.records import Page
from ingest.urls import canonical, host_of

OUTSIDE = "93.184.216.34"
SITE = "site.example"
NUMBERS = [
    "10.0.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "168.63.129.16",
    "192.168.0.1", "0.0.0.0", "255.255.255.255",
]  # fmt: skip
OTHER_DIGITS = str.maketrans("0123456789.", "０１２３４５６７８９。")


def spellings(address: str) -> list[str]:
    """The ways in which browsers, C libraries and IPv6 write one IPv4 address."""
    number, octets = int(ipaddress.IPv4Address(address)), [int(each) for each in address.split(".")]
    return [
        address,
        f"{address}.",
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(map(hex, octets)),
        ".".join(f"0{each:o}" for each in octets),
        ".".join(f"{each:03}" for each in octets),
        f"{octets[0]}.{number & 0xFFFFFF}",
        f"{octets[0]}.{octets[1]}.{number & 0xFFFF}",
        f"{octets[0]}.{octets[1]}.{octets[2]}.{octets[3]:#x}",
        address.translate(OTHER_DIGITS),
        "".join(f"%{ord(each):02x}" for each in address),
        *(f"[{each.format(address)}]" for each in WRAPPINGS),
        f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]",
    ]


def names() -> dict[str, list[list[str]]]:
    """Names and what a hostile name server says of each, call by call."""
    inside = [*NOT_PUBLIC, *(each.format("10.0.0.1") for each in WRAPPINGS)]
    inside = [each for each in inside if "%" not in each]
    told = {
        "localhost": [["127.0.0.1", "::1"]],
        "metadata.google.internal": [["169.254.169.254"]],
        "void.example": [[]],
    }
    for at, address in enumerate(inside):
        told[f"only{at}.example"] = [[address]]
        told[f"before{at}.example"] = [[address, OUTSIDE]]
        told[f"after{at}.example"] = [[OUTSIDE, address]]
        told[f"later{at}.example"] = [[OUTSIDE], [address], [address, OUTSIDE]]
    return told


NAMES = names()
ODD_HOSTS = [
    "LocalHost",
    "localhost.",
    "\N{SMALL ROMAN NUMERAL FIFTY}ocalhost",
    "loc\xadalhost",
    "[::1%25lo]",
    "[::]",
    "[v1.a]",
]
USERS = [SITE, f"{SITE}:80", f"{SITE}%2f", f"{SITE}%23", f"{SITE}%5c", f"{SITE}\t", "[::1]", "a:b@c", ""]
STARTS = ["//", "https://", "HTTP://", "http:\\\\", "http:/\\", " http://", "http:", "http:///"]
STARTS += [
    f"{each}://" for each in ("ftp", "file", "gopher", "ws", "unix", "dict", "javascript", "jar:http", "http+unix")
]
ENDS = [
    "",
    "0/",
    "22/",
    "0PORT/",
    "+PORT/",
    "99999/",
    f"PORT#@{SITE}/",
    f"PORT\\@{SITE}/",
    f"PORT?@{SITE}/",
    f"PORT;{SITE}/",
]
WRITTEN = [
    *(f"http://{each}:PORT/" for number in NUMBERS for each in spellings(number)),
    *(f"http://{f'[{each}]' if ':' in each else each}:PORT/" for each in NOT_PUBLIC),
    *(f"http://{name}:PORT/" for name in NAMES),
    *(f"http://{each}:PORT/" for each in ODD_HOSTS),
    *(f"http://{each}@127.0.0.1:PORT/" for each in USERS),
    *(f"{each}127.0.0.1:PORT/" for each in STARTS),
    *(f"http://127.0.0.1:{each}" for each in ENDS),
]  # fmt: skip


class Wire:
    """The sockets of this process: one public address leads to a site on loopback, of all else it is noted who asked.

    What is asked on this machine goes through, to a listener on every one of its addresses that counts who comes.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.port, self.trap, self.trapped = 0, 0, 0

    def connect(self, through: Any) -> Any:
        def connect(sock: socket.socket, address: Any) -> None:
            host = str(address[0])
            self.asked[host] += 1
            if host == OUTSIDE:
                return through(sock, ("127.0.0.1", self.port))  # type: ignore[no-any-return]
            if not ipaddress.ip_address(host).is_loopback:
                raise ConnectionRefusedError(host)
            return through(sock, address)  # type: ignore[no-any-return]

        return connect

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.trapped += 1
            writer.close()

        server = await asyncio.start_server(count, "0.0.0.0")
        self.trap = server.sockets[0].getsockname()[1]
        async with server:
            yield


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    made = Wire()
    monkeypatch.setattr(socket.socket, "connect", made.connect(socket.socket.connect), raising=False)
    yield made
    monkeypatch.undo()


class NameServer:
    """Says of each name what ``NAMES`` has for it; numbers are left to the machine's own resolver."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._answers = {name: cycle(told) for name, told in NAMES.items()}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked[host] += 1
        if host == SITE:
            return [OUTSIDE]
        return next(self._answers[host]) if host in self._answers else await system_lookup(host, port)


def as_written(wire: Wire) -> list[str]:
    return [each.replace("PORT", str(wire.trap)) for each in WRITTEN]


async def each_asked(wire: Wire, redirected: bool) -> list[Outcome]:
    """What a fetcher makes of every address, though its host is on the list: asked outright, or as a redirect."""
    addresses = as_written(wire)
    pages = {f"/{at}": redirect(url) for at, url in enumerate(addresses)}
    hosts = {host_of(url) for written in addresses if (url := canonical(written))}
    found = []
    async with Website({"/": html("A")} | pages) as site:
        wire.port, names = site.port, NameServer()
        async with Fetcher([SITE, *hosts], lookup=names, delay_seconds=0) as fetcher:
            for at, url in enumerate(addresses):
                ways = [f"http://{SITE}/{at}"] if redirected else [url, canonical(url), canonical(url)]
                for way in ways:
                    found.append(await fetcher.follow(way))
                    fetcher._session.connector.clear_dns_cache()  # type: ignore[union-attr]
    assert set(names.asked) <= {SITE, *(host.partition(":")[0] for host in hosts)}
    return found


@pytest.mark.parametrize("redirected", [False, True], ids=["outright", "redirected"])
def test_no_connection_leaves_for_anywhere_but_a_public_address(wire: Wire, redirected: bool) -> None:
    async def sweep() -> list[Outcome]:
        async with wire.listening():
            return await each_asked(wire, redirected)

    found = run(sweep())
    assert len(WRITTEN) >= 300
    assert set(wire.asked) == {OUTSIDE}
    assert wire.trapped == 0
    answered = {host_of(each.url).partition(":")[0] for each in found if isinstance(each, Page)}
    assert answered - {SITE} == {name for name, told in NAMES.items() if OUTSIDE in told[0]}


def test_the_trap_catches_a_fetcher_without_a_gate(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gate.may_connect", lambda *_: True)

    async def sweep() -> None:
        async with wire.listening():
            await each_asked(wire, redirected=True)

    run(sweep())
    assert wire.trapped > 10
    assert {"10.0.0.1", "169.254.169.254", "127.0.0.1", "::ffff:10.0.0.1"} <= set(wire.asked)


@given(
    st.text(alphabet="aA01.:@#?/\\[]%x-_é２。\t ", max_size=30),
    st.sampled_from(["http://", "https://", "http://example.org", "http://10.0.0.1", "//", "http:"]),
)
def test_the_gate_and_the_client_read_the_same_host_and_port(text: str, start: str) -> None:
    url = canonical(start + text, "http://example.org/")
    if url:
        read = URL(url, encoded=True)
        assert host_of(str(read.origin()) + "/") == host_of(url)
