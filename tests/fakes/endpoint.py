"""A creator's program that takes webhooks: a real HTTP server on this machine that answers as told."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class ListeningEndpoint:
    """Notes what it is sent; answers with the statuses it was given, one after the other, the last one for ever.

    A status of 0 is silence: the connection is kept, and nothing comes.
    """

    def __init__(self, *statuses: int, on_heard: Callable[[int], None] = lambda _: None) -> None:
        self.statuses = list(statuses) or [200]
        self._on_heard = on_heard
        self.heard: list[Heard] = []
        self._is_left = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = endpoint._hear(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                if status == 0:
                    endpoint._is_left.wait()
                    return
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", f"{endpoint.url}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _hear(self, path: str, headers: dict[str, str], body: bytes) -> int:
        with self._lock:
            self.heard.append(Heard(path, headers, body))
            self._on_heard(len(self.heard))
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def hang_up(self) -> None:
        """Close the connections that are kept in silence."""
        self._is_left.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_left.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
