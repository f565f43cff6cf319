"""Messages to endpoints: to the open Internet alone, no redirect followed, no longer than a few seconds."""

import pytest

from receiver.domain.endpoint import Fault, Reply
from receiver.domain.errors import BadEndpointAddress
from receiver.gateways import messages
from receiver.gateways.messages import LoopbackMessageSender, PublicMessageSender
from tests.fakes.endpoint import ListeningEndpoint
from tests.fakes.pages import DrippingServer, Names, Wire

PUBLIC = "93.184.216.34"
HEADERS = {"webhook-id": "msg_1"}


def sender_to(address: str, wire: Wire) -> PublicMessageSender:
    return PublicMessageSender(resolve=Names({"hooks.example": [[address]]}), backend=wire)


@pytest.fixture
def at_home() -> LoopbackMessageSender:
    return LoopbackMessageSender(PublicMessageSender(resolve=Names({})))


def test_a_message_is_posted_to_the_address_that_was_checked() -> None:
    wire = Wire(b"HTTP/1.1 204 No Content\r\n\r\n")

    reply = sender_to(PUBLIC, wire).send("https://hooks.example/flattr?a=b", HEADERS, b'{"type": "x"}')

    assert reply == Reply(204)
    assert reply.is_taken
    assert wire.connected_to == [(PUBLIC, 443)]
    assert wire.heard.startswith(b"POST /flattr?a=b HTTP/1.1\r\n")
    assert wire.heard.endswith(b'\r\n\r\n{"type": "x"}')
    assert b"content-type: application/json" in wire.heard.lower()


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd12:3456::1", "2002:7f00:1::"]
)
def test_nothing_is_sent_into_our_own_network(address: str) -> None:
    wire = Wire(b"HTTP/1.1 200 OK\r\n\r\n")

    reply = sender_to(address, wire).send("https://hooks.example/", HEADERS, b"{}")

    assert (reply, wire.connected_to) == (Reply(None, Fault.NO_ADDRESS), [])


def test_a_name_that_is_not_known_is_told() -> None:
    reply = PublicMessageSender(resolve=Names({})).send("https://hooks.example/", HEADERS, b"{}")

    assert reply == Reply(None, Fault.NO_ADDRESS)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/", "https://127.0.0.1/x", "https://localhost/", "http://127.0.0.1:80/",
        "https://a.example:8443/", "https://user@hooks.example/", "https://hooks.example/a b", "https://[::1]/",
        "https://hooks.example/" + "x" * 500, "ftp://hooks.example/", "", "https://HOOKS.example/",
    ],
)  # fmt: skip
def test_other_addresses_are_refused_before_anything_is_asked(url: str) -> None:
    wire = Wire(b"HTTP/1.1 200 OK\r\n\r\n")

    with pytest.raises(BadEndpointAddress, match="https://"):
        sender_to(PUBLIC, wire).require_address(url)
    if len(url) < 500:
        assert sender_to(PUBLIC, wire).send(url, HEADERS, b"{}") == Reply(None, Fault.NO_ADDRESS)
    assert wire.connected_to == []


def test_at_home_messages_may_go_to_this_machine(at_home: LoopbackMessageSender) -> None:
    with ListeningEndpoint() as endpoint:
        at_home.require_address(endpoint.url)
        at_home.require_address("http://localhost/hook")
        at_home.require_address("https://hooks.example/hook")

        assert at_home.send(endpoint.url, HEADERS, b"{}").is_taken
        assert [(heard.path, heard.id, heard.body) for heard in endpoint.heard] == [("/hook", "msg_1", b"{}")]


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://127.0.0.2/", "http://localhost.example/", "http://localhost:99999/"]
)
def test_at_home_no_other_machine_of_the_network_is_reached(url: str, at_home: LoopbackMessageSender) -> None:
    with pytest.raises(BadEndpointAddress):
        at_home.require_address(url)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int, at_home: LoopbackMessageSender) -> None:
    with ListeningEndpoint(status) as endpoint:
        reply = at_home.send(endpoint.url, HEADERS, b"{}")

    assert (reply, len(endpoint.heard)) == (Reply(status), 1)
    assert not reply.is_taken


def test_who_keeps_silent_is_left(at_home: LoopbackMessageSender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "TOTAL_S", 0.2)

    with ListeningEndpoint(0) as endpoint:
        assert at_home.send(endpoint.url, HEADERS, b"{}") == Reply(None, Fault.TOO_SLOW)


def test_who_drips_is_left_though_each_byte_comes_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "TOTAL_S", 0.2)

    with DrippingServer(b"HTTP/1.1 200 OK\r\nx: ") as server:
        sender = PublicMessageSender(resolve=Names({"hooks.example": [[PUBLIC]]}), backend=server)
        assert sender.send("https://hooks.example/", HEADERS, b"{}") == Reply(None, Fault.TOO_SLOW)


def test_a_long_answer_is_not_read() -> None:
    wire = Wire(b"HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n" + b"x" * 100_000)

    assert sender_to(PUBLIC, wire).send("https://hooks.example/", HEADERS, b"{}") == Reply(200)


def test_nobody_there_is_told(at_home: LoopbackMessageSender) -> None:
    with ListeningEndpoint() as endpoint:
        url = endpoint.url

    assert at_home.send(url, HEADERS, b"{}") == Reply(None, Fault.NO_CONNECTION)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n"])
def test_who_speaks_no_http_is_told(answer: bytes) -> None:
    assert sender_to(PUBLIC, Wire(answer)).send("https://hooks.example/", HEADERS, b"{}").fault is Fault.NO_CONNECTION
