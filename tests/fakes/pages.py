"""The open network in memory: pages, names, and servers that answer as told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpcore2

from receiver.domain.errors import FetchRefused


@dataclass
class Pages:
    """Bodies by address; a `PageFetcher`."""

    body_by_url: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.body_by_url:
            raise FetchRefused(f"{url} answered with status 404")
        return self.body_by_url[url]


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

    def connect_tcp(self, host: str, port: int, *_args: Any, **_kwargs: Any) -> httpcore2.NetworkStream:
        self.connected_to.append((host, port))
        return Speaker(self.answer)


class Speaker(httpcore2.NetworkStream):
    """A server that says its lines, whatever it is asked."""

    def __init__(self, answer: bytes) -> None:
        self._rest = answer

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    def close(self) -> None:
        pass

    def start_tls(self, *_args: Any, **_kwargs: Any) -> httpcore2.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return None
