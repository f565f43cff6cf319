"""Connections to other people's servers on the open Internet, and never into our own network.

A creator names the address, so it is an attacker's address until shown otherwise: https on port 443 only,
names only, every address of the name must be public, and we connect to the very address that was checked.
One deadline holds for the whole of it, from the question for the name to the last byte: a server that drips bytes,
or a name server that keeps silent, holds a thread no longer than that.
`ipaddress.is_global` alone does not suffice: it calls 6to4 and NAT64 forms of private addresses global.
"""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, Self

import httpcore2

from receiver.domain.errors import FetchRefused

CONNECT_S: Final = 3.0

# The last label of a name begins with a letter (RFC 3696, section 2); `93.184.216.34` and `127.0.0.0x1` are no names.
PUBLIC_ADDRESS: Final = re.compile(r"https://((?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*)(/[\x21-\x7e]*)?")
_IPV6_PUBLIC: Final = IPv6Network("2000::/3")
_IPV6_REFUSED: Final = tuple(
    IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)
_IPV4_REFUSED: Final = tuple(IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4"))

Resolver = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock after which nothing is waited for."""

    ends_at_s: float

    @classmethod
    def in_seconds(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_at_s

    def at_most(self, timeout_s: float | None) -> float:
        """Return how long the next step may wait.  Raises a timeout of httpcore if there is no time left."""
        left_s = self.ends_at_s - time.monotonic()
        if left_s <= 0:
            raise httpcore2.ReadTimeout("no time left")
        return left_s if timeout_s is None else min(timeout_s, left_s)


class OpenNetwork:
    """Leads to public addresses alone."""

    def __init__(
        self, *, resolve: Resolver | None = None, backend: httpcore2.NetworkBackend | None = None, names_at_once: int
    ) -> None:
        self._resolve = resolve or _resolve
        self._backend = backend or httpcore2.SyncBackend()
        # The system's resolver takes no timeout, so it is asked in a thread that need not be waited for.
        self._resolvers = ThreadPoolExecutor(names_at_once, thread_name_prefix="resolve")

    def connections(self, host: str, deadline: Deadline) -> httpcore2.ConnectionPool:
        """Return connections to a host by https, good until the deadline.

        Raises FetchRefused if the host is not a public one, or a timeout of httpcore.
        """
        address = public_address_of(host, lambda host: self._resolved(host, deadline))
        pinned = PinnedBackend(self._backend, host, 443, address=address, deadline=deadline)
        return httpcore2.ConnectionPool(network_backend=pinned, ssl_context=ssl.create_default_context())

    def _resolved(self, host: str, deadline: Deadline) -> Iterable[str]:
        asked = self._resolvers.submit(self._resolve, host)
        try:
            return asked.result(deadline.at_most(None))
        except TimeoutError:
            asked.cancel()
            raise httpcore2.ConnectTimeout("the name servers keep silent") from None


def public_address_of(host: str, resolve: Resolver) -> str:
    """Return one address of a host, all of whose addresses are public; raise FetchRefused otherwise."""
    try:
        addresses = list(resolve(host))
    except (OSError, UnicodeError):  # a label of more than 63 letters is an error of the IDNA codec
        raise FetchRefused("the name %(host)s is not known", host=host) from None
    if not addresses:
        raise FetchRefused("the name %(host)s has no address", host=host)
    if not all(is_public(address) for address in addresses):
        raise FetchRefused("%(host)s leads into a private network, where this receiver does not fetch", host=host)
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


class PinnedBackend(httpcore2.NetworkBackend):
    """Connects to the address that was checked, whatever the name says by now (DNS rebinding)."""

    def __init__(
        self, backend: httpcore2.NetworkBackend, host: str, port: int, *, address: str, deadline: Deadline
    ) -> None:
        self._backend = backend
        self._named = (host, port)
        self._address = address
        self._deadline = deadline

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **kwargs: Any
    ) -> httpcore2.NetworkStream:
        assert (host, port) == self._named
        timeout = self._deadline.at_most(timeout)
        return _Timed(self._backend.connect_tcp(self._address, port, timeout, *args, **kwargs), self._deadline)


class _Timed(httpcore2.NetworkStream):
    """A connection whose every step ends by the deadline, however little each step brings."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.at_most(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.at_most(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        timeout = self._deadline.at_most(timeout)  # Python holds the whole handshake to it, not each of its reads
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolve(host: str) -> Iterable[str]:
    infos = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in infos]
