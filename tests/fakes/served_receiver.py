"""The real server, as an operator starts it: `python -m receiver serve` in a folder of its own, made to be killed.

Each child leads a process group of its own, so nothing outlives the test.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.fakes.patience import PATIENCE_S, eventually

ROOT: Final = Path(__file__).parents[2]
_NUMBERS: Final = count()
_STARTS_MAX: Final = 5  # another program may take a port between its being found free and the start


def receiver_command(
    *arguments: str, folder: Path, environment: Mapping[str, str], output: int, error: int
) -> subprocess.Popen[bytes]:
    """Begin `python -m receiver …` in a folder, with no other settings than these."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("FLATTR_")}
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugins"), outer.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "receiver", *arguments], cwd=folder, env={**outer, "PYTHONPATH": path, **environment},
        stdin=subprocess.DEVNULL, stdout=output, stderr=error, start_new_session=True,
    )  # fmt: skip


def run_command(*arguments: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command to its end; return its exit code and all it said."""
    with receiver_command(
        *arguments, folder=folder, environment=environment, output=subprocess.PIPE, error=subprocess.STDOUT
    ) as command:
        try:
            said, _ = command.communicate(timeout=PATIENCE_S)
        finally:
            kill(command)
    return command.returncode, said.decode()


def kill(child: subprocess.Popen[bytes]) -> None:
    """`kill -9` a child and all its children; one that has ended already stays ended."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert isinstance(port, int)
        return port


class ServedReceiver:
    """A server that is started, killed and started again; killed at the end of its `with` at the latest."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, port: int | None = None) -> None:
        """`port`: a free one that it keeps, because its address is in what readers and builds hold."""
        self._folder, self._environment, self._own_port = folder, environment, port
        self._log = folder / f"serve-{next(_NUMBERS)}.log"
        self._child: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.kill()

    def begin(self) -> None:
        """Begin to start, on a free port unless it has one of its own, and wait for nothing."""
        self.kill()
        self.port = self._own_port or free_port()
        with self._log.open("wb") as log:
            self._child = receiver_command(
                "serve", folder=self._folder, environment={**self._environment, "FLATTR_PORT": str(self.port)},
                output=log.fileno(), error=subprocess.STDOUT,
            )  # fmt: skip

    def start(self) -> None:
        """Start, and wait until it answers."""
        for _ in range(_STARTS_MAX):
            self.begin()
            if self.comes_up():
                return
            if "cannot listen" not in self.said:
                break
        raise AssertionError(f"the server does not start: {self.said}")

    def comes_up(self) -> bool:
        """Wait until it answers or has ended; tell which."""
        eventually("the server answers or ends", lambda: self.has_ended or self._answers())
        return not self.has_ended

    def wait_until_healthy(self) -> None:
        """Wait until it says of itself that it can do all it is for."""
        eventually("the server is healthy", lambda: self.get("/healthz")[0] == 200)

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        if self._child is not None:
            kill(self._child)

    def ask_to_stop(self) -> None:
        """Send what an operator's `systemctl stop` sends."""
        os.kill(self.pid, signal.SIGTERM)

    def exit_code(self) -> int:
        """Wait for its end."""
        assert self._child is not None
        return self._child.wait(timeout=PATIENCE_S)

    def ends_within(self, seconds: float) -> bool:
        assert self._child is not None
        try:
            self._child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def get(self, path: str) -> tuple[int, str]:
        """Return status and text of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def has_ended(self) -> bool:
        return self._child is None or self._child.poll() is not None

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def _answers(self) -> bool:
        try:
            return self.get("/healthz")[0] > 0
        except OSError:
            return False
