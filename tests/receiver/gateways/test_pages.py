"""Fetching foreign pages: from the open Internet alone, whatever a name or a server says."""

import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpcore2
import pytest

from receiver.domain.errors import FetchRefused
from receiver.gateways import pages
from receiver.gateways.open_network import is_public, public_address_of
from receiver.gateways.pages import HTML, PublicPageFetcher
from tests.fakes.pages import DrippingServer, Names, Wire

PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:800::200e"]
PRIVATE = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.1.2.3 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255
    198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:1.1.1.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
    64:ff9b:1::a00:1 100::1 2001::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101::
    3fff::1 2620:4f:8000::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 4000::1
    localhost example.org 1.1.1 0x7f000001 2130706433 017700000001 1.1.1.1:80 [::1]
""".split()


@pytest.mark.parametrize("address", PUBLIC)
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


def test_one_private_address_among_public_ones_is_too_many() -> None:
    with pytest.raises(FetchRefused, match="private network"):
        public_address_of("a.example", Names({"a.example": [[*PUBLIC, "10.0.0.1"]]}))


@pytest.mark.parametrize("answers", [{}, {"a.example": [[]]}])
def test_a_name_without_an_address_is_refused(answers: dict[str, list[list[str]]]) -> None:
    with pytest.raises(FetchRefused):
        public_address_of("a.example", Names(answers))


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/", "https://a.example:8443/", "https://127.0.0.1/x", "https://[::1]/", "https://localhost/",
        "https://user@a.example/", "https://a.example\\@b.example/", "ftp://a.example/", "file:///etc/passwd", "",
        "https://a.example/a b", "https://a.example/\r\nHost: b.example", "https://A.example/", "https://a.example?x",
        "https://a.example/é", "https://93.184.216.34/", "https://127.0.0.0x1/", "https://1.2.3/", "https://a.7/",
    ],
)  # fmt: skip
def test_only_plain_https_addresses_are_fetched(url: str) -> None:
    asked, wire = [], Wire(b"")

    with pytest.raises(FetchRefused):
        PublicPageFetcher(resolve=lambda host: asked.append(host) or PUBLIC, backend=wire).fetch(url)

    assert (asked, wire.connected_to) == ([], [])


def answering(body: bytes, *, status: str = "200 OK", headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 " + status.encode() + b"\r\n" + headers + b"connection: close\r\n\r\n" + body


def fetch(answer: bytes, names: Names | None = None) -> tuple[bytes, Wire]:
    wire = Wire(answer)
    names = names or Names({"a.example": [["93.184.216.34"]]})
    return PublicPageFetcher(resolve=names, backend=wire).fetch("https://a.example/list.json"), wire


def test_a_page_is_fetched_from_the_address_that_was_checked() -> None:
    body, wire = fetch(answering(b"hello"))

    assert body == b"hello"
    assert wire.connected_to == [("93.184.216.34", 443)]


def test_what_is_fetched_says_what_it_wants() -> None:
    wire = Wire(answering(b"hello"))
    fetcher = PublicPageFetcher(resolve=Names({"a.example": [["93.184.216.34"]]}), backend=wire)

    fetcher.fetch("https://a.example/list.json")
    fetcher.fetch("https://a.example/", accept=HTML)

    said = re.findall(rb"^accept: (.*)\r$", wire.heard, re.M | re.I)
    assert said == [b"application/json", b"text/html,application/xhtml+xml"]


def test_a_name_bound_anew_after_the_check_leads_nowhere_else() -> None:
    names = Names({"a.example": [["93.184.216.34"], ["127.0.0.1"]]})

    _, wire = fetch(answering(b"hello"), names)

    assert names.asked == ["a.example"]
    assert wire.connected_to == [("93.184.216.34", 443)]


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "307 Temporary", "404 Not Found", "500 Oops", "204 Empty"]
)
def test_no_redirect_is_followed_and_no_other_answer_taken(status: str) -> None:
    with pytest.raises(FetchRefused, match="without a redirect"):
        fetch(answering(b"", status=status, headers=b"location: https://127.0.0.1/\r\n"))


def test_a_page_that_is_too_long_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BYTES_MAX", 1_000)

    with pytest.raises(FetchRefused, match="longer than"):
        fetch(answering(b"x" * 1_001))


@pytest.mark.parametrize(
    "opening",
    [b"", b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n"],
    ids=["status", "headers", "body"],
)
def test_a_server_that_drips_is_left_when_the_time_is_over(opening: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time; only all of them together do not."""
    monkeypatch.setattr(pages, "TOTAL_S", 0.3)

    with DrippingServer(opening) as server:
        fetcher = PublicPageFetcher(resolve=Names({"a.example": [PUBLIC]}), backend=server)
        begun = time.monotonic()
        with pytest.raises(FetchRefused, match="took longer than"):
            fetcher.fetch("https://a.example/")

    assert time.monotonic() - begun < 3


def test_a_name_server_that_keeps_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "TOTAL_S", 0.2)
    may_answer = threading.Event()

    def silence(_host: str) -> list[str]:
        may_answer.wait(5)
        return PUBLIC

    begun = time.monotonic()
    with pytest.raises(FetchRefused, match="took longer than"):
        PublicPageFetcher(resolve=silence, backend=Wire(b"")).fetch("https://a.example/")
    took_s = time.monotonic() - begun
    may_answer.set()

    assert took_s < 3


def test_few_pages_are_fetched_at_once_and_a_turn_comes_back() -> None:
    asked, may_answer = threading.Semaphore(0), threading.Event()

    def slowly(_host: str) -> list[str]:
        asked.release()
        may_answer.wait(5)
        return PUBLIC

    fetcher = PublicPageFetcher(resolve=slowly, backend=Wire(answering(b"hello")))
    with ThreadPoolExecutor() as threads:
        running = [threads.submit(fetcher.fetch, "https://a.example/") for _ in range(pages.FETCHES_MAX)]
        for _ in running:
            assert asked.acquire(timeout=5)
        with pytest.raises(FetchRefused, match="try again in a minute"):
            fetcher.fetch("https://b.example/")
        may_answer.set()

        assert [page.result() for page in running] == [b"hello"] * pages.FETCHES_MAX
    assert fetcher.fetch("https://b.example/") == b"hello"


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort"])
def test_a_server_that_speaks_no_http_is_refused(answer: bytes) -> None:
    with pytest.raises(FetchRefused):
        fetch(answer)


def test_a_server_that_is_not_there_is_refused() -> None:
    class Silence(httpcore2.NetworkBackend):
        def connect_tcp(self, *_args, **_kwargs) -> httpcore2.NetworkStream:
            raise httpcore2.ConnectTimeout

    fetcher = PublicPageFetcher(resolve=Names({"a.example": [PUBLIC]}), backend=Silence())
    with pytest.raises(FetchRefused):
        fetcher.fetch("https://a.example/")


def test_a_name_that_the_system_cannot_encode_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: (_ for _ in ()).throw(socket.gaierror("unknown")))

    with pytest.raises(FetchRefused):
        PublicPageFetcher(backend=Wire(b"")).fetch("https://a.example/")
    with pytest.raises(FetchRefused):
        PublicPageFetcher(backend=Wire(b"")).fetch(f"https://{'a' * 64}.example/")
