"""A server that answers every request as it was told, and remembers what it was sent."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answering:
    """`body` is text or what JSON can say; while `is_silent` a request waits until the server ends."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    is_silent: bool = False
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    headers_sent: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def answering(**how: Any) -> Iterator[Answering]:
    answers, ended = Answering(**how), threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answers.requests.append((self.command, self.path, body))
            answers.headers_sent.append({name.lower(): value for name, value in self.headers.items()})
            if answers.is_silent:
                ended.wait()
                return
            text = answers.body if isinstance(answers.body, str) else json.dumps(answers.body)
            self.send_response(answers.status)
            for name, value in (answers.headers | {"Content-Length": str(len(text.encode()))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        answers.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield answers
        finally:
            ended.set()
            server.shutdown()
            thread.join()
