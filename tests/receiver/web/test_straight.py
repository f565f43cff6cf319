"""The straight way of signed clicks, over a real socket: the same answers as through ASGI, whatever the client does."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp

from receiver.domain.errors import BooksBusy, BooksReadOnly
from receiver.store import presses
from receiver.web import straight
from receiver.web.parts import Parts
from receiver.web.straight import StraightProtocol
from tests.fakes.patience import PATIENCE_S, eventually
from tests.receiver.cast import Blog, Person
from tests.receiver.web.test_webhooks import signed_click

PATH = "/webhooks/clicks"
Ports = tuple[int, int]


class Counting(StraightProtocol):
    """Counts which requests went straight."""

    straight_ones = 0

    def _record(self, straight: Any) -> None:
        type(self).straight_ones += 1
        super()._record(straight)


@pytest.fixture
def ports(app: ASGIApp) -> Iterator[Ports]:
    """Return where the application is served straight, and where by uvicorn alone."""
    Counting.straight_ones = 0
    servers = [
        uvicorn.Server(
            uvicorn.Config(app, port=0, http=http, log_level="error", server_header=False, timeout_graceful_shutdown=5)
        )
        for http in (Counting, "httptools")
    ]
    threads = [threading.Thread(target=server.run) for server in servers]
    for thread in threads:
        thread.start()
    eventually("both servers listen", lambda: all(server.started for server in servers))
    yield tuple(server.servers[0].sockets[0].getsockname()[1] for server in servers)  # type: ignore[misc]
    for server in servers:
        server.should_exit = True
    for thread in threads:
        thread.join()


def ask(port: int, body: bytes, **headers: str) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("POST", PATH, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    named = {name.lower(): value for name, value in answer.getheaders() if name.lower() != "date"}
    return answer.status, named, json.loads(text) if text.startswith("{") else text


def body_of(*signed: str) -> bytes:
    return json.dumps({"clicks": list(signed)}).encode()


def request_of(body: bytes, *, more: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nhost: x\r\n%bcontent-length: %d\r\n\r\n%b" % (PATH.encode(), more, len(body), body)


def talk(port: int, *pieces: bytes, until: Callable[[bytes], bool] = lambda _: False) -> bytes:
    """Send pieces one by one and return all that comes, until it is enough or the other side ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while not until(answer) and (more := connection.recv(65_536)):
            answer += more
        return answer


def test_a_click_is_recorded_and_answered_as_through_asgi(ports: Ports, rosa: Person, bread: Blog) -> None:
    key = rosa.connects()
    rye, oats = bread.posts("rye oats")

    straight, usual = [
        ask(port, body_of(signed_click(key, page, nonce=nonce * 16)))
        for port, page, nonce in zip(ports, (rye, oats), "ab", strict=True)
    ]

    assert straight[0] == usual[0] == 200
    assert straight[2]["results"][0]["new"] is True
    assert usual[2]["results"][0]["new"] is True
    assert {name: value for name, value in straight[1].items() if name != "content-length"} == {
        name: value for name, value in usual[1].items() if name != "content-length"
    }
    assert Counting.straight_ones == 1


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b"\xff", b'{"clicks": []}', b'{"clicks": [7]}', b'{"clicks": ["no click"]}',
             body_of(*["no click"] * 3), body_of(*["x"] * 1_001), b"[" * 9_000],
)  # fmt: skip
def test_what_is_refused_is_refused_in_the_same_words(body: bytes, ports: Ports) -> None:
    straight, usual = (ask(port, body) for port in ports)

    assert straight == usual
    assert straight[0] >= 400
    assert Counting.straight_ones == 1


