"""What the operator's terminal is asked for beside words."""

import resource
import subprocess
import sys

import pytest

from receiver.cli.terminal import CONNECTIONS_MAX, DESCRIPTORS_KEPT, connections_max

UNBOUNDED = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("given", "most", "connections"),
    [
        (256, 4_096, CONNECTIONS_MAX),
        (4_096, 4_096, CONNECTIONS_MAX),
        (256, 512, 512 - DESCRIPTORS_KEPT),
        (UNBOUNDED, UNBOUNDED, CONNECTIONS_MAX),
    ],
)
def test_as_many_connections_are_taken_as_there_are_files_for(monkeypatch, given, most, connections):
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (given, most))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))

    assert connections_max() == connections
    assert all(soft <= hard or hard == UNBOUNDED for soft, hard in asked)


def test_a_process_raises_its_own_limit_of_files():
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 400))\n"
        "from receiver.cli.terminal import connections_max\n"
        "print(connections_max(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert run.stdout.split() == [str(400 - DESCRIPTORS_KEPT), "400"]
