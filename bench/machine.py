"""The machine under it all: its cores, what runs on it, and what is missing."""

import importlib.metadata
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.fakes import postgres

ROOT: Final = Path(__file__).parents[1]


class Missing(Exception):
    """What a benchmark needs is not here; the message says how to get it."""


def require_load() -> None:
    """Raise Missing if clicks cannot be sent, or not be taken as a receiver takes them."""
    require_server()
    if shutil.which("wrk") is None:
        raise Missing("wrk is not installed (Debian: apt install wrk)")


def require_server() -> None:
    if _version("uvloop") == "none":
        raise Missing("uvloop is not installed (pip install uvloop, or the extra 'receiver')")


def require_postgres() -> None:
    if postgres.binaries() is None:
        raise Missing(postgres.MISSING)


def require_duckdb() -> None:
    if _version("duckdb") == "none":
        raise Missing("duckdb is not installed (pip install duckdb, or the dependency group 'dev')")


def cores() -> tuple[int, int]:
    """Return the core of the server and the core of the load; on a machine with one core they are the same."""
    if not hasattr(os, "sched_getaffinity"):
        return 0, 0
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def on_core(core: int | None, command: list[str]) -> list[str]:
    """Return a command that stays on one core; on any, if that is None or the machine cannot."""
    taskset = shutil.which("taskset")
    return command if core is None or taskset is None else [taskset, "-c", str(core), *command]


@contextmanager
def staying_on(core: int) -> Iterator[None]:
    """Keep this process, and what it starts meanwhile, on one core."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def peak_mib(pid: int | str = "self") -> int:
    """Return the most memory a process has held so far; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M)
    return int(peak[1]) // 1024 if peak else 0


def head() -> list[str]:
    """Return what a figure depends on beside our code, a line each."""
    servers = ", ".join(f"{name} {_version(name)}" for name in ("starlette", "uvicorn", "uvloop", "httptools"))
    stores = f"SQLite {sqlite3.sqlite_version}, {_postgres_version()}, duckdb {_version('duckdb')}"
    system = f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
    return [f"{time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores of {_cpu_model()}", system, servers, stores]


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _postgres_version() -> str:
    binaries = postgres.binaries()
    if binaries is None:
        return "no PostgreSQL"
    told = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"[\d.]+", told)
    return f"PostgreSQL {found[0] if found else '?'}"


def _cpu_model() -> str:
    try:
        names = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
