"""A disk without room: a small one of one's own that is filled up, or a process that may write no more."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit
from typing import Final

NOT_ROOT: Final = "only root may mount a small disk; run this test as root"
_BLOCK: Final = bytes(4096)


class SmallDisk:
    """A disk of a few megabytes in memory, at a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    @contextmanager
    def filled(self) -> Iterator[None]:
        """Leave no block free for the length of a `with`."""
        with self._filler.open("wb", buffering=0) as filler, suppress(OSError):  # no space left on device
            while True:
                filler.write(_BLOCK)
        yield
        self._filler.unlink()


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", folder], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def why_not() -> str:
    """Return why no disk can be mounted here; nothing if it can."""
    return "" if os.geteuid() == 0 else NOT_ROOT


@contextmanager
def no_room_for(pid: int) -> Iterator[None]:
    """Let a process write to no file for the length of a `with`, as if it had used up what it may (setrlimit(2))."""
    prlimit(pid, RLIMIT_FSIZE, (0, RLIM_INFINITY))
    try:
        yield
    finally:
        prlimit(pid, RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))
