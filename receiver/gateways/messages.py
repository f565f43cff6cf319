"""Send messages to the endpoints that creators name, under the same rules as pages are fetched."""

import re
from collections.abc import Mapping
from typing import Final, Protocol

import httpcore2

from receiver.domain.endpoint import Fault, Reply
from receiver.domain.errors import BadEndpointAddress, FetchRefused
from receiver.gateways.open_network import (
    CONNECT_S,
    PUBLIC_ADDRESS,
    Deadline,
    OpenNetwork,
    PinnedBackend,
    Resolver,
)

TOTAL_S: Final = 10.0
MESSAGES_MAX: Final = 8  # at once
URL_MAX: Final = 500

_LOOPBACK_ADDRESS: Final = re.compile(r"http://(localhost|127\.0\.0\.1)(?::([1-9][0-9]{0,4}))?(/[\x21-\x7e]*)?")
_PORT_MAX: Final = 65_535
_FAULTS: Final = (httpcore2.NetworkError, httpcore2.ProtocolError, OSError)


class MessageSender(Protocol):
    def require_address(self, url: str) -> None:
        """Return if messages may go to an address; else raise BadEndpointAddress."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Post a message, and return what was answered; nothing is raised."""


class PublicMessageSender:
    """Sends over the open network, to public addresses alone; follows no redirect and reads no more than the status."""

    def __init__(self, *, resolve: Resolver | None = None, backend: httpcore2.NetworkBackend | None = None) -> None:
        self._network = OpenNetwork(resolve=resolve, backend=backend, names_at_once=MESSAGES_MAX)

    def require_address(self, url: str) -> None:
        if len(url) > URL_MAX or PUBLIC_ADDRESS.fullmatch(url) is None:
            raise BadEndpointAddress("write an https:// address with a host name in small letters, and without a port")

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        match = PUBLIC_ADDRESS.fullmatch(url)
        if match is None:
            return Reply(None, Fault.NO_ADDRESS)
        deadline = Deadline.in_seconds(TOTAL_S)
        try:
            with self._network.connections(match[1], deadline) as pool:
                return _posted(pool, url, headers, body)
        except FetchRefused:
            return Reply(None, Fault.NO_ADDRESS)
        except httpcore2.TimeoutException:
            return Reply(None, Fault.TOO_SLOW)
        except _FAULTS:
            return Reply(None, Fault.TOO_SLOW if deadline.is_over else Fault.NO_CONNECTION)


class LoopbackMessageSender:
    """Sends to this very machine too, for a receiver that only its operator can reach."""

    def __init__(self, public: MessageSender) -> None:
        self._public = public

    def require_address(self, url: str) -> None:
        match = _LOOPBACK_ADDRESS.fullmatch(url)
        if match is None or len(url) > URL_MAX or int(match[2] or 80) > _PORT_MAX:
            self._public.require_address(url)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        match = _LOOPBACK_ADDRESS.fullmatch(url)
        if match is None:
            return self._public.send(url, headers, body)
        deadline = Deadline.in_seconds(TOTAL_S)
        pinned = PinnedBackend(
            httpcore2.SyncBackend(), match[1], int(match[2] or 80), address="127.0.0.1", deadline=deadline
        )
        try:
            with httpcore2.ConnectionPool(network_backend=pinned) as pool:
                return _posted(pool, url, headers, body)
        except httpcore2.TimeoutException:
            return Reply(None, Fault.TOO_SLOW)
        except _FAULTS:
            return Reply(None, Fault.TOO_SLOW if deadline.is_over else Fault.NO_CONNECTION)


def _posted(pool: httpcore2.ConnectionPool, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """Post, and leave when the status is there: whatever an answer says, nobody is shown it."""
    timeout = {"connect": CONNECT_S, "read": TOTAL_S, "write": TOTAL_S, "pool": CONNECT_S}
    all_headers = {"content-type": "application/json", "user-agent": "selfhosted-flattr", **headers}
    with pool.stream(
        "POST", url, headers=list(all_headers.items()), content=body, extensions={"timeout": timeout}
    ) as answer:
        return Reply(answer.status)
