"""A MariaDB of one's own: made in a folder, started on a socket there, thrown away after.

Debian's package `mariadb-server` is enough; the server of the machine, if one runs, is not touched.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.fakes.patience import eventually

PROGRAMS: Final = ("mariadb-install-db", "mariadbd", "mariadb")
PLACES: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
_NOBODY: Final = 65534  # MariaDB should not run as root


def is_installed() -> bool:
    return all(shutil.which(program, path=PLACES) for program in PROGRAMS)


class Server:
    """A running MariaDB; its user `root` has no password, and nobody can reach it but through the socket."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "socket"
        data = folder / "data"
        if os.geteuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        subprocess.run(
            [_found("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_as_nobody(),
        )  # fmt: skip
        self._process = subprocess.Popen(
            [_found("mariadbd"), "--no-defaults", f"--datadir={data}", f"--socket={self.socket}", "--skip-networking",
             f"--pid-file={folder / 'pid'}", "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_as_nobody(),
        )  # fmt: skip
        eventually("MariaDB answers", lambda: self._ask("select 1").returncode == 0)

    def sql(self, statement: str) -> str:
        """Run statements as root and return what they print."""
        done = self._ask(statement)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _ask(self, statement: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [_found("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch", "-e", statement],
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@contextmanager
def server() -> Iterator[Server]:
    """Run a MariaDB for the length of a `with`, in a folder with a name short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="flattr-mdb-"))
    try:
        running = Server(folder)
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _found(program: str) -> str:
    found = shutil.which(program, path=PLACES)
    assert found is not None
    return found


def _as_nobody() -> dict[str, Any]:
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": [], "cwd": "/"} if os.geteuid() == 0 else {}
