"""Load by `wrk`: requests from a file, each sent once, on many connections."""

import json
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.machine import on_core

SCRIPT: Final = Path(__file__).with_name("send.lua")
FOREVER: Final = "3600s"  # wrk counts whole seconds; it is told when to stop
PATIENCE: Final = "60s"  # a slow answer is counted as slow, not as none


@dataclass(frozen=True, slots=True)
class Load:
    """What a round of load saw.  `sent` counts requests, also those whose answer nobody waited for any more."""

    answers: int
    sent: int
    lacking: int  # requests that the file did not hold
    refused: int  # answers of 400 and more
    broken: int  # connections that failed
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        """Return how many requests a second were answered with success."""
        return (self.answers - self.refused) / self.seconds

    @property
    def failed(self) -> int:
        return self.refused + self.broken


class Pressing:
    """A running `wrk`."""

    def __init__(self, url: str, requests: Path, *, connections: int, core: int | None, is_again: bool = False) -> None:
        options = ["-t1", f"-c{connections}", "-d", FOREVER, "--timeout", PATIENCE, "-s", str(SCRIPT)]
        command = ["wrk", *options, url, "--", str(requests), *(["again"] if is_again else [])]
        self._process = subprocess.Popen(on_core(core, command), stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def stop(self) -> Load:
        """End the load and return what it saw."""
        self._process.send_signal(signal.SIGINT)
        output, complaints = self._process.communicate(timeout=60)
        lines = output.decode().splitlines()
        if self._process.returncode != 0 or not lines or not lines[-1].startswith("{"):
            raise RuntimeError(f"wrk failed: {output.decode()}{complaints.decode()}")
        told = json.loads(lines[-1])
        return Load(
            answers=told["answers"],
            sent=told["sent"],
            lacking=told["lacking"],
            refused=told["refused"],
            broken=told["broken"],
            seconds=told["micros"] / 1e6,
            p50_ms=told["p50"] / 1e3,
            p99_ms=told["p99"] / 1e3,
        )


def load_for(
    seconds: float, url: str, requests: Path, *, connections: int, core: int | None, is_again: bool = False
) -> Load:
    """Press for a while."""
    pressing = Pressing(url, requests, connections=connections, core=core, is_again=is_again)
    time.sleep(seconds)
    return pressing.stop()
