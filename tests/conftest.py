"""In CI every test runs: one that would be skipped fails instead.

A test that may be skipped even there says so: `pytest.skip("allowed in CI: …")`.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from tests.browser.chromium import find_chromium, running_chromium

ALLOWED = "allowed in CI: "
# CI=true is what hosts of CI set, and .ci/run; a name of our own would be an unknown setting to the receiver.
MUST_RUN = os.environ.get("CI", "").lower() in ("1", "true")

# A busy machine is no bug: no test fails for the time it took.  In CI the same examples come each time.
settings.register_profile("house", deadline=None, derandomize=MUST_RUN, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

SITES = Path(os.environ.get("SITES", Path(__file__).parents[1] / ".venv-sites"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Drive one Chromium for all tests: Playwright takes no second one in a process."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium on this machine; install it (Debian: apt install chromium)")
    with running_chromium(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def sites_python() -> str:
    """Return a Python that has generators, themes and plugins which the tests' own cannot have beside Pelican."""
    python = SITES / "bin" / "python"
    if not python.exists():
        pytest.skip("no generators, themes and plugins of others; install them: make sites")
    return str(python)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: Any) -> None:
    is_skip = report.skipped and not hasattr(report, "wasxfail")
    if MUST_RUN and is_skip and ALLOWED not in str(report.longrepr):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}\nIn CI this test must run, or say why not: skip('{ALLOWED}…')"
