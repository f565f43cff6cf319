"""Fetch a page of somebody else's server, and never one of our own network.

A creator names the address, so it is an attacker's address until shown otherwise: https on port 443 only,
names only, every address of the name must be public, and we connect to the very address that was checked.
`ipaddress.is_global` alone does not suffice: it calls 6to4 and NAT64 forms of private addresses global.
"""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, Protocol

import httpcore2

from receiver.domain.errors import FetchRefused

BYTES_MAX: Final = 4_000_000  # a list of 10,000 things has about 3 MB
CONNECT_S: Final = 3.0
TOTAL_S: Final = 20.0

_ADDRESS: Final = re.compile(r"https://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/[\x21-\x7e]*)?")
_IPV6_PUBLIC: Final = IPv6Network("2000::/3")
_IPV6_REFUSED: Final = tuple(
    IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)
_IPV4_REFUSED: Final = tuple(IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4"))

Resolver = Callable[[str], Iterable[str]]


class PageFetcher(Protocol):
    def fetch(self, url: str) -> bytes:
        """Return the body of a page, or raise FetchRefused."""


class PublicPageFetcher:
    """Fetches over the open network, from public addresses alone; follows no redirect."""

    def __init__(self, *, resolve: Resolver | None = None, backend: httpcore2.NetworkBackend | None = None) -> None:
        self._resolve = resolve or _resolve
        self._backend = backend or httpcore2.SyncBackend()

    def fetch(self, url: str) -> bytes:
        match = _ADDRESS.fullmatch(url)
        if match is None:
            raise FetchRefused(f"only https:// addresses with a plain host name and no port are fetched, not {url}")
        address = public_address_of(match[1], self._resolve)
        deadline = time.monotonic() + TOTAL_S
        pinned = _Pinned(self._backend, match[1], address)
        try:
            with httpcore2.ConnectionPool(network_backend=pinned, ssl_context=ssl.create_default_context()) as pool:
                return _body(pool, url, deadline)
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError) as error:
            raise FetchRefused(f"{url} could not be fetched: {error or type(error).__name__}") from error


def public_address_of(host: str, resolve: Resolver) -> str:
    """Return one address of a host, all of whose addresses are public; raise FetchRefused otherwise."""
    try:
        addresses = list(resolve(host))
    except OSError as error:
        raise FetchRefused(f"the name {host} is not known: {error}") from None
    if not addresses:
        raise FetchRefused(f"the name {host} has no address")
    if not all(is_public(address) for address in addresses):
        raise FetchRefused(f"{host} leads into a private network, where this receiver does not fetch")
    return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether an address is one of the open Internet (IANA special-purpose registries, read 2026-11-20)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        return parsed in _IPV6_PUBLIC and not any(parsed in net for net in _IPV6_REFUSED)
    assert isinstance(parsed, IPv4Address)
    return parsed.is_global and not any(parsed in net for net in _IPV4_REFUSED)


class _Pinned(httpcore2.NetworkBackend):
    """Connects to the address that was checked, whatever the name says by now (DNS rebinding)."""

    def __init__(self, backend: httpcore2.NetworkBackend, host: str, address: str) -> None:
        self._backend = backend
        self._host = host
        self._address = address

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore2.NetworkStream:
        assert (host, port) == (self._host, 443)
        return self._backend.connect_tcp(self._address, port, *args, **kwargs)


def _body(pool: httpcore2.ConnectionPool, url: str, deadline: float) -> bytes:
    timeout = {"connect": CONNECT_S, "read": CONNECT_S, "write": CONNECT_S, "pool": CONNECT_S}
    headers = [("accept", "application/json"), ("accept-encoding", "identity"), ("user-agent", "selfhosted-flattr")]
    with pool.stream("GET", url, headers=headers, extensions={"timeout": timeout}) as response:
        if response.status != 200:
            raise FetchRefused(f"{url} answered with status {response.status}; it must be there, without a redirect")
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > BYTES_MAX:
                raise FetchRefused(f"{url} is longer than {BYTES_MAX} bytes")
            if time.monotonic() > deadline:
                raise FetchRefused(f"{url} took longer than {TOTAL_S:.0f} seconds")
    return bytes(body)


def _resolve(host: str) -> Iterable[str]:
    infos = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in infos]
