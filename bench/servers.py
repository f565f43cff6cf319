"""Servers as a user starts them: a process each, kept on a core, stopped at the end."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.books import Books
from bench.machine import ROOT, on_core

START_S: Final = 60
STOP_S: Final = 20


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def bare(*, core: int | None) -> Iterator[Server]:
    """Run the bare endpoint."""
    port = _free_port()
    with _serving([sys.executable, "-m", "bench.bare", str(port)], port, core, {}, ROOT) as server:
        yield server


@contextmanager
def receiver(books: Books, *, core: int | None) -> Iterator[Server]:
    """Run a receiver of these books."""
    port = _free_port()
    environment = {**books.environment(), "FLATTR_PORT": str(port)}
    command = [sys.executable, "-m", "receiver", "serve"]
    with _serving(command, port, core, environment, books.folder) as server:
        yield server


def own_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process that runs this very code with these settings and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLATTR_")}
    return {**inherited, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}", **settings}


@contextmanager
def _serving(
    command: list[str], port: int, core: int | None, settings: Mapping[str, str], folder: Path
) -> Iterator[Server]:
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            on_core(core, command), env=own_environment(settings), cwd=folder, stdout=output, stderr=output
        )
        try:
            try:
                _wait_until_it_answers(process, port)
                _require_uvloop(process.pid)
            except RuntimeError as error:
                output.seek(0)
                raise RuntimeError(f"{error}: {output.read().decode()}") from None
            yield Server(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_S)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise RuntimeError("the server does not answer")


def _require_uvloop(pid: int) -> None:
    """Both sides of a ratio run on the same loop, or it says nothing."""
    maps = Path(f"/proc/{pid}/maps")
    if maps.exists() and "uvloop" not in maps.read_text():
        raise RuntimeError("the server runs without uvloop")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
