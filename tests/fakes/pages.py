"""The open network in memory: pages, names, and servers that answer as told."""

import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

import httpcore2

from receiver.domain.errors import FetchRefused


@dataclass
class Pages:
    """Bodies by address; a `PageFetcher`."""

    body_by_url: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str, *, accept: str = "") -> bytes:
        self.asked.append(url)
        if url not in self.body_by_url:
            raise FetchRefused("%(url)s answered with status %(status)s", url=url, status=404)
        return self.body_by_url[url]


@dataclass
class Records:
    """TXT records by name; a `TextRecords`."""

    texts_by_name: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def texts_of(self, name: str) -> list[str]:
        self.asked.append(name)
        return self.texts_by_name.get(name, [])


@dataclass
class Names:
    """Addresses by host; each question takes the next answer, so that a name can be bound anew (DNS rebinding)."""

    answers_by_host: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str) -> Iterable[str]:
        self.asked.append(host)
        answers = self.answers_by_host.get(host)
        if answers is None:
            raise OSError("name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Wire(httpcore2.NetworkBackend):
    """A network that notes where it was sent to, and answers each connection with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.connected_to: list[tuple[str, int]] = []
        self.heard = bytearray()

    def connect_tcp(self, host: str, port: int, *_args: Any, **_kwargs: Any) -> httpcore2.NetworkStream:
        self.connected_to.append((host, port))
        return Speaker(self.answer, self.heard)


class Speaker(httpcore2.NetworkStream):
    """A server that says its lines, whatever it is asked."""

    def __init__(self, answer: bytes, heard: bytearray) -> None:
        self._rest, self._heard = answer, heard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._heard += buffer

    def close(self) -> None:
        pass

    def start_tls(self, *_args: Any, **_kwargs: Any) -> httpcore2.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return None


class DrippingServer(httpcore2.NetworkBackend):
    """A real server on this machine that says its opening and then a byte now and then, for five seconds.

    It is also the network that leads there, without TLS, whatever address is asked for.
    """

    def __init__(self, opening: bytes) -> None:
        self._opening = opening
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._is_left = threading.Event()
        self._thread = threading.Thread(target=self._drip)

    def connect_tcp(self, _host: str, _port: int, *args: Any, **kwargs: Any) -> httpcore2.NetworkStream:
        there = self._listening.getsockname()
        return WithoutTls(httpcore2.SyncBackend().connect_tcp(*there, *args, **kwargs))

    def _drip(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            try:
                connection.sendall(self._opening)
                for _ in range(500):
                    if self._is_left.wait(0.01):
                        break
                    connection.sendall(b"x")
            except OSError:
                pass  # the other side has had enough

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_left.set()
        self._thread.join()
        self._listening.close()


class WithoutTls(httpcore2.NetworkStream):
    """A connection that stays as it is when asked to speak TLS."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self.read, self.write, self.close = stream.read, stream.write, stream.close  # type: ignore[method-assign]

    def start_tls(self, *_args: Any, **_kwargs: Any) -> httpcore2.NetworkStream:
        return self
