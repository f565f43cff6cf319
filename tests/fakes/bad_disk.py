"""A disk that goes bad under a running process, and is good again: strace answers its calls with errors.

Debian's package `strace` is enough; strace(1), section Tampering, tells the syntax of an injection.
strace counts calls for each thread by itself.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SYNCS: Final = "fsync,fdatasync"
WRITES: Final = "pwrite64,ftruncate,fallocate"
MISSING: Final = "no strace on this machine; install it (Debian: apt install strace)"
FORBIDDEN: Final = "strace may not attach to a process here; allow it (sysctl kernel.yama.ptrace_scope=0, or as root)"


class Disk:
    """What strace has done so far."""

    def __init__(self, log: Path) -> None:
        self._log = log

    @property
    def faults(self) -> int:
        """How many calls got the error, or the signal, instead of the disk."""
        return len(re.findall(r"\(INJECTED\)|^\d+ +\+\+\+ killed", self._log.read_text(errors="replace"), re.M))


@contextmanager
def bad_disk(pid: int, injection: str, *, log: Path, only: Iterable[Path] = ()) -> Iterator[Disk]:
    """Inject faults into a process for the length of a `with`: `fdatasync:error=EIO:when=2`, into calls on some files.

    Without `only` the calls on every file fail.  When it is entered, the disk is bad.
    """
    calls = injection.partition(":")[0]
    paths = [argument for path in only for argument in ("-P", str(path.resolve()))]
    strace = subprocess.Popen(
        ["strace", "-f", "-o", log, "-e", f"trace={calls}", "-e", "signal=none", "-e", f"inject={injection}", *paths,
         "-p", str(pid)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert strace.stderr is not None
    with strace.stderr:
        try:
            said = b""
            while b"attached" not in said:
                line = strace.stderr.readline()
                assert line, f"strace did not attach: {said.decode()}"
                said += line
            yield Disk(log)
        finally:
            strace.send_signal(signal.SIGINT)  # it lets go of the process, which runs on
            strace.wait()


def why_not() -> str:
    """Return why no disk can be made bad here; nothing if it can."""
    if shutil.which("strace") is None:
        return MISSING
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        try:
            with bad_disk(sleeper.pid, "fsync:error=EIO", log=Path(os.devnull)):
                return ""
        except AssertionError as error:
            return f"{FORBIDDEN}: {error}"
        finally:
            sleeper.kill()