def test_a_full_queue_a_full_disk_and_our_own_mistake_are_answered_in_the_same_words(
    ports: Ports, parts: Parts, rosa: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = body_of(signed_click(rosa.connects(), bread.post("rye")))
    ask(ports[0], body_of(signed_click(rosa.connects(), bread.post("oats"))))
    for error in (BooksBusy(), BooksReadOnly("database or disk is full"), ZeroDivisionError()):
        with monkeypatch.context() as patch:

            def fail(*_: Any, error: Exception = error, **__: Any) -> Any:
                raise error

            patch.setattr(presses, "record", fail)
            patch.setattr("receiver.actions.commit_clicks.record_carefully", fail)
            straight, usual = (ask(port, body) for port in ports)

        assert straight == usual
        assert straight[0] in (500, 503)
        if isinstance(error, BooksReadOnly) and parts.db.click_lanes == 1:
            assert parts.db.recheck()
    assert ask(ports[0], body)[2]["results"][0]["new"] is True


@pytest.mark.parametrize(
    "more",
    [b"expect: 100-continue\r\n", b"upgrade: websocket\r\nconnection: upgrade\r\n"],
)
def test_unusual_requests_go_the_usual_way(more: bytes, ports: Ports, rosa: Person, bread: Blog) -> None:
    body = body_of(signed_click(rosa.connects(), bread.post("rye")))

    straight, usual = (
        talk(port, request_of(body, more=more), until=lambda text: b"]}" in text or b'"}' in text) for port in ports
    )

    assert straight.split()[:3] == usual.split()[:3]
    assert Counting.straight_ones == 0


def test_a_chunked_body_and_an_old_client_go_the_usual_way(ports: Ports, rosa: Person, bread: Blog) -> None:
    key = rosa.connects()
    first, second = (body_of(signed_click(key, page, nonce=page.token[:16])) for page in bread.posts("rye oats"))

    chunked = b"POST %b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
        PATH.encode(), len(first), first,
    )  # fmt: skip
    old = request_of(second).replace(b"HTTP/1.1", b"HTTP/1.0")

    assert b'"status":200' in talk(ports[0], chunked, until=lambda text: b"]}" in text)
    assert b'"status":200' in talk(ports[0], old)
    assert Counting.straight_ones == 0


def test_a_body_too_long_for_one_look_goes_the_usual_way(
    ports: Ports, rosa: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(straight, "BODY_BYTES_MAX", 100)

    status, _, content = ask(ports[0], body_of(signed_click(rosa.connects(), bread.post("rye"))))

    assert (status, content["results"][0]["new"]) == (200, True)
    assert Counting.straight_ones == 0


def test_requests_in_pieces_and_one_behind_the_other_are_each_answered_in_turn(
    ports: Ports, rosa: Person, bread: Blog
) -> None:
    key = rosa.connects()
    pages = enumerate(bread.posts("rye oats bran"))
    requests = [request_of(body_of(signed_click(key, page, nonce=f"{number:016}"))) for number, page in pages]
    requests.insert(1, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    stream = b"".join(requests)

    at_once = talk(ports[0], stream, until=lambda text: text.count(b"HTTP/1.1 200") == 4 and text.endswith(b"}"))
    again = talk(
        ports[0],
        *[stream[start : start + 97] for start in range(0, len(stream), 97)],
        until=lambda text: text.count(b"HTTP/1.1 200") == 4 and text.endswith(b"}"),
    )

    assert [line.count(b'"new":true') for line in (at_once, again)] == [3, 0]
    assert at_once.index(b'"new":true') < at_once.index(b'"ok') < at_once.rindex(b'"new":true')
    assert Counting.straight_ones >= 2


def test_a_client_that_asks_to_close_is_closed(ports: Ports, rosa: Person, bread: Blog) -> None:
    body = body_of(signed_click(rosa.connects(), bread.post("rye")))

    answer = talk(ports[0], request_of(body, more=b"connection: close\r\n"))  # comes back at all: it was closed

    assert b"connection: close\r\n" in answer
    assert Counting.straight_ones == 1


def test_a_client_that_went_away_harms_nobody_and_its_click_is_kept(ports: Ports, rosa: Person, bread: Blog) -> None:
    key, page = rosa.connects(), bread.post("rye")
    body = body_of(signed_click(key, page))
    with socket.create_connection(("127.0.0.1", ports[0])) as connection:
        connection.sendall(request_of(body))

    eventually(
        "the click is in the books",
        lambda: ask(ports[0], body)[2]["results"][0].get("new") is False,
    )


def test_half_a_request_waits_and_records_nothing(ports: Ports, rosa: Person, bread: Blog) -> None:
    request = request_of(body_of(signed_click(rosa.connects(), bread.post("rye"))))
    with socket.create_connection(("127.0.0.1", ports[0])) as connection:
        connection.sendall(request[:-1])

    assert b"new" in talk(ports[0], request, until=lambda text: b"]}" in text)
    assert Counting.straight_ones == 1
