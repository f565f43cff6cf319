"""A PostgreSQL of one's own: made in a folder, started on a socket there, thrown away after.

Debian's package `postgresql` is enough; the server of the machine, if one runs, is not touched.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.fakes.patience import eventually

SUPERUSER: Final = "postgres"
MISSING: Final = "no PostgreSQL on this machine; install it (Debian: apt install postgresql)"
_NOBODY: Final = 65534  # PostgreSQL refuses to run as root


def binaries() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`, the newest if there are several; None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class Cluster:
    """A running PostgreSQL.  `is_durable` keeps fsync on, for tests and figures that are about just that."""

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        found = binaries()
        assert found is not None, MISSING
        self._binaries, self._data, self.socket = found, folder / "data", folder
        if os.geteuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        self._run("initdb", "-D", str(self._data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync",
                  "--locale=C")  # fmt: skip
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{folder}'",
            "max_connections": "200",
            "max_prepared_transactions": "0",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "fsync": "on" if is_durable else "off",
            "full_page_writes": "on" if is_durable else "off",
            "synchronous_commit": "on" if is_durable else "off",
        }
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(lines)
        self.start()

    def start(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._data / "log"), "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill the server and all its children, as the end of its machine does; `start` recovers."""
        lock = self._data / "postmaster.pid"
        server = int(lock.read_text().splitlines()[0])
        os.kill(server, signal.SIGSTOP)  # so that it has no more children than these
        family = [server, *_children(server)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        eventually("PostgreSQL has ended", lambda: not any(map(_is_running, family)))
        for left in (lock, *self.socket.glob(".s.PGSQL.*.lock")):
            left.unlink()  # else a server that has ended, but that nobody has waited for, keeps the next one out

    def url(self, database: str, *, role: str = SUPERUSER) -> str:
        """Return the address of a database, as FLATTR_DATABASE_URL takes it."""
        return f"postgresql://{role}@/{database}?host={self.socket}"

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run a statement as the superuser; return its rows, a line each, columns parted by `|`."""
        return self._run("psql", "-h", str(self.socket), "-U", SUPERUSER, "-d", database, "-X", "-q", "-A", "-t",
                         "-v", "ON_ERROR_STOP=1", "-c", statement)  # fmt: skip

    def _run(self, program: str, *arguments: str) -> str:
        as_nobody = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        with tempfile.TemporaryFile() as output:  # a file: `pg_ctl start` leaves a server that keeps a pipe open
            done = subprocess.run(
                [self._binaries / program, *arguments], cwd="/", stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, check=False, **as_nobody,
            )  # fmt: skip
            output.seek(0)
            text = output.read().decode()
        assert done.returncode == 0, f"{program}: {text}"
        return text.rstrip("\n")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


@contextmanager
def cluster(*, is_durable: bool = False) -> Iterator[Cluster]:
    """Run a PostgreSQL for the length of a `with`, in a folder with a name short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="flattr-pg-"))
    try:
        running = Cluster(folder, is_durable=is_durable)
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
