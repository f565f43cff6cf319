"""Sixty random months: exported, closed, exported; then closed again by each of the others, all in one go."""

import importlib.util
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.audit.random_month import RandomMonths
from tests.fakes.database import SqliteBooks
from tests.receiver.conftest import (  # noqa: F401 - fixtures
    books,
    bread,
    carla,
    db,
    home,
    keys,
    outbox,
    postgres_books,
    rosa,
    rui,
    rules,
    sqlite_books,
    stage,
)

AUDIT = Path(__file__).parents[2] / "audit"
MONTHS = 60


@dataclass(frozen=True)
class Months:
    """Folders of months, and how often what happened in them."""

    folders: list[Path]
    cases: Counter[str]


def script(name: str, folders: list[Path], *, code: int = 0) -> str:
    """Run a script of the audit, as an auditor does; return what it prints."""
    command = [sys.executable, "-W", "error", AUDIT / name, *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + (done.stderr if code else "")


@pytest.fixture(scope="session")
def months(sqlite_books: SqliteBooks, tmp_path_factory: pytest.TempPathFactory) -> Months:  # noqa: F811
    audit, cases = tmp_path_factory.mktemp("audit"), Counter[str]()
    audit.chmod(0o700)
    folders = []
    random_months = RandomMonths(sqlite_books)
    for number in range(MONTHS):
        with random_months.one(number) as month:
            month.is_lived()
            cases += month.is_audited(audit)
            folders.append(audit / str(month.month))
    return Months(folders, cases)


@pytest.fixture(scope="session")
def on_duckdb(months: Months) -> Months:
    script("on_duckdb.py", months.folders)
    script("compare.py", months.folders)
    return months


@pytest.fixture(scope="session")
def on_spark(on_duckdb: Months) -> Months:
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("no Spark; install it: make spark")
    if shutil.which("java") is None:
        pytest.skip("no Java for Spark; install it (Debian: apt install default-jre-headless)")
    script("on_spark.py", on_duckdb.folders)
    return on_duckdb
